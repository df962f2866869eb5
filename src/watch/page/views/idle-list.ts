import { h } from './dom.ts';
import { marks } from './marks.ts';
import type { FdRow } from '../model/rows.ts';

// The height of a row in fds.css: --idle-row.
const ROW_PX = 28;
// Rows beyond the edges, so that scrolling by a little shows no gap.
const SPARE_ROWS = 4;
const MOST_SEEN = 10;

/** A scrolled list of which only the rows in sight are in the page: 2,000 fds cost no more than 20. */
export class IdleList {
  /** The list. */
  readonly element: HTMLElement;
  readonly #rowsRoot = h('div.idle-rows', { role: 'rowgroup' });
  readonly #table = h('div.idle-table', { role: 'table', 'aria-label': 'The other fds' }, this.#rowsRoot);
  #rows: readonly FdRow[] = [];
  // Kept here: to ask the element in the middle of a frame would lay the page out once more.
  #scrolledPx = 0;
  #drawn = '';

  /**
   * @param id The element's id.
   */
  constructor(id: string) {
    const attributes = { id, tabindex: 0, role: 'region', 'aria-label': 'The other fds', 'data-keys': 'scroll' };
    this.element = h('div.idle', attributes, this.#table);
    this.element.addEventListener('scroll', () => {
      this.#scrolledPx = this.element.scrollTop;
      this.#drawSeen();
    });
  }

  /**
   * Shows fds.
   * @param rows The fds; with none of them the list is hidden.
   */
  draw(rows: readonly FdRow[]): void {
    this.#rows = rows;
    this.element.hidden = rows.length === 0;
    if (rows.length === 0) {
      this.#scrolledPx = 0;
      return;
    }
    this.#table.setAttribute('aria-rowcount', String(rows.length));
    this.#table.style.height = `${rows.length * ROW_PX}px`;
    this.element.style.height = `${Math.min(rows.length, MOST_SEEN) * ROW_PX}px`;
    this.#drawSeen();
  }

  #drawSeen(): void {
    const first = Math.max(Math.floor(this.#scrolledPx / ROW_PX) - SPARE_ROWS, 0);
    const seen = this.#rows.slice(first, first + MOST_SEEN + 2 * SPARE_ROWS);
    this.#rowsRoot.style.transform = `translateY(${first * ROW_PX}px)`;
    const now = seen.map((row, index) => Object.values({ ...row, place: first + index }).join('|')).join();
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.#rowsRoot.replaceChildren(...seen.map((row, index) => idleRow(row, first + index + 1)));
  }
}

function idleRow({ fd, what, name, interest, ready, revents, tcp, condition }: FdRow, place: number): HTMLElement {
  return h(
    `div.idle-row${ready === 0 ? '' : '.is-ready'}`,
    { role: 'row', 'aria-rowindex': place, 'data-fd': fd },
    h('b', { role: 'cell' }, String(fd)),
    h('span', { role: 'cell' }, `${what} ${name}`),
    h('span', { role: 'cell' }, marks(interest, ready, revents)),
    h('span', { role: 'cell' }, condition === 'open' && tcp !== '' ? tcp : condition),
  );
}
