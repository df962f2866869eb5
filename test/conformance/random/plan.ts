import type { Step } from '../scenario.ts';

/** The names of the selector classes. */
export type SelectorClass = 'SelectSelector' | 'PollSelector' | 'EpollSelector';

/**
 * A scenario that is being made: its steps, and the files and objects that exist after them. It need not be exact,
 * because a step on a closed file is a test, too. It only has to prevent steps that would wait.
 */
export class Plan {
  readonly steps: Step[] = [];
  /** Sockets and fds that are open. */
  readonly files: string[] = [];
  readonly sockets: string[] = [];
  readonly listeners: string[] = [];
  readonly fds: string[] = [];
  /** Both ends of a pipe or an AF_UNIX stream, whose buffers have a fixed size: writer and reader. */
  readonly ends: [writer: string, reader: string][] = [];
  readonly closed: string[] = [];
  readonly polls: string[] = [];
  readonly epolls: string[] = [];
  readonly selectors: { name: string; type: SelectorClass; isClosed: boolean }[] = [];
  #choices: Iterator<number> = [].values();
  #count = 0;

  /** Sets the choices that `pick` makes from now on. After the last choice, `pick` returns the first item. */
  choose(choices: number[]): void {
    this.#choices = choices.values();
  }

  /** Chooses one of the items; there must be at least one. */
  pick<Item>(items: readonly Item[]): Item {
    const choice = this.#choices.next();
    return items[(choice.done ? 0 : choice.value) % items.length]!;
  }

  /** Returns a name that is not used yet. */
  fresh(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count}`;
  }

  add(...steps: Step[]): void {
    this.steps.push(...steps);
  }

  addSocket(name: string): string {
    this.files.push(name);
    this.sockets.push(name);
    return name;
  }

  addFd(name: string): string {
    this.files.push(name);
    this.fds.push(name);
    return name;
  }

  /** Later steps may still use a closed file, and its number is used again. */
  markClosed(name: string): void {
    for (const list of [this.files, this.sockets, this.listeners, this.fds, this.epolls]) {
      const index = list.indexOf(name);
      if (index >= 0) list.splice(index, 1);
    }
    const gone = this.ends.filter((pair) => pair.includes(name));
    for (const pair of gone) this.ends.splice(this.ends.indexOf(pair), 1);
    this.closed.push(name);
  }
}

/** One event in a random scenario. */
export interface Move {
  /** Returns true if everything that the move needs exists. A move without this function is always possible. */
  possible?: (plan: Plan) => boolean;
  /** The move that makes the missing file or object. Without it, an impossible move is omitted. */
  from?: string;
  /** Adds the steps of the move. */
  make: (plan: Plan) => void;
}
