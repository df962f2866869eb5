import type { EventLine } from '../../../trace/format.ts';
import { post } from '../model/connection.ts';
import { countNames, countText } from '../model/texts.ts';
import type { Timeline } from '../model/timeline.ts';
import { byId, setText } from './dom.ts';

const RUNNING = 'It is running. Pause, Step and Back above only affect this page.';
const ENDED = 'It has ended. Its recorded turns stay here.';
const PAUSED = 'Paused between two turns: it reads and accepts nothing, and what clients send waits in the kernel.';

/** The buttons that pause the watched program itself, let it continue, or let it make one turn. */
export class ProgramControls {
  readonly #root = byId('program', HTMLElement);
  readonly #hold = byId('hold', HTMLButtonElement);
  readonly #label = byId('hold-label', HTMLSpanElement);
  readonly #turn = byId('one-turn', HTMLButtonElement);
  readonly #status = byId('program-status', HTMLParagraphElement);
  readonly #timeline: Timeline;
  readonly #onTurn: () => void;
  #isConnected = false;
  /** The requested state, until the trace shows it: the loop pauses when its wait is over. */
  #requestedPause: boolean | undefined;
  #error = '';
  /** How many requested turns are not recorded yet, and the length of the trace when they were counted. */
  #dueTurns = 0;
  #countedLength = 0;

  /** `onTurn` is called when the program is asked to make one turn. */
  constructor(timeline: Timeline, onTurn: () => void) {
    this.#timeline = timeline;
    this.#onTurn = onTurn;
    this.#hold.addEventListener('click', this.toggle);
    this.#turn.addEventListener('click', this.step);
  }

  /** Shows the buttons. A recorded trace has no program, so they are hidden until this is called. */
  show(isConnected: boolean): void {
    this.#root.hidden = false;
    this.#isConnected = isConnected;
    this.draw();
  }

  draw(): void {
    const { isPaused, ended } = this.#timeline;
    this.#countDueTurns();
    if (this.#requestedPause === isPaused) this.#requestedPause = undefined;
    this.#root.dataset.held = String(isPaused);
    this.#label.textContent = isPaused ? 'Let it continue' : 'Hold the program';
    this.#hold.disabled = !this.#isConnected;
    this.#turn.disabled = !this.#isConnected || !isPaused;
    const state = this.#requestText() || (isPaused ? this.#pausedText() : RUNNING);
    setText(this.#status, ended ? ENDED : this.#error || state);
  }

  readonly toggle = (): void => {
    if (this.#hold.disabled || this.#root.hidden) return;
    this.#requestedPause = !this.#timeline.isPaused;
    void this.#request({ held: this.#requestedPause });
  };

  readonly step = (): void => {
    if (this.#turn.disabled || this.#root.hidden) return;
    this.#dueTurns++;
    this.#onTurn();
    void this.#request({ step: 1 });
  };

  #countDueTurns(): void {
    const { length, isPaused } = this.#timeline;
    const made = length - this.#countedLength;
    this.#countedLength = length;
    this.#dueTurns = isPaused && made >= 0 ? Math.max(0, this.#dueTurns - made) : 0;
  }

  #requestText(): string {
    if (this.#requestedPause === undefined) return '';
    return this.#requestedPause ? 'It pauses when this turn is over.' : 'It continues.';
  }

  #pausedText(): string {
    if (this.#dueTurns === 0) return PAUSED + pressedText(this.#timeline.whilePaused);
    const more = this.#dueTurns > 1 ? ` ${countText(this.#dueTurns - 1, 'more turn')} will follow.` : '';
    return `It makes one turn: it waits until an fd is ready or the timeout is over.${more}`;
  }

  async #request(command: { held: boolean } | { step: 1 }): Promise<void> {
    this.#error = '';
    this.draw();
    const answer = await post('control', command);
    if (answer.ok) return;
    this.#requestedPause = undefined;
    this.#dueTurns = 0;
    this.#error = `That did not work: ${answer.error}`;
    this.draw();
  }
}

/** Lists the buttons that were pressed, each with its count. */
function pressedText(lines: readonly EventLine[]): string {
  const counts = countNames(lines.flatMap((line) => (line.type === 'action' ? [line.text] : [])));
  const texts = counts.map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  return texts.length === 0 ? '' : ` Pressed since then: ${texts.join(' ')}`;
}
