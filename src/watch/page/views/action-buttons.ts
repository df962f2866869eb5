import { type Action, post } from '../model/connection.ts';
import { h } from './dom.ts';

/** Creates the buttons. `look` shows what to look for, and what a button did. */
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

export function enableActions(root: HTMLElement, isConnected: boolean): void {
  for (const button of root.querySelectorAll('button')) button.disabled = !isConnected;
}

async function act(action: Action, look: HTMLElement): Promise<void> {
  const answer = await post('act', { action: action.name });
  look.textContent = answer.ok
    ? `${answer.text ?? ''} Look: ${answer.look ?? action.look}`
    : `That did not work: ${answer.error}`;
}
