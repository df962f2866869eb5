import { h } from './dom.ts';
import type { Shortcut } from './keys.ts';

/**
 * Lists the keys.
 * @param shortcuts What the keys do.
 * @returns Pairs of `dt` and `dd`.
 */
export function keyList(shortcuts: readonly Shortcut[]): HTMLElement[] {
  return shortcuts.flatMap(({ keys, help }) => {
    const names = keys.map((key) => h('kbd', {}, KEY_NAMES[key] ?? key));
    return [h('dt', {}, ...names), h('dd', {}, help)];
  });
}

const KEY_NAMES: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', ' ': 'space' };
