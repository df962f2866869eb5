import { createReadStream } from 'node:fs';

const NEWLINE = 10;
// The digits at the end of a line of the load generator: the number of the connection, and that of the line.
const DIGITS = 16;
const NUMBER_DIGITS = 8;

/** What a receiver has written, compared with what the load generator sends. */
export interface ReceivedLines {
  readonly messages: number;
  /** The bytes of the messages, each with its newline. */
  readonly bytes: number;
  /** Lines that were cut, mixed with others, or out of order. */
  readonly broken: number;
  /** The first of them. */
  readonly firstBroken?: string;
}

/**
 * Reads the files one after the other, as one output, and checks each line: it is whole, and the lines of each client are in
 * order. The load generator sends in rounds, so the numbers of a client may begin again with 0; only the sum of all lines shows
 * that none is missing.
 */
export async function checkLines(files: readonly string[], isJson: boolean): Promise<ReceivedLines> {
  const check = new LineCheck(isJson);
  let rest: Buffer = Buffer.alloc(0);
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
      rest = check.lines(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
    }
  }
  if (rest.length > 0) check.breaks(rest.toString());
  return check;
}

class LineCheck implements ReceivedLines {
  messages = 0;
  bytes = 0;
  broken = 0;
  firstBroken?: string;
  readonly #isJson: boolean;
  readonly #next = new Map<string, number>();
  #length = -1;
  #filler = '';

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** Checks the whole lines, and returns the rest. */
  lines(bytes: Buffer): Buffer {
    let from = 0;
    for (let newline; (newline = bytes.indexOf(NEWLINE, from)) !== -1; from = newline + 1) {
      this.#line(bytes.toString('latin1', from, newline));
    }
    return bytes.subarray(from);
  }

  breaks(line: string): void {
    this.broken++;
    this.firstBroken ??= line.slice(0, 200);
  }

  #line(line: string): void {
    const message = this.#isJson ? messageOf(line) : line;
    this.messages++;
    this.bytes += (message ?? line).length + 1;
    if (message === undefined || !this.#isNext(message)) this.breaks(line);
  }

  #isNext(message: string): boolean {
    const fillerLength = Math.max(0, message.length - DIGITS);
    if (this.#length === -1) {
      this.#length = message.length;
      this.#filler = message.slice(0, fillerLength);
    }
    if (message.length !== this.#length || !message.startsWith(this.#filler)) return false;
    const client = message.slice(fillerLength, -NUMBER_DIGITS);
    const digits = message.slice(-NUMBER_DIGITS);
    const number = /^[\da-f]+$/.test(digits) ? Number.parseInt(digits, 16) : NaN;
    const isNext = number === 0 || number === (this.#next.get(client) ?? 0);
    this.#next.set(client, number + 1);
    return isNext;
  }
}

function messageOf(line: string): string | undefined {
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
