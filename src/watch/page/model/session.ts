import { Player, type Speed, SPEEDS } from './player.ts';
import { addScores, NO_SCORE, type Score, scoreOf, scoreText, type Ticks } from './prediction.ts';
import { offeredRows } from './rows.ts';
import type { Timeline, TurnState } from './timeline.ts';

/** Whether the page stays at a turn, runs through the turns, or shows each new one. */
export type Mode = 'paused' | 'running' | 'live';

export interface View {
  readonly state: TurnState;
  /** How much of the wait is over, from 0 to 1. */
  readonly progress: number;
  /** `open` while the learner predicts the result, `judged` when the prediction has been checked. */
  readonly prediction: 'none' | 'open' | 'judged';
  readonly ticks: Ticks;
}

export function showsResult(view: View): boolean {
  return view.progress >= 1 && view.prediction !== 'open';
}

/** The place of a reader in a trace, and the predictions. */
export class Session {
  mode: Mode = 'paused';
  speed: Speed = SPEEDS[0]!;
  /** Whether the learner predicts the result of each turn before it is shown. */
  isPredicting = false;
  score: Score = NO_SCORE;
  /** The score of the last prediction, in words. */
  verdict = '';
  readonly #timeline: Timeline;
  readonly #player = new Player();
  #index = 0;
  #progress = 1;
  #ticks = new Map<number, number>();
  #prediction: View['prediction'] = 'none';
  /** The index of the single turn that the program makes. The learner predicts it when it is recorded. */
  #awaitedIndex: number | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get index(): number {
    return clamp(this.#index, this.#timeline);
  }

  /** Whether the page waits for a prediction. */
  get isAsking(): boolean {
    return this.#prediction === 'open';
  }

  /** Whether the page will ask for a prediction when the next turn is recorded. */
  get isAwaiting(): boolean {
    return this.#awaitedIndex !== undefined;
  }

  /** Returns `undefined` while the trace has no turn. */
  view(): View | undefined {
    if (this.#timeline.length === 0) return undefined;
    const state = this.#timeline.at(this.index);
    return { state, progress: this.#progress, prediction: this.#prediction, ticks: this.#ticks };
  }

  /** Shows a turn and stays there. An index outside the trace means its first or last turn. */
  moveTo(index: number): void {
    this.mode = 'paused';
    this.#show(clamp(index, this.#timeline));
  }

  /** Shows what comes next: the result of a prediction, the end of a wait, or the next turn. */
  step(): void {
    if (this.isAsking) this.check();
    else if (this.#progress < 1) this.moveTo(this.index);
    else if (this.isPredicting) this.#ask(this.index + 1);
    else this.moveTo(this.index + 1);
  }

  back(): void {
    this.moveTo(this.index - 1);
  }

  /** Starts or ends a run. At the last turn of a complete trace, a run starts again at the first turn. */
  toggleRun(): void {
    if (this.mode === 'running') {
      this.moveTo(this.index);
      return;
    }
    this.isPredicting = false;
    const isAtEnd = this.#timeline.ended && this.index === this.#timeline.length - 1;
    this.#show(isAtEnd ? this.#timeline.first : this.index);
    this.#player.moveTo(this.index);
    this.mode = 'running';
  }

  /** Shows the last turn, and each new turn when it is recorded. */
  follow(): void {
    this.isPredicting = false;
    this.moveTo(this.#timeline.length - 1);
    if (!this.#timeline.ended) this.mode = 'live';
  }

  /** The program makes one turn: shows it when it is recorded, or asks for a prediction first. */
  awaitTurn(): void {
    if (!this.isPredicting) {
      this.follow();
      return;
    }
    this.moveTo(this.#timeline.length - 1);
    this.verdict = '';
    this.#awaitedIndex = this.#timeline.length;
  }

  timelineGrew(): void {
    if (this.#awaitedIndex !== undefined) this.#ask(this.#awaitedIndex);
    else if (this.mode === 'live') this.#show(this.#timeline.length - 1);
  }

  advance(passedMs: number): void {
    if (this.mode !== 'running') return;
    const { index, progress } = this.#player.advance(this.#timeline, passedMs, this.speed);
    this.#show(index);
    this.#progress = progress;
    const isAtEnd = index === this.#timeline.length - 1 && progress >= 1;
    if (isAtEnd) this.mode = this.#timeline.ended ? 'paused' : 'live';
  }

  /** Starts predicting with the next turn, or stops it. */
  togglePredict(): void {
    const starts = !this.isPredicting;
    this.moveTo(this.index);
    this.isPredicting = starts;
    this.score = NO_SCORE;
    this.verdict = '';
    if (starts) this.#ask(this.index === this.#timeline.first ? this.index : this.index + 1);
  }

  tick(fd: number, bit: number, isTicked: boolean): void {
    const others = (this.#ticks.get(fd) ?? 0) & ~bit;
    this.#ticks.set(fd, isTicked ? others | bit : others);
  }

  /** Shows the result, and scores the prediction. */
  check(): void {
    if (!this.isAsking) return;
    const state = this.#timeline.at(this.index);
    const offered = offeredRows(state).rows.map(({ fd, ready }) => [fd, ready] as const);
    const score = scoreOf(this.#ticks, new Map(offered));
    this.score = addScores(this.score, score);
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
    this.#awaitedIndex = undefined;
  }
}

function clamp(index: number, { first, length }: Timeline): number {
  return Math.max(Math.min(index, length - 1), first);
}
