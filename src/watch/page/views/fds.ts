import { tcpMeaning } from '../model/reasons.ts';
import { type FdRow, MAX_ROWS, rowsOf } from '../model/rows.ts';
import { showsResult, type View } from '../model/session.ts';
import { countText, numberText, timesText } from '../model/texts.ts';
import { h, tableHead } from './dom.ts';
import { IdleList } from './idle-list.ts';
import { marks } from './marks.ts';

/** The table of fds. Fds without anything to see are folded below it. */
export class FdsView {
  readonly #table = h('table.fds');
  readonly #fold = h('button.fold', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'idle-fds' });
  readonly #list = new IdleList('idle-fds');
  #folded: readonly FdRow[] = [];
  #isOpen = false;

  constructor(root: HTMLElement) {
    this.#fold.addEventListener('click', () => {
      this.#isOpen = !this.#isOpen;
      this.#drawFolded();
    });
    root.replaceChildren(this.#table, this.#fold, this.#list.element);
  }

  draw(view: View): void {
    const { rows, folded } = rowsOf(view.state, MAX_ROWS, view.prediction !== 'open');
    this.#table.replaceChildren(
      tableHead(['fd', 'what', 'sets', 'queues', 'state']),
      h('tbody', {}, ...rows.map((row) => fdRow(row, view))),
    );
    this.#folded = showsResult(view) ? folded : folded.map((row) => ({ ...row, ready: 0, revents: 0, tcp: '' }));
    this.#drawFolded();
  }

  #drawFolded(): void {
    const count = this.#folded.length;
    const isQuiet = this.#folded.every(({ ready }) => ready === 0);
    const text = `${countText(count, 'more fd')}${isQuiet ? ', all quiet' : ''}`;
    this.#fold.textContent = `${this.#isOpen ? 'Hide' : 'Show'} ${text}`;
    this.#fold.setAttribute('aria-expanded', String(this.#isOpen));
    this.#fold.hidden = count === 0;
    this.#list.draw(this.#isOpen ? this.#folded : []);
  }
}

function fdRow(row: FdRow, view: View): HTMLElement {
  const isShown = showsResult(view);
  const ready = isShown ? row.ready : 0;
  const isNode = row.fd === view.state.nodeFd;
  return h(
    `tr${isNode ? '.node' : ''}${ready === 0 ? '' : '.is-ready'}`,
    { 'data-fd': row.fd, 'data-interest': row.interest, 'data-ready': ready },
    h('th', { scope: 'row' }, String(row.fd)),
    h('td.what', {}, h('span', {}, row.what), h('small', {}, row.name)),
    h('td', {}, marks(row.interest, ready, isShown ? row.revents : 0)),
    h('td.queues', {}, ...(isNode ? [wakes(view)] : isShown ? queues(row) : [h('small', {}, '…')])),
    h('td.condition', {}, ...condition(row, isShown)),
  );
}

/** A TCP state already says that the fd is open or listens. */
const IMPLIED_BY_TCP = new Set(['open', 'listening']);

const STILL_WATCHED =
  'The program does not read from this fd. It still watches R until the fd is ready: then it stops watching R, and reads nothing.';

function condition({ condition: word, isOutcome, tcp, interest }: FdRow, isShown: boolean): HTMLElement[] {
  const text = isOutcome && !isShown ? 'open' : word;
  const isWatched = (interest & 1) !== 0;
  const title = isWatched && text === 'reading paused' ? STILL_WATCHED : undefined;
  if (tcp === '' || !isShown) return [h('span', { title }, text)];
  const meaning = tcpMeaning(tcp);
  const state = h('span.tcp', { 'data-tcp': tcp }, h('b', {}, tcp), meaning !== '' && h('small', {}, `: ${meaning}`));
  return IMPLIED_BY_TCP.has(text) ? [state] : [h('span', { title }, text), state];
}

function wakes(view: View): HTMLElement {
  const count = view.state.turn.nodeWakes;
  const text = count === 0 ? 'did not run' : `ran ${timesText(count)}`;
  return h('small', { 'data-wakes': count }, showsResult(view) ? text : '…');
}

const QUEUES = [
  ['in', 'r', 'kernelIn', 'received', 'received by the kernel, not yet read by the program'],
  ['out', 'w', 'kernelOut', 'sending', 'accepted by the kernel for sending, not yet confirmed by the peer'],
  ['own', 'w', 'queued', 'program', "in the program's own output queue, because the kernel has no room"],
] as const;

function queues(row: FdRow): HTMLElement[] {
  if (row.what === 'listener') {
    const { backlog } = row;
    const text = backlog === 0 ? 'no client waits' : `${countText(backlog, 'client')} to accept`;
    return [h('small', { 'data-backlog': backlog }, text)];
  }
  const bars = QUEUES.filter(([, , field]) => row[field] > 0).map(([kind, hue, field, name, meaning]) =>
    h(
      `span.queue.${hue}`,
      { 'data-queue': kind, 'data-bytes': row[field], title: `${countText(row[field], 'byte')} ${meaning}` },
      h('span.name', {}, name),
      h('span.bar', { 'aria-hidden': 'true', '--part': barPart(row[field]).toFixed(3) }),
      h('span.bytes', {}, numberText(row[field])),
    ),
  );
  return bars.length > 0 ? bars : [h('small', {}, 'empty')];
}

// One byte has to be visible beside 1 MiB: the bar shows the logarithm, and is full at 4 MiB.
const FULL_BITS = 22;

function barPart(bytes: number): number {
  return Math.min(Math.log2(bytes + 1) / FULL_BITS, 1);
}
