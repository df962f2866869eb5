import type { LoopServer } from '../server/loop-server.ts';

/** What a page can ask of the loop. */
type Wish = 'hold' | 'release' | 'step';

/** The part of a server that a page can hold. */
export type Held = Pick<LoopServer<never>, Wish>;

/**
 * Reads what a page asks of the loop.
 * @param body The body of its request.
 * @returns A method of the server; `undefined` where it is none of `{"held":true}`, `{"held":false}` and `{"step":1}`.
 */
export function wishIn(body: string): Wish | undefined {
  try {
    const { held, step } = JSON.parse(body) as { held?: unknown; step?: unknown };
    if (held === undefined) return step === 1 ? 'step' : undefined;
    if (step !== undefined || typeof held !== 'boolean') return undefined;
    return held ? 'hold' : 'release';
  } catch {
    return undefined;
  }
}
