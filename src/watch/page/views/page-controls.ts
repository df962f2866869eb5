import { byId, h } from './dom.ts';
import { countText, numberText } from '../model/event-kinds.ts';
import { SPEEDS } from '../model/player.ts';
import { NO_SCORE, scoreCountText } from '../model/prediction.ts';
import { askedSentence, turnSentence } from '../model/sentences.ts';
import type { Session } from '../model/session.ts';
import type { Connection } from '../model/connection.ts';
import type { Timeline } from '../model/timeline.ts';
import { hasReturned, type View } from '../model/view.ts';

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting …',
  live: 'live',
  recorded: 'a recorded trace',
  ended: 'the program has ended',
  lost: 'the connection is lost; trying again …',
  refused: 'The server has refused: open the address that it printed, with its token.',
};

/** The part of the page around the turn: the buttons, the slider, the sentence, the score. */
export class TransportView {
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

  /**
   * @param timeline The trace.
   * @param session Where the reader is in it.
   */
  constructor(timeline: Timeline, session: Session) {
    this.#timeline = timeline;
    this.#session = session;
    this.#speed.append(...SPEEDS.map(({ label }, index) => h('option', { value: index }, label)));
    this.#speed.addEventListener('change', () => {
      session.speed = SPEEDS[this.#speed.selectedIndex]!;
    });
  }

  /**
   * Says where the trace comes from.
   * @param state The connection's state.
   * @param reason What is wrong, in a sentence.
   */
  showConnection(state: Connection, reason?: string): void {
    this.#connection.textContent = reason ?? CONNECTIONS[state];
    this.#connection.dataset.state = state;
    this.#live.disabled = state !== 'live' && state !== 'lost';
  }

  /**
   * Shows where the reader is.
   * @param view What is shown; `undefined` while there is no turn.
   */
  draw(view: View | undefined): void {
    this.#drawSource();
    if (view === undefined) return;
    const { mode, isPredicting, isAsking } = this.#session;
    this.#runLabel.textContent = mode === 'running' ? 'Pause' : 'Run';
    this.#stepLabel.textContent = isAsking ? 'Check' : 'Step';
    this.#back.disabled = view.state.index <= this.#timeline.first;
    this.#step.disabled = view.state.index >= this.#timeline.length - 1 && hasReturned(view);
    this.#live.setAttribute('aria-pressed', String(mode === 'live'));
    this.#predict.setAttribute('aria-pressed', String(isPredicting));
    this.#drawSlider(view);
    this.#drawScore();
    // Read aloud where there is time to listen.
    this.#sentence.setAttribute('aria-live', mode === 'paused' ? 'polite' : 'off');
    const sentence = hasReturned(view) ? turnSentence(view.state) : askedSentence(view.state, isAsking);
    if (this.#sentence.textContent !== sentence) this.#sentence.textContent = sentence;
  }

  #drawSource(): void {
    const { header, skipped } = this.#timeline;
    if (header === undefined) return;
    const { backend, node, kernel, date = '' } = header;
    const facts = [backend, node && `Node ${node}`, kernel && `Linux ${kernel}`, date.slice(0, 16).replace('T', ' ')];
    if (skipped > 0) facts.push(`${countText(skipped, 'turn')} not recorded`);
    this.#source.textContent = facts.filter(Boolean).join(' · ');
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
      ? 'The program makes its turn: you are asked as soon as the wait is over.'
      : 'Step when the next turn is there.';
    const task = isAsking ? 'Tick what you think will come back, then check.' : next;
    const text = [verdict || task, score === NO_SCORE ? '' : scoreCountText(score)].join(' ').trim();
    if (this.#score.textContent !== text) this.#score.textContent = text;
  }
}
