import { h } from './dom.ts';
import { post } from '../model/post.ts';

/** A button that makes something happen. */
export interface Action {
  /** Its name for the server. */
  readonly name: string;
  /** What stands on it. */
  readonly label: string;
  /** What to look for. */
  readonly look: string;
}

/**
 * Asks the server what can be made to happen.
 * @returns The actions; none where a file is shown.
 */
export async function loadActions(): Promise<Action[]> {
  const response = await fetch('actions');
  return response.ok ? ((await response.json()) as Action[]) : [];
}

/**
 * Makes the buttons, and says below them what to look for.
 * @param actions The actions.
 * @param root Where the buttons go.
 * @param look Where the sentence goes.
 */
export function showActions(actions: readonly Action[], root: HTMLElement, look: HTMLElement): void {
  root.replaceChildren(
    ...actions.map((action) => {
      const hint = h('span.hint', { id: `look-${action.name}` }, action.look);
      const attributes = { type: 'button', 'data-action': action.name, 'aria-describedby': hint.id };
      const button = h('button', attributes, action.label);
      button.addEventListener('click', () => {
        void act(action, look);
      });
      for (const event of ['focus', 'pointerenter']) {
        button.addEventListener(event, () => {
          look.textContent = action.look;
        });
      }
      return h('span.action', {}, button, hint);
    }),
  );
}

/**
 * Lets the buttons be pressed, or not.
 * @param root Where they are.
 * @param isConnected Whether the program can be reached.
 */
export function enableActions(root: HTMLElement, isConnected: boolean): void {
  for (const button of root.querySelectorAll('button')) button.disabled = !isConnected;
}

async function act({ name, look: sentence }: Action, look: HTMLElement): Promise<void> {
  const answer = await post('act', { action: name });
  look.textContent = answer.ok
    ? `${answer.text ?? ''} Look: ${answer.look ?? sentence}`
    : `That did not work: ${answer.error}`;
}
