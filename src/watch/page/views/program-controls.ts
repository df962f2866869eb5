import { byId } from './dom.ts';
import { countText } from '../model/event-kinds.ts';
import { post } from '../model/post.ts';
import type { Timeline } from '../model/timeline.ts';
import type { HappeningLine } from '../model/trace-line.ts';

const RUNS = 'It runs. Pause, Step and Back above stop this page only.';
const ENDED = 'It has ended: what was recorded of it stays here.';
const HELD = 'Stopped between two turns: it reads and accepts nothing, and what clients send waits in the kernel.';

/** The buttons that stop the watched program itself, let it go on, or have it make one turn. */
export class HoldControls {
  readonly #root = byId('program', HTMLElement);
  readonly #hold = byId('hold', HTMLButtonElement);
  readonly #label = byId('hold-label', HTMLSpanElement);
  readonly #turn = byId('one-turn', HTMLButtonElement);
  readonly #status = byId('held', HTMLParagraphElement);
  readonly #timeline: Timeline;
  readonly #onTurn: () => void;
  #isConnected = false;
  // What was asked for and is not so yet: the loop stops when its wait is over.
  #wanted: boolean | undefined;
  #error = '';
  // Turns that were asked for and have not come, and the length of the trace then.
  #due = 0;
  #length = 0;

  /**
   * @param timeline The trace, which says whether the program is held.
   * @param onTurn Called when the program is to make one turn.
   */
  constructor(timeline: Timeline, onTurn: () => void) {
    this.#timeline = timeline;
    this.#onTurn = onTurn;
    this.#hold.addEventListener('click', () => {
      this.toggle();
    });
    this.#turn.addEventListener('click', () => {
      this.step();
    });
  }

  /**
   * Shows the buttons; they are hidden until then, as a file has no program.
   * @param isConnected Whether the program can be reached.
   */
  show(isConnected: boolean): void {
    this.#root.hidden = false;
    this.#isConnected = isConnected;
    this.draw();
  }

  /** Shows whether the program is held. */
  draw(): void {
    const { isHeld, ended } = this.#timeline;
    this.#count();
    if (this.#wanted === isHeld) this.#wanted = undefined;
    this.#root.dataset.held = String(isHeld);
    this.#label.textContent = isHeld ? 'Let it go on' : 'Hold the program';
    this.#hold.disabled = !this.#isConnected;
    this.#turn.disabled = !this.#isConnected || !isHeld;
    const text = ended ? ENDED : this.#error || this.#pendingText() || (isHeld ? this.#heldText() : RUNS);
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** Stops the program between two turns, or lets it go on. */
  toggle(): void {
    if (this.#hold.disabled || this.#root.hidden) return;
    this.#wanted = !this.#timeline.isHeld;
    void this.#ask({ held: this.#wanted });
  }

  /** Has the program make one turn, while it is held. */
  step(): void {
    if (this.#turn.disabled || this.#root.hidden) return;
    this.#due++;
    this.#onTurn();
    void this.#ask({ step: 1 });
  }

  #count(): void {
    const { length, isHeld } = this.#timeline;
    const made = length - this.#length;
    this.#length = length;
    this.#due = isHeld && made >= 0 ? Math.max(0, this.#due - made) : 0;
  }

  #pendingText(): string {
    if (this.#wanted === undefined) return '';
    return this.#wanted ? 'It stops when this turn is over.' : 'It goes on.';
  }

  #heldText(): string {
    if (this.#due === 0) return HELD + pressedText(this.#timeline.whileHeld);
    const more = this.#due > 1 ? ` ${countText(this.#due - 1, 'more turn')} will follow it.` : '';
    return `It makes one turn: it waits until something is ready, or the time is up.${more}`;
  }

  async #ask(what: { held: boolean } | { step: 1 }): Promise<void> {
    this.#error = '';
    this.draw();
    const answer = await post('control', what);
    if (answer.ok) return;
    this.#wanted = undefined;
    this.#due = 0;
    this.#error = `That did not work: ${answer.error}`;
    this.draw();
  }
}

// Buttons are often pressed more than once.
function pressedText(lines: readonly HappeningLine[]): string {
  const counts = new Map<string, number>();
  for (const line of lines) if (line.type === 'action') counts.set(line.text, (counts.get(line.text) ?? 0) + 1);
  const texts = [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  return texts.length === 0 ? '' : ` Pressed since: ${texts.join(' ')}`;
}
