import { trouble } from '../model/raw-bits.ts';
import { h } from './dom.ts';
import { EVENT_KINDS, type EventKind } from '../model/event-kinds.ts';

/** How a mark looks: asked for, returned, or neither. */
export type MarkState = 'asked' | 'ready' | 'none';

/**
 * The shape and letter of a set.
 * @param kind The set.
 * @param state How it looks.
 * @param title What it says when pointed at.
 * @returns The mark.
 */
export function mark(kind: EventKind, state: MarkState, title: string): HTMLElement {
  const { letter } = kind;
  return h(
    `span.mark.${letter.toLowerCase()}.${state}`,
    { title, 'data-set': letter, 'data-state': state },
    h('span.shape', { 'aria-hidden': 'true' }),
    letter,
  );
}

/**
 * The three sets of an fd.
 * @param asked What is asked, as EVENT_* bits.
 * @param ready What came back.
 * @param raw What came back in raw bits, of which the hang-ups and errors are named; 0 for none.
 * @returns Three marks, in select's order, and those names.
 */
export function marks(asked: number, ready: number, raw = 0): HTMLElement {
  return h(
    'span.marks',
    {},
    ...EVENT_KINDS.map((kind) => {
      const { bit, word } = kind;
      if ((ready & bit) !== 0) return mark(kind, 'ready', `${word}: returned`);
      if ((asked & bit) !== 0) return mark(kind, 'asked', `${word}: asked for`);
      return h(`span.mark.none`, { 'aria-hidden': 'true' }, '·');
    }),
    ...trouble(raw).map(({ name, meaning }) => h('small.trouble', { title: meaning }, name)),
  );
}
