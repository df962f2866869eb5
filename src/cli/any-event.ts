import type { EventEmitter } from 'node:events';

/** Resolves at the first of these events. An 'error' that is not among them is not handled here. */
export async function anyEvent(emitter: Pick<EventEmitter, 'on' | 'off'>, events: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of events) emitter.off(event, done);
      resolve();
    };
    for (const event of events) emitter.on(event, done);
  });
}
