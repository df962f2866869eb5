const MIN_CAPACITY = 64;

/** A first-in, first-out list that allocates only when it grows. */
export class Ring<Item> {
  // The items lie from #head on, and the capacity is a power of two.
  #items: (Item | undefined)[] = new Array<Item | undefined>(MIN_CAPACITY);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the item at a place, 0 for the head. */
  at(index: number): Item | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined;
  }

  push(item: Item): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  #grow(): void {
    const larger = new Array<Item | undefined>(2 * this.#items.length);
    for (let index = 0; index < this.#length; index++) larger[index] = this.at(index);
    this.#items = larger;
    this.#head = 0;
  }
}
