/** What was pushed, one by one, to whoever iterates over it. */
export class MessageQueue<Item> {
  readonly #items: { item: Item; taken: () => void }[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #left = false;

  /**
   * Adds an item.
   * @param item The item.
   * @returns A promise that it is being worked on no more: the next one was asked for, or the iteration has ended.
   */
  push(item: Item): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((taken) => {
      this.#items.push({ item, taken });
      this.#wake?.();
    });
  }

  /** No item will come any more. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /**
   * The items, until `end`.
   * @yields {Item} Each item.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    try {
      for (;;) {
        const next = this.#items.shift();
        if (next !== undefined) {
          try {
            yield next.item;
          } finally {
            next.taken();
          }
        } else if (this.#ended) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      // Nobody is going to take the others, and those that still come.
      this.#left = true;
      for (const { taken } of this.#items.splice(0)) taken();
    }
  }
}
