import { typeName } from '../system/type-name.ts';
import type { AsyncOptions } from '../select/node-loop.ts';
import type { Ready } from '../select/fd-lists.ts';
import { select, selectAsync } from '../select/select.ts';
import type { Timeout } from '../system/timeout.ts';
import { BaseSelector, EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE, type ReadyKey } from './selector.ts';
import type { SelectorKey } from './selector-key.ts';

const UNLIMITED = { fdSetSize: 'unlimited' } as const;

/**
 * A selector that uses select(2), without its limit of 1024 fds.
 * @see CPython, Lib/selectors.py, `SelectSelector`
 */
export class SelectSelector<Data = unknown> extends BaseSelector<Data> {
  readonly #readers = new Set<number>();
  readonly #writers = new Set<number>();
  readonly #exceptionals = new Set<number>();

  protected override track({ fd, events }: SelectorKey<Data>): void {
    if ((events & EVENT_READ) !== 0) this.#readers.add(fd);
    if ((events & EVENT_WRITE) !== 0) this.#writers.add(fd);
    if ((events & EVENT_EXCEPTIONAL) !== 0) this.#exceptionals.add(fd);
  }

  protected override untrack({ fd }: SelectorKey<Data>): void {
    this.#readers.delete(fd);
    this.#writers.delete(fd);
    this.#exceptionals.delete(fd);
  }

  protected override wait(timeoutSeconds: Timeout): ReadyKey<Data>[] {
    return this.#keys(select(this.#readers, this.#writers, this.#exceptionals, notNegative(timeoutSeconds), UNLIMITED));
  }

  protected override async waitAsync(timeoutSeconds: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    const timeout = notNegative(timeoutSeconds);
    const all = { ...options, ...UNLIMITED };
    return this.#keys(await selectAsync(this.#readers, this.#writers, this.#exceptionals, timeout, all));
  }

  #keys([readable, writable, exceptional]: Ready<number, number, number>): ReadyKey<Data>[] {
    const ready = new Map<number, number>();
    for (const fd of readable) ready.set(fd, EVENT_READ);
    for (const fd of writable) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_WRITE);
    for (const fd of exceptional) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_EXCEPTIONAL);
    const keys: ReadyKey<Data>[] = [];
    for (const [fd, events] of ready) {
      const key = this.keyOf(fd);
      // The key may have been changed or removed while `selectAsync` waited.
      if (key !== undefined && (events & key.events) !== 0) keys.push([key, events & key.events]);
    }
    return keys;
  }
}

// A negative timeout does not wait. `select` checks everything else, NaN included.
function notNegative(timeoutSeconds: Timeout): Timeout {
  const given: unknown = timeoutSeconds;
  if (typeof given === 'string' || (typeof given === 'object' && given !== null)) {
    throw new TypeError(`'>' not supported between instances of 'int' and '${typeName(given)}'`);
  }
  return (typeof given === 'number' || typeof given === 'bigint') && given < 0 ? 0 : timeoutSeconds;
}
