import { h } from './dom.ts';
import { countText } from '../model/event-kinds.ts';
import { asSelect, type Bitmap, hasBit } from '../model/mechanics.ts';
import { foremost, rest, signature } from './call-parts.ts';
import { hasReturned, type View } from '../model/view.ts';

/**
 * A turn as select's bitmaps.
 * @param view What to show.
 * @returns The call and the bitmaps.
 */
export function drawSelect(view: View): HTMLElement[] {
  const { nfds, sets, result } = asSelect(view.state);
  const returned = hasReturned(view);
  const seconds = view.state.turn.timeoutMs < 0 ? 'NULL' : `${view.state.turn.timeoutMs / 1000} s`;
  const names = sets.map(({ name, before }) => (before === null ? 'NULL' : `&${name}`));
  return [
    signature(`select(${nfds}, ${names.join(', ')}, ${seconds})`, returned ? result : undefined),
    h(
      'p.how',
      {},
      'Three bitmaps go in. The kernel looks at every bit below nfds and writes its answer over the question: copy the sets first.',
    ),
    h('div.bitmaps', {}, ...sets.map((set) => bitmapView(set, nfds, returned))),
  ];
}

const ROW_BITS = 32;
const MOST_BIT_ROWS = 6;

function bitmapView({ name, before, after }: Bitmap, nfds: number, returned: boolean): HTMLElement {
  const set = h('div.bitmap', {
    'data-bitmap': name,
    'data-before': members(before),
    'data-after': returned ? members(after) : undefined,
  });
  set.append(h('h4', {}, name, before === null && h('small', {}, 'nobody in it: NULL is passed')));
  if (before === null) return set;
  const starts = Array.from({ length: Math.ceil(nfds / ROW_BITS) }, (_, row) => row * ROW_BITS);
  const used = starts.filter((start) => before[start / ROW_BITS] !== 0);
  const shown = foremost(used, (start) => returned && after![start / ROW_BITS] !== 0, MOST_BIT_ROWS);
  set.append(...shown.map((start) => bitRow(start, nfds, before, returned ? after : null)));
  const zero = starts.length - used.length;
  if (zero > 0) set.append(h('p.faint', {}, `${countText(zero, 'row')} of ${ROW_BITS} bits, all 0, not shown`));
  set.append(...rest(used.length - shown.length, 'row like these', 'rows like these'));
  return set;
}

function members(words: Uint32Array | null): string {
  if (words === null) return '';
  const fds: number[] = [];
  for (let fd = 0; fd < words.length * 32; fd++) if (hasBit(words, fd)) fds.push(fd);
  return fds.join(' ');
}

// What is passed above what is returned, bit below bit.
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

// The lowest fd at the left, in groups of eight; neighbours that look alike are one element.
function bits(start: number, nfds: number, words: Uint32Array, was: Uint32Array | null): HTMLElement[] {
  return Array.from({ length: ROW_BITS / 8 }, (_, group) => {
    const first = start + group * 8;
    const runs: BitRun[] = [];
    for (let fd = first; fd < first + 8; fd++) {
      const look = hasBit(words, fd) ? 'one' : hasBit(was, fd) ? 'cleared' : fd < nfds ? 'zero' : 'beyond';
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
  if (look === 'cleared') return h('b.cleared', { title: `${fds}: asked for, cleared` }, '0'.repeat(length));
  return (look === 'zero' ? '0' : '·').repeat(length);
}
