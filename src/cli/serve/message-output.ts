import { isUtf8 } from 'node:buffer';
import { createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { hostPortText } from '../../socket/address-text.ts';
import type { Address } from '../../socket/address.ts';
import { anyEvent } from '../any-event.ts';
import { Failure } from '../failure.ts';
import { visible } from '../text.ts';
import type { ServeSettings } from './options.ts';

type Formatter = (message: Buffer, peer: Address) => string | Buffer;

/** Where `serve` writes the messages: standard output or a file. */
export class MessageOutput {
  #stream: Writable;
  readonly #format: Formatter;
  readonly #openFile: (() => Writable) | undefined;
  #room: Promise<void> | undefined;

  /** Without `openFile`, the output is standard output, whose errors main.ts handles. */
  constructor(format: Formatter, openFile?: () => Writable) {
    this.#stream = openFile?.() ?? process.stdout;
    this.#format = format;
    this.#openFile = openFile;
  }

  /**
   * Writes a message. When the output is full, it returns a promise that resolves when there is room again: await it
   * before the next message, or the memory fills.
   */
  write(message: Buffer, peer: Address): Promise<void> | undefined {
    const stream = this.#stream;
    // A stream that has failed loses the message, and never has room again.
    if (!stream.writable || stream.errored !== null || stream.write(this.#format(message, peer))) return undefined;
    return (this.#room ??= anyEvent(stream, ['drain', 'error', 'close']).finally(() => (this.#room = undefined)));
  }

  /** Opens the path again, for logrotate. The bytes that wait in the previous stream still go to the previous file. */
  reopen(): void {
    if (this.#openFile === undefined) return;
    const previous = this.#stream;
    this.#stream = this.#openFile();
    previous.end();
  }

  /** Waits until everything is written, and closes the file. A failed write is no error here: it was reported before. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (this.#openFile !== undefined) await finished(stream.end()).catch(() => undefined);
    else if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  }
}

/** Opens the output. `onFileError` is called when a write to the file fails. Returns `undefined` with `--quiet`. */
export function openMessageOutput(
  { file, output, quiet }: ServeSettings,
  onFileError: (error: Error) => void,
): MessageOutput | undefined {
  if (file !== undefined) {
    try {
      return new MessageOutput(formatters[output], () => openForAppend(file).on('error', onFileError));
    } catch (error) {
      throw new Failure(`--file: ${(error as Error).message}`, 1);
    }
  }
  const form = output === 'text' && process.stdout.isTTY ? 'terminal' : output;
  return quiet ? undefined : new MessageOutput(formatters[form]);
}

function openForAppend(path: string): Writable {
  const fd = openSync(path, 'a');
  // A file stream would write to a FIFO in the thread pool, and a write that waits for the reader blocks process.exit().
  return fstatSync(fd).isFIFO() ? new Socket({ fd, readable: false }) : createWriteStream(path, { fd });
}

const formatters = {
  text: (message) => withNewline(message),
  terminal: (message) => withNewline(Buffer.from(visible(message.toString()))),
  json: (message, peer) => {
    const content = isUtf8(message) ? { message: message.toString() } : { base64: message.toString('base64') };
    return `${JSON.stringify({ time: new Date().toISOString(), peer: hostPortText(peer), ...content })}\n`;
  },
} satisfies Record<string, Formatter>;

const NEWLINE = Buffer.from('\n');

function withNewline(text: Buffer): Buffer {
  return text.at(-1) === NEWLINE[0] ? text : Buffer.concat([text, NEWLINE]);
}
