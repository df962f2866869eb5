import { h } from './dom.ts';
import { countText, numberText } from '../model/event-kinds.ts';
import { IdleList } from './idle-list.ts';
import { marks } from './marks.ts';
import { type FdRow, rowsOf } from '../model/rows.ts';
import { tcpMeaning } from '../model/tcp-states.ts';
import { hasReturned, MOST_ROWS, type View } from '../model/view.ts';

/** The fds: those of which there is something to see as a table, the others folded below it. */
export class FdsView {
  readonly #table = h('table.fds');
  readonly #fold = h('button.fold', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'idle-fds' });
  readonly #list = new IdleList('idle-fds');
  #rest: readonly FdRow[] = [];
  #isOpen = false;

  /**
   * @param root Where they go.
   */
  constructor(root: HTMLElement) {
    this.#fold.addEventListener('click', () => {
      this.#isOpen = !this.#isOpen;
      this.#drawRest();
    });
    root.replaceChildren(this.#table, this.#fold, this.#list.element);
  }

  /**
   * Shows the fds of a turn.
   * @param view What to show.
   */
  draw(view: View): void {
    const { rows, rest } = rowsOf(view.state, MOST_ROWS, view.prediction !== 'open');
    const head = ['fd', 'what', 'sets', 'queues', 'state'];
    this.#table.replaceChildren(
      h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...rows.map((row) => fdRow(row, view))),
    );
    this.#rest = hasReturned(view) ? rest : rest.map((row) => ({ ...row, ready: 0, revents: 0, tcp: '' }));
    this.#drawRest();
  }

  #drawRest(): void {
    const count = this.#rest.length;
    const isQuiet = this.#rest.every(({ ready }) => ready === 0);
    const text = `${countText(count, 'more fd')}${isQuiet ? ', with nothing to see' : ''}`;
    this.#fold.textContent = `${this.#isOpen ? 'Hide' : 'Show'} ${text}`;
    this.#fold.setAttribute('aria-expanded', String(this.#isOpen));
    this.#fold.hidden = count === 0;
    this.#list.draw(this.#isOpen ? this.#rest : []);
  }
}

function fdRow(row: FdRow, view: View): HTMLElement {
  const returned = hasReturned(view);
  const ready = returned ? row.ready : 0;
  const isNode = row.fd === view.state.nodeFd;
  return h(
    `tr${isNode ? '.node' : ''}${ready === 0 ? '' : '.is-ready'}`,
    { 'data-fd': row.fd, 'data-interest': row.interest, 'data-ready': ready },
    h('th', { scope: 'row' }, String(row.fd)),
    h('td.what', {}, h('span', {}, row.what), h('small', {}, row.name)),
    h('td', {}, marks(row.interest, ready, returned ? row.revents : 0)),
    h('td.queues', {}, ...(isNode ? [wakes(view)] : returned ? queues(row) : [h('small', {}, '…')])),
    h('td.condition', {}, ...condition(row, returned)),
  );
}

// A TCP state says by itself that the fd is open, or listens.
const PLAIN = new Set(['open', 'listening']);

const STILL_ASKED =
  'The program reads it no more, but still asks for R: it stops to ask when the fd is found ready, and reads none of it.';

function condition({ condition: word, isOutcome, tcp, interest }: FdRow, returned: boolean): HTMLElement[] {
  const shown = isOutcome && !returned ? 'open' : word;
  const isAsked = (interest & 1) !== 0;
  const title = isAsked && shown === 'paused' ? STILL_ASKED : undefined;
  if (tcp === '' || !returned) return [h('span', { title }, shown)];
  const meaning = tcpMeaning(tcp);
  const state = h('span.tcp', { 'data-tcp': tcp }, h('b', {}, tcp), meaning !== '' && h('small', {}, `: ${meaning}`));
  return PLAIN.has(shown) ? [state] : [h('span', { title }, shown), state];
}

function wakes(view: View): HTMLElement {
  const count = view.state.turn.nodeWakes ?? 0;
  const text = count === 0 ? 'did not wake' : `woke ${count === 1 ? 'once' : `${count} times`}`;
  return h('small', { 'data-wakes': count }, hasReturned(view) ? text : '…');
}

function queues({ what, backlog, kernelIn, kernelOut, queued }: FdRow): HTMLElement[] {
  if (what === 'listener') {
    const waiting = backlog === 0 ? 'nobody to accept' : `${countText(backlog, 'client')} to accept`;
    return [h('small', { 'data-backlog': backlog }, waiting)];
  }
  const filled = [
    ['in', 'kernel in', kernelIn],
    ['out', 'kernel out', kernelOut],
    ['own', 'ours', queued],
  ] as const;
  const bars = filled.filter(([, , bytes]) => bytes > 0).map(([kind, name, bytes]) => bar(kind, name, bytes));
  return bars.length > 0 ? bars : [h('small', {}, 'empty')];
}

// 1 byte must be seen beside 1 MiB: the bar's length is the logarithm, full at 4 MiB.
const FULL_BITS = 22;

function bar(kind: string, name: string, bytes: number): HTMLElement {
  const part = Math.min(Math.log2(bytes + 1) / FULL_BITS, 1);
  return h(
    `span.queue.${kind}`,
    { 'data-queue': kind, 'data-bytes': bytes, title: `${name}: ${countText(bytes, 'byte')}` },
    h('span.name', {}, name),
    h('span.bar', { 'aria-hidden': 'true', '--part': part.toFixed(3) }),
    h('span.bytes', {}, numberText(bytes)),
  );
}
