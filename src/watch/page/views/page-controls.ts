import type { ConnectionState } from '../model/connection.ts';
import { SPEEDS } from '../model/player.ts';
import { NO_SCORE, totalText } from '../model/prediction.ts';
import { turnSentence, waitingSentence } from '../model/sentences.ts';
import { type Session, showsResult, type View } from '../model/session.ts';
import { countText, numberText } from '../model/texts.ts';
import type { Timeline } from '../model/timeline.ts';
import { byId, h, setText } from './dom.ts';

const CONNECTION_TEXTS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting …',
  live: 'live',
  recorded: 'a recorded trace',
  ended: 'the program has ended',
  lost: 'the connection is lost; trying again …',
  refused: 'The server refused the request: open the URL that it printed, with its token.',
};

/** The part of the page around the turn: its buttons, the slider, the sentence and the score. */
export class PageControls {
  readonly #source = byId('source', HTMLParagraphElement);
  readonly #connection = byId('connection', HTMLParagraphElement);
  readonly #back = byId('back', HTMLButtonElement);
  readonly #step = byId('step', HTMLButtonElement);
  readonly #stepLabel = byId('step-label', HTMLSpanElement);
  readonly #runLabel = byId('run-label', HTMLSpanElement);
  readonly #live = byId('live', HTMLButtonElement);
  readonly #predict = byId('predict', HTMLButtonElement);
  readonly #slider = byId('slider', HTMLInputElement);
  readonly #position = byId('position', HTMLOutputElement);
  readonly #speed = byId('speed', HTMLSelectElement);
  readonly #sentence = byId('sentence', HTMLParagraphElement);
  readonly #score = byId('score', HTMLParagraphElement);
  readonly #timeline: Timeline;
  readonly #session: Session;

  constructor(timeline: Timeline, session: Session) {
    this.#timeline = timeline;
    this.#session = session;
    this.#speed.append(...SPEEDS.map(({ label }, index) => h('option', { value: index }, label)));
    this.#speed.addEventListener('change', () => {
      session.speed = SPEEDS[this.#speed.selectedIndex]!;
    });
  }

  /** `reason` says in a sentence what is wrong. */
  showConnection(state: ConnectionState, reason?: string): void {
    this.#connection.textContent = reason ?? CONNECTION_TEXTS[state];
    this.#connection.dataset.state = state;
    this.#live.disabled = state !== 'live' && state !== 'lost';
  }

  draw(view: View | undefined): void {
    this.#drawSource();
    if (view === undefined) return;
    const { mode, isPredicting, isAsking } = this.#session;
    this.#runLabel.textContent = mode === 'running' ? 'Pause' : 'Run';
    this.#stepLabel.textContent = isAsking ? 'Check' : 'Step';
    this.#back.disabled = view.state.index <= this.#timeline.first;
    this.#step.disabled = view.state.index >= this.#timeline.length - 1 && showsResult(view);
    this.#live.setAttribute('aria-pressed', String(mode === 'live'));
    this.#predict.setAttribute('aria-pressed', String(isPredicting));
    this.#drawSlider(view);
    this.#drawScore();
    // A screen reader reads the sentence only when the page stays at a turn: otherwise there is no time to listen.
    this.#sentence.setAttribute('aria-live', mode === 'paused' ? 'polite' : 'off');
    setText(this.#sentence, showsResult(view) ? turnSentence(view.state) : waitingSentence(view.state, isAsking));
  }

  #drawSource(): void {
    const { header, skipped } = this.#timeline;
    if (header === undefined) return;
    const { backend, node, kernel, date } = header;
    const facts = [backend, `Node ${node}`, `Linux ${kernel}`, date.slice(0, 16).replace('T', ' ')];
    if (skipped > 0) facts.push(`${countText(skipped, 'turn')} not recorded`);
    this.#source.textContent = facts.join(' · ');
  }

  #drawSlider({ state }: View): void {
    const { first, length } = this.#timeline;
    this.#slider.min = String(first);
    this.#slider.max = String(length - 1);
    this.#slider.value = String(state.index);
    const seconds = (state.turn.ms / 1000).toFixed(3);
    const text = `${numberText(state.index + 1)} of ${numberText(length)} · ${seconds} s`;
    this.#position.textContent = text;
    this.#slider.setAttribute('aria-valuetext', text);
  }

  #drawScore(): void {
    const { isPredicting, isAsking, isAwaiting, score, verdict } = this.#session;
    this.#score.hidden = !isPredicting;
    const next = isAwaiting
      ? 'The program makes its turn. You are asked when its wait is over.'
      : 'Press Step when the next turn is recorded.';
    const task = isAsking ? 'Tick what you think the call will return, then check.' : next;
    setText(this.#score, [verdict || task, score === NO_SCORE ? '' : totalText(score)].join(' ').trim());
  }
}
