import { Ring } from './ring.ts';

/** Something that can wait in the run queue. The queue keeps its state in the item itself, so that it allocates nothing. */
export interface Runnable {
  /** Whether the item waits in the queue. Only the queue changes it. */
  isQueued: boolean;
  /** The EVENT_* bits that waits have found since the item was queued; 0 when it only has work that is already in memory. */
  readyEvents: number;
  /** Counts the visits to the item, on the scale of the queue's rounds. Only the queue changes it; 0 for a new item. */
  visitedUntil: number;
}

// How often an item can come first in a round.
const FIRST_VISITS = 16;
// A visit ends after this time: about what 64 KiB of short lines take, so that a recv is mostly delivered in one visit.
const MAX_VISIT_MS = 0.2;
// When very many items come first, as at the start of a flood, their visits are shorter: this time is divided among them.
const FIRST_TOGETHER_MS = 10;

/**
 * The items that are ready, or that have more to do, and which of them is served next. Each visit serves a share. An item that
 * has more to do goes to the tail, so those with much to do are served in turn (round robin). A round is over when all that
 * waited at its start have been served. An item that was found ready, and that has asked for little in this round, comes before
 * all items that have asked for much: who asks for little does not wait until everybody else has had a share (as the new
 * flows of FQ-CoDel, RFC 8290, section 4.1). It can come first 16 times in a round, so that nobody starves.
 */
export class RunQueue<Item extends Runnable> {
  readonly #first = new Ring<Item>();
  readonly #others = new Ring<Item>();
  // Rises by FIRST_VISITS with each round.
  #round = FIRST_VISITS;
  // How many items at the head of #others belong to the present round.
  #leftInRound = 0;

  get length(): number {
    return this.#first.length + this.#others.length;
  }

  /** The time after which a visit ends, in ms. */
  get visitMs(): number {
    return Math.min(MAX_VISIT_MS, FIRST_TOGETHER_MS / this.#first.length);
  }

  /** Puts an item that was found ready into the queue, or adds the events to those of an item that waits already. */
  add(item: Item, events: number): void {
    item.readyEvents |= events;
    if (item.isQueued) return;
    item.isQueued = true;
    if (item.visitedUntil < this.#round + FIRST_VISITS) this.#first.push(item);
    else this.#others.push(item);
  }

  /** Puts an item at the tail that has more to do than its last visit did. */
  addAgain(item: Item): void {
    if (item.isQueued) return;
    item.isQueued = true;
    this.asksForMuch(item);
    this.#others.push(item);
  }

  /** An item asks for much: from its next visit on, it does not come first in the present round. */
  asksForMuch(item: Item): void {
    item.visitedUntil = this.#round + FIRST_VISITS;
  }

  /** Returns the item at a place, 0 for the head. */
  at(index: number): Item | undefined {
    const { length } = this.#first;
    return index < length ? this.#first.at(index) : this.#others.at(index - length);
  }

  /** Takes the item at the head out of the queue. Its `readyEvents` stay for the caller, which resets them. */
  shift(): Item | undefined {
    const item = this.#first.shift() ?? this.#shiftOther();
    if (item === undefined) return undefined;
    item.isQueued = false;
    item.visitedUntil = Math.max(item.visitedUntil, this.#round) + 1;
    return item;
  }

  clear(): void {
    for (let item = this.shift(); item !== undefined; item = this.shift()) item.readyEvents = 0;
  }

  #shiftOther(): Item | undefined {
    if (this.#leftInRound === 0) {
      this.#round += FIRST_VISITS;
      this.#leftInRound = this.#others.length;
    }
    if (this.#leftInRound > 0) this.#leftInRound--;
    return this.#others.shift();
  }
}
