import { PollTable } from '../../../system/poll-table.ts';
import { toEvents, toMask } from '../../../selectors/event-mask.ts';
import * as sys from '../../../system/calls.ts';
import { WaitSet } from './wait-set.ts';

/** Waits with poll(2): the table is ours, and the kernel writes into it. */
export class PollSet extends WaitSet {
  // Node's fd comes first; poll(2) skips -1.
  readonly #table = new PollTable();
  // Where the table has each fd.
  readonly #places: number[] = [];
  // The entries that the last wait has found ready.
  #found = new Int32Array(64);

  constructor() {
    super();
    this.#table.add(-1, sys.POLLIN);
  }

  /** @inheritdoc */
  override watch(fd: number, before: number, events: number): void {
    if (before === 0) {
      this.#places[fd] = this.#table.length;
      this.#table.add(fd, toMask(events));
    } else if (events !== 0) this.#table.set(this.#places[fd]!, fd, toMask(events));
    else this.#remove(fd);
  }

  /** @inheritdoc */
  override wait(nodeFd: number, timeoutMs: number): number {
    const table = this.#table;
    table.set(0, nodeFd, sys.POLLIN);
    const result = table.poll(Math.ceil(timeoutMs));
    this.nodeIsReady = result > 0 && table.revents(0) !== 0;
    if (result <= 0) return result;
    if (this.#found.length < table.length) this.#found = new Int32Array(2 * table.length);
    const most = this.nodeIsReady ? result - 1 : result;
    let count = 0;
    for (let place = 1; count < most; place++) if (table.revents(place) !== 0) this.#found[count++] = place;
    return count;
  }

  /** @inheritdoc */
  override fd(index: number): number {
    return this.#table.fd(this.#found[index]!);
  }

  /** @inheritdoc */
  override events(index: number): number {
    return toEvents(this.rawEvents(index));
  }

  /** @inheritdoc */
  override rawEvents(index: number): number {
    return this.#table.revents(this.#found[index]!);
  }

  /** @inheritdoc */
  override join(table: PollTable): void {
    for (let place = 1; place < this.#table.length; place++) {
      table.add(this.#table.fd(place), this.#table.events(place));
    }
  }

  /** @inheritdoc */
  override close(): void {
    this.#table.clear();
  }

  // The last entry takes its place.
  #remove(fd: number): void {
    const table = this.#table;
    const place = this.#places[fd]!;
    const last = table.length - 1;
    table.set(place, table.fd(last), table.events(last));
    this.#places[table.fd(last)] = place;
    table.pop();
  }
}
