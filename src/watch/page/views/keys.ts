import { h } from './dom.ts';

export interface Shortcut {
  /** The values of `KeyboardEvent.key`. */
  readonly keys: readonly string[];
  readonly help: string;
  /** Whether the shortcut needs a running program. */
  readonly isLive?: boolean;
  readonly run: () => void;
}

// The keys that a focused element handles itself. A shortcut must not take them away.
const LIST_KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'];
const KEYS_OF_TAG: Readonly<Record<string, readonly string[]>> = {
  BUTTON: [' ', 'Enter'],
  A: ['Enter'],
  SUMMARY: [' ', 'Enter'],
  SELECT: [' ', 'Enter', ...LIST_KEYS],
};
const KEYS_OF_INPUT: Readonly<Record<string, readonly string[]>> = { checkbox: [' '], range: LIST_KEYS };
const SCROLL_KEYS = [' ', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'];

export function listenToKeys(shortcuts: readonly Shortcut[]): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector('dialog[open]') !== null || ownKeys(event.target).includes(event.key)) return;
    const shortcut = shortcuts.find(({ keys }) => keys.includes(event.key));
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  });
}

const KEY_NAMES: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', ' ': 'space' };

/** The list of keys, as pairs of `dt` and `dd`. */
export function keyList(shortcuts: readonly Shortcut[]): HTMLElement[] {
  return shortcuts.flatMap(({ keys, help }) => {
    const names = keys.map((key) => h('kbd', {}, KEY_NAMES[key] ?? key));
    return [h('dt', {}, ...names), h('dd', {}, help)];
  });
}

function ownKeys(target: EventTarget | null): readonly string[] {
  if (target instanceof HTMLInputElement) return KEYS_OF_INPUT[target.type] ?? [];
  if (!(target instanceof HTMLElement)) return [];
  if (target.dataset.keys === 'scroll') return SCROLL_KEYS;
  const own = KEYS_OF_TAG[target.tagName] ?? [];
  return target.role === 'tab' ? [...own, 'ArrowLeft', 'ArrowRight', 'Home', 'End'] : own;
}
