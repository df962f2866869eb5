/** Something that can wait in the run queue. The queue keeps its place in the item itself, so that it allocates nothing. */
export interface Runnable {
  /** Whether the item waits in the queue. Only the queue changes it. */
  isQueued: boolean;
  /** The EVENT_* bits that waits have found since the item was queued; 0 when it only has work that is already in memory. */
  readyEvents: number;
}

const MIN_CAPACITY = 64;

/**
 * The items that are ready, or that have more to do, in the order in which they are served. An item that has more to do after
 * its visit goes to the tail, so everybody waits for at most one visit of each item before it (round robin).
 */
export class RunQueue<Item extends Runnable> {
  // A ring: the items lie from #head on, and the capacity is a power of two.
  #items: (Item | undefined)[] = new Array<Item | undefined>(MIN_CAPACITY);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Puts an item at the tail, or adds the events to those of an item that waits already. */
  add(item: Item, events: number): void {
    item.readyEvents |= events;
    if (item.isQueued) return;
    item.isQueued = true;
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  /** Returns the item at a place, 0 for the head. */
  at(index: number): Item | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined;
  }

  /** Takes the item at the head out of the queue. Its `readyEvents` stay for the caller, which resets them. */
  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head]!;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    item.isQueued = false;
    return item;
  }

  clear(): void {
    for (let item = this.shift(); item !== undefined; item = this.shift()) item.readyEvents = 0;
  }

  #grow(): void {
    const larger = new Array<Item | undefined>(2 * this.#items.length);
    for (let index = 0; index < this.#length; index++) larger[index] = this.at(index);
    this.#items = larger;
    this.#head = 0;
  }
}
