import { EVENT_KINDS, type EventKind, troubleBits } from '../model/event-bits.ts';
import { h } from './dom.ts';

export type MarkState = 'watched' | 'ready';

/** The shape and letter of a set. */
export function mark(kind: EventKind, state: MarkState, title: string): HTMLElement {
  const { letter } = kind;
  return h(
    `span.mark.${letter.toLowerCase()}.${state}`,
    { title, 'data-set': letter, 'data-state': state },
    h('span.shape', { 'aria-hidden': 'true' }),
    letter,
  );
}

/** The three sets of an fd, in select's order, and the names of hang-ups and errors among the raw bits. */
export function marks(watched: number, ready: number, raw: number): HTMLElement {
  return h(
    'span.marks',
    {},
    ...EVENT_KINDS.map((kind) => {
      const { bit, word } = kind;
      if ((ready & bit) !== 0) return mark(kind, 'ready', `${word}: returned as ready`);
      if ((watched & bit) !== 0) return mark(kind, 'watched', `${word}: watched, not ready`);
      return h(`span.mark.none`, { 'aria-hidden': 'true' }, '·');
    }),
    ...troubleBits(raw).map(({ name, meaning }) => h('small.trouble', { title: meaning }, name)),
  );
}
