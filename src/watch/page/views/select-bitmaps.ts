import { asSelect, type Bitmap, hasBit } from '../model/mechanics.ts';
import { showsResult, type View } from '../model/session.ts';
import { countText } from '../model/texts.ts';
import { andMore, chooseItems, signature } from './call-parts.ts';
import { h } from './dom.ts';

const HOW =
  'The program passes three bitmaps with one bit for each fd. The kernel checks every bit below nfds and overwrites the bitmaps with its result, so the program passes copies.';

export function drawSelect(view: View): HTMLElement[] {
  const { nfds, sets, result } = asSelect(view.state);
  const { timeoutMs } = view.state.turn;
  const isShown = showsResult(view);
  const seconds = timeoutMs < 0 ? 'NULL' : `${timeoutMs / 1000} s`;
  const names = sets.map(({ name, before }) => (before === null ? 'NULL' : `&${name}`));
  return [
    signature(`select(${nfds}, ${names.join(', ')}, ${seconds})`, isShown ? result : undefined),
    h('p.how', {}, HOW),
    h('div.bitmaps', {}, ...sets.map((set) => bitmapView(set, nfds, isShown))),
  ];
}

const ROW_BITS = 32;
const MAX_BIT_ROWS = 6;

function bitmapView({ name, letter, before, after }: Bitmap, nfds: number, isShown: boolean): HTMLElement {
  const set = h(`div.bitmap.${letter.toLowerCase()}`, {
    'data-bitmap': name,
    'data-before': members(before),
    'data-after': isShown ? members(after) : undefined,
  });
  set.append(h('h4', {}, name, before === null && h('small', {}, 'no fd in it, so the program passes NULL')));
  if (before === null) return set;
  const starts = Array.from({ length: Math.ceil(nfds / ROW_BITS) }, (_, row) => row * ROW_BITS);
  const used = starts.filter((start) => before[start / ROW_BITS] !== 0);
  const shown = chooseItems(used, (start) => isShown && after![start / ROW_BITS] !== 0, MAX_BIT_ROWS);
  set.append(...shown.map((start) => bitRow(start, nfds, before, isShown ? after : null)));
  const zero = starts.length - used.length;
  if (zero > 0) set.append(h('p.faint', {}, `${countText(zero, 'row')} of ${ROW_BITS} bits, all 0, not shown`));
  set.append(...andMore(used.length - shown.length, 'row like these', 'rows like these'));
  return set;
}

function members(words: Uint32Array | null): string {
  if (words === null) return '';
  const fds: number[] = [];
  for (let fd = 0; fd < words.length * 32; fd++) if (hasBit(words, fd)) fds.push(fd);
  return fds.join(' ');
}

/** What the program passes above what the kernel returns, bit below bit. */
function bitRow(start: number, nfds: number, before: Uint32Array, after: Uint32Array | null): HTMLElement {
  const returned = after === null ? [h('span.faint', {}, '…')] : bits(start, nfds, after, before);
  return h(
    'div.bit-row',
    {},
    h('small', {}, `from fd ${start}`),
    h('span.bits', { title: 'as passed' }, ...bits(start, nfds, before, null)),
    h('small', {}, 'returned'),
    h('span.bits', { title: 'as returned' }, ...returned),
  );
}

/** The lowest fd is on the left. Bits are in groups of eight, and equal neighbours share one element. */
function bits(start: number, nfds: number, words: Uint32Array, passed: Uint32Array | null): HTMLElement[] {
  return Array.from({ length: ROW_BITS / 8 }, (_, group) => {
    const first = start + group * 8;
    const runs: BitRun[] = [];
    for (let fd = first; fd < first + 8; fd++) {
      const look = hasBit(words, fd) ? 'one' : hasBit(passed, fd) ? 'cleared' : fd < nfds ? 'zero' : 'beyond';
      const last = runs.at(-1);
      if (last?.look === look) last.length++;
      else runs.push({ look, fd, length: 1 });
    }
    return h('span.byte', {}, ...runs.map(bitRun));
  });
}

interface BitRun {
  readonly look: 'one' | 'cleared' | 'zero' | 'beyond';
  readonly fd: number;
  length: number;
}

function bitRun({ look, fd, length }: BitRun): HTMLElement | string {
  const fds = length === 1 ? `fd ${fd}` : `fds ${fd} to ${fd + length - 1}`;
  if (look === 'one') return h('b.one', { title: fds }, '1'.repeat(length));
  if (look === 'cleared') return h('b.cleared', { title: `${fds}: watched, not ready` }, '0'.repeat(length));
  return (look === 'zero' ? '0' : '·').repeat(length);
}
