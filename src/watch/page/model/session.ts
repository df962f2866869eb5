import { Player, type Speed, SPEEDS } from './player.ts';
import { addScore, NO_SCORE, type Score, scoreOf, scoreText } from './prediction.ts';
import { offeredRows } from './rows.ts';
import type { Timeline } from './timeline.ts';
import type { View } from './view.ts';

/** What the page is doing: it rests at a turn, runs through them, or shows each new one. */
export type Mode = 'paused' | 'running' | 'live';

/** Where a reader is in a trace, and what was predicted. */
export class Session {
  /** What the page is doing. */
  mode: Mode = 'paused';
  /** How fast it runs. */
  speed: Speed = SPEEDS[0]!;
  /** Whether the learner says before each step what will come back. */
  isPredicting = false;
  /** The score of the predictions. */
  score: Score = NO_SCORE;
  /** The last prediction's score, in words. */
  verdict = '';
  readonly #timeline: Timeline;
  readonly #player = new Player();
  #index = 0;
  #progress = 1;
  #ticks = new Map<number, number>();
  #prediction: View['prediction'] = 'none';
  // The turn that the program was asked for, about which the learner is to be asked when it is there.
  #awaited: number | undefined;

  /**
   * @param timeline The trace.
   */
  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** The turn that is shown. */
  get index(): number {
    return clamp(this.#index, this.#timeline);
  }

  /** Whether the learner is being asked. */
  get isAsking(): boolean {
    return this.#prediction === 'open';
  }

  /** Whether the learner will be asked about a turn that is not there yet. */
  get isAwaiting(): boolean {
    return this.#awaited !== undefined;
  }

  /**
   * What is to be shown.
   * @returns It; `undefined` while the trace has no turn.
   */
  view(): View | undefined {
    if (this.#timeline.length === 0) return undefined;
    const state = this.#timeline.at(this.index);
    return { state, progress: this.#progress, prediction: this.#prediction, ticks: this.#ticks };
  }

  /**
   * Goes to a turn, and rests there.
   * @param index The turn; beyond the ends, the one at the end.
   */
  moveTo(index: number): void {
    this.mode = 'paused';
    this.#show(clamp(index, this.#timeline));
  }

  /** Shows what comes next: the answer to an open prediction, the end of a wait, or the next turn. */
  step(): void {
    if (this.isAsking) this.check();
    else if (this.#progress < 1) this.moveTo(this.index);
    else if (this.isPredicting) this.#ask(this.index + 1);
    else this.moveTo(this.index + 1);
  }

  /** Goes to the turn before. */
  back(): void {
    this.moveTo(this.index - 1);
  }

  /** Starts a run, or ends it. At the last turn of a trace it starts again from the first. */
  toggleRun(): void {
    if (this.mode === 'running') {
      this.moveTo(this.index);
      return;
    }
    this.isPredicting = false;
    const atEnd = this.#timeline.ended && this.index === this.#timeline.length - 1;
    this.#show(atEnd ? this.#timeline.first : this.index);
    this.#player.moveTo(this.index);
    this.mode = 'running';
  }

  /** Shows the last turn, and each new one as it comes. */
  follow(): void {
    this.isPredicting = false;
    this.moveTo(this.#timeline.length - 1);
    if (!this.#timeline.ended) this.mode = 'live';
  }

  /** The program is to make one turn: shows it when it comes, or asks about it where the learner predicts. */
  expect(): void {
    if (!this.isPredicting) {
      this.follow();
      return;
    }
    this.moveTo(this.#timeline.length - 1);
    this.verdict = '';
    this.#awaited = this.#timeline.length;
  }

  /** The trace has become longer. */
  grown(): void {
    if (this.#awaited !== undefined) this.#ask(this.#awaited);
    else if (this.mode === 'live') this.#show(this.#timeline.length - 1);
  }

  /**
   * Lets time pass in a run.
   * @param passedMs How much, in ms.
   */
  advance(passedMs: number): void {
    if (this.mode !== 'running') return;
    const { index, progress } = this.#player.advance(this.#timeline, passedMs, this.speed);
    this.#show(index);
    this.#progress = progress;
    const atEnd = index === this.#timeline.length - 1 && progress >= 1;
    if (atEnd) this.mode = this.#timeline.ended ? 'paused' : 'live';
  }

  /** Starts to predict with the next turn, or ends it. */
  togglePredict(): void {
    const begins = !this.isPredicting;
    this.moveTo(this.index);
    this.isPredicting = begins;
    this.score = NO_SCORE;
    this.verdict = '';
    if (begins) this.#ask(this.index === this.#timeline.first ? this.index : this.index + 1);
  }

  /**
   * Ticks an fd of a set.
   * @param fd The fd.
   * @param bit The set.
   * @param ticked Whether it is now ticked.
   */
  tick(fd: number, bit: number, ticked: boolean): void {
    const others = (this.#ticks.get(fd) ?? 0) & ~bit;
    this.#ticks.set(fd, ticked ? others | bit : others);
  }

  /** Shows what came back, and scores the ticks. */
  check(): void {
    if (!this.isAsking) return;
    const state = this.#timeline.at(this.index);
    const offered = offeredRows(state).rows.map(({ fd, ready }) => [fd, ready] as const);
    const score = scoreOf(this.#ticks, new Map(offered));
    this.score = addScore(this.score, score);
    this.verdict = scoreText(score, state.ready.size);
    this.#prediction = 'judged';
  }

  #ask(index: number): void {
    if (index >= this.#timeline.length) return;
    this.#show(index);
    this.mode = 'paused';
    this.verdict = '';
    this.#prediction = 'open';
  }

  #show(index: number): void {
    this.#index = index;
    this.#progress = 1;
    this.#prediction = 'none';
    this.#ticks = new Map();
    this.#awaited = undefined;
  }
}

function clamp(index: number, { first, length }: Timeline): number {
  return Math.max(Math.min(index, length - 1), first);
}
