import type { FdRow } from '../model/rows.ts';
import { h } from './dom.ts';
import { marks } from './marks.ts';

// The height of a row: --idle-row in fds.css.
const ROW_PX = 28;
// Rows outside the visible part, so that scrolling by a little shows no gap.
const SPARE_ROWS = 4;
const MAX_VISIBLE_ROWS = 10;

/** A scrollable list that creates only the visible rows: 2,000 fds cost no more than 20. */
export class IdleList {
  readonly element: HTMLElement;
  readonly #rowsRoot = h('div.idle-rows', { role: 'rowgroup' });
  readonly #table = h('div.idle-table', { role: 'table', 'aria-label': 'The other fds' }, this.#rowsRoot);
  #rows: readonly FdRow[] = [];
  /** Kept here, because reading it from the element in the middle of a frame would cause one more layout. */
  #scrolledPx = 0;
  #drawn = '';

  constructor(id: string) {
    const attributes = { id, tabindex: 0, role: 'region', 'aria-label': 'The other fds', 'data-keys': 'scroll' };
    this.element = h('div.idle', attributes, this.#table);
    this.element.addEventListener('scroll', () => {
      this.#scrolledPx = this.element.scrollTop;
      this.#drawVisible();
    });
  }

  /** Shows the rows. Without rows the list is hidden. */
  draw(rows: readonly FdRow[]): void {
    this.#rows = rows;
    this.element.hidden = rows.length === 0;
    if (rows.length === 0) {
      this.#scrolledPx = 0;
      return;
    }
    this.#table.setAttribute('aria-rowcount', String(rows.length));
    this.#table.style.height = `${rows.length * ROW_PX}px`;
    this.element.style.height = `${Math.min(rows.length, MAX_VISIBLE_ROWS) * ROW_PX}px`;
    this.#drawVisible();
  }

  #drawVisible(): void {
    const first = Math.max(Math.floor(this.#scrolledPx / ROW_PX) - SPARE_ROWS, 0);
    const visible = this.#rows.slice(first, first + MAX_VISIBLE_ROWS + 2 * SPARE_ROWS);
    this.#rowsRoot.style.transform = `translateY(${first * ROW_PX}px)`;
    const now = visible.map((row, index) => Object.values({ ...row, place: first + index }).join('|')).join();
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.#rowsRoot.replaceChildren(...visible.map((row, index) => idleRow(row, first + index + 1)));
  }
}

function idleRow({ fd, what, name, interest, ready, revents, tcp, condition }: FdRow, place: number): HTMLElement {
  const cell = { role: 'cell' };
  return h(
    `div.idle-row${ready === 0 ? '' : '.is-ready'}`,
    { role: 'row', 'aria-rowindex': place, 'data-fd': fd },
    h('b', cell, String(fd)),
    h('span', cell, `${what} ${name}`),
    h('span', cell, marks(interest, ready, revents)),
    h('span', cell, condition === 'open' && tcp !== '' ? tcp : condition),
  );
}
