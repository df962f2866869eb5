/** A queue between code that pushes items and one `for await` loop that handles them one by one. */
export class MessageQueue<Item> {
  readonly #items: { item: Item; handled: () => void }[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #loopEnded = false;

  /** The promise is settled when the loop has handled the item: it asks for the next one, or has ended. */
  push(item: Item): Promise<void> {
    if (this.#loopEnded) return Promise.resolve();
    return new Promise((handled) => {
      this.#items.push({ item, handled });
      this.#wake?.();
    });
  }

  /** Ends the loop after the items that are in the queue. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    try {
      for (;;) {
        const next = this.#items.shift();
        if (next !== undefined) {
          try {
            yield next.item;
          } finally {
            next.handled();
          }
        } else if (this.#ended) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      // Nobody will handle the remaining items, or items that are pushed later.
      this.#loopEnded = true;
      for (const { handled } of this.#items.splice(0)) handled();
    }
  }
}
