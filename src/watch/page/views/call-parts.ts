import { numberText } from '../model/texts.ts';
import { h } from './dom.ts';

/** A call as a program writes it. The result is `undefined` while the call waits. */
export function signature(call: string, result: number | undefined): HTMLElement {
  const value = h('b', { 'data-result': result }, result === undefined ? '…' : String(result));
  return h('code.signature', {}, call, ' = ', value);
}

/** Chooses up to `maxItems` items: first those that matter, then the others. They keep their order. */
export function chooseItems<T>(items: readonly T[], matters: (item: T) => boolean, maxItems: number): T[] {
  const first = items.filter(matters).slice(0, maxItems);
  const others = items.filter((item) => !matters(item)).slice(0, maxItems - first.length);
  const chosen = new Set([...first, ...others]);
  return items.filter((item) => chosen.has(item));
}

/** A line that says how many items are left out; no line for 0. */
export function andMore(count: number, singular: string, plural: string): HTMLElement[] {
  return count > 0 ? [h('p.faint', {}, `and ${numberText(count)} ${count === 1 ? singular : plural}`)] : [];
}
