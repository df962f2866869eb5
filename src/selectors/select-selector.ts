import { type AsyncOptions, type Ready, select, selectAsync } from '../select.ts';
import {
  BaseSelector,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  type ReadyKey,
  type SelectorKey,
} from './selector.ts';

/**
 * A selector on select(2), for fds of any height.
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

  protected override retrack(key: SelectorKey<Data>): void {
    this.untrack(key);
    this.track(key);
  }

  protected override untrack({ fd }: SelectorKey<Data>): void {
    this.#readers.delete(fd);
    this.#writers.delete(fd);
    this.#exceptionals.delete(fd);
  }

  protected override wait(timeoutSeconds: number | null): ReadyKey<Data>[] {
    return this.#keys(select(this.#readers, this.#writers, this.#exceptionals, timeoutSeconds, UNLIMITED));
  }

  protected override async waitAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    const all = { ...options, ...UNLIMITED };
    return this.#keys(await selectAsync(this.#readers, this.#writers, this.#exceptionals, timeoutSeconds, all));
  }

  #keys([readable, writable, exceptional]: Ready<number, number, number>): ReadyKey<Data>[] {
    const ready = new Map<number, number>();
    for (const fd of readable) ready.set(fd, EVENT_READ);
    for (const fd of writable) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_WRITE);
    for (const fd of exceptional) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_EXCEPTIONAL);
    const keys: ReadyKey<Data>[] = [];
    for (const [fd, events] of ready) {
      const key = this.keyOf(fd);
      if (key !== undefined) keys.push([key, events]);
    }
    return keys;
  }

  protected override release(): void {
    this.#readers.clear();
    this.#writers.clear();
    this.#exceptionals.clear();
  }
}

const UNLIMITED = { fdSetSize: 'unlimited' } as const;
