import { h } from './dom.ts';
import { numberText } from '../model/event-kinds.ts';

/**
 * A call as a program writes it.
 * @param call The call with its arguments.
 * @param result What it returned; nothing while it waits.
 * @returns One line.
 */
export function signature(call: string, result: number | undefined): HTMLElement {
  return h(
    'code.signature',
    {},
    call,
    ' = ',
    h('b', { 'data-result': result }, result === undefined ? '…' : String(result)),
  );
}

/**
 * Of many items, those that count and the first of the others, in their order.
 * @param items The items.
 * @param counts Which count.
 * @param most How many to choose.
 * @returns The chosen.
 */
export function foremost<T>(items: readonly T[], counts: (item: T) => boolean, most: number): T[] {
  const first = items.filter(counts).slice(0, most);
  const others = items.filter((item) => !counts(item)).slice(0, most - first.length);
  const chosen = new Set([...first, ...others]);
  return items.filter((item) => chosen.has(item));
}

/**
 * Says how many are left out.
 * @param count How many.
 * @param one What one of them is.
 * @param many What several are.
 * @returns A line; none for 0.
 */
export function rest(count: number, one: string, many: string): HTMLElement[] {
  return count > 0 ? [h('p.faint', {}, `and ${numberText(count)} ${count === 1 ? one : many}`)] : [];
}
