import { PollTable } from '../../../system/poll-table.ts';
import { toEvents, toMask } from '../../../selectors/event-mask.ts';
import * as sys from '../../../system/calls.ts';
import { WaitSet } from './wait-set.ts';

/** Waits with poll(2). The table belongs to this object, and the kernel writes the result into it. */
export class PollSet extends WaitSet {
  // The first entry is Node's fd; poll(2) skips it when it is -1.
  readonly #table = new PollTable();
  // The index of each fd in the table.
  readonly #entryOf: number[] = [];
  // The indexes of the entries that the last wait found ready.
  #ready = new Int32Array(64);

  constructor() {
    super();
    this.#table.add(-1, sys.POLLIN);
  }

  override watch(fd: number, oldEvents: number, newEvents: number): void {
    if (oldEvents === 0) {
      this.#entryOf[fd] = this.#table.length;
      this.#table.add(fd, toMask(newEvents));
    } else if (newEvents !== 0) this.#table.set(this.#entryOf[fd]!, fd, toMask(newEvents));
    else this.#remove(fd);
  }

  override wait(nodeFd: number, timeoutMs: number): number {
    const table = this.#table;
    table.set(0, nodeFd, sys.POLLIN);
    const result = table.poll(Math.ceil(timeoutMs));
    this.nodeIsReady = result > 0 && table.revents(0) !== 0;
    if (result <= 0) return result;
    if (this.#ready.length < table.length) this.#ready = new Int32Array(2 * table.length);
    const readyCount = this.nodeIsReady ? result - 1 : result;
    let count = 0;
    for (let entry = 1; count < readyCount; entry++) if (table.revents(entry) !== 0) this.#ready[count++] = entry;
    return count;
  }

  override fd(index: number): number {
    return this.#table.fd(this.#ready[index]!);
  }

  override events(index: number): number {
    return toEvents(this.rawEvents(index));
  }

  override rawEvents(index: number): number {
    return this.#table.revents(this.#ready[index]!);
  }

  override addInterest(table: PollTable): void {
    for (let entry = 1; entry < this.#table.length; entry++) {
      table.add(this.#table.fd(entry), this.#table.events(entry));
    }
  }

  override close(): void {
    this.#table.clear();
  }

  // Moves the last entry to the index of the removed one.
  #remove(fd: number): void {
    const table = this.#table;
    const entry = this.#entryOf[fd]!;
    const last = table.length - 1;
    table.set(entry, table.fd(last), table.events(last));
    this.#entryOf[table.fd(last)] = entry;
    table.pop();
  }
}
