/** What a key does. */
export interface Shortcut {
  /** The values of `KeyboardEvent.key` that do it. */
  readonly keys: readonly string[];
  /** What stands in the help. */
  readonly help: string;
  /** Whether it is for a program that runs, not for a file. */
  readonly isLive?: boolean;
  /** Does it. */
  readonly run: () => void;
}

// What a focused element does with a key of its own, by its name: a shortcut must not take it away.
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  BUTTON: [' ', 'Enter'],
  A: ['Enter'],
  SUMMARY: [' ', 'Enter'],
  SELECT: [' ', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'],
};
const INPUT_KEYS: Readonly<Record<string, readonly string[]>> = {
  checkbox: [' '],
  range: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'],
};
const SCROLL_KEYS = [' ', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'];

/**
 * Listens to the keyboard.
 * @param shortcuts What the keys do.
 */
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

function ownKeys(target: EventTarget | null): readonly string[] {
  if (target instanceof HTMLInputElement) return INPUT_KEYS[target.type] ?? [];
  if (!(target instanceof HTMLElement)) return [];
  if (target.dataset.keys === 'scroll') return SCROLL_KEYS;
  const own = OWN_KEYS[target.tagName] ?? [];
  return target.role === 'tab' ? [...own, 'ArrowLeft', 'ArrowRight', 'Home', 'End'] : own;
}
