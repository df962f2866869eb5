import { BinaryFile } from '../socket/binary-file.ts';
import { SocketIO } from '../socket/socket-io.ts';

const BUFFER_BYTES = 8192;

/**
 * A datagram as a file in memory, in the place of Python's `io.BytesIO`. Written bytes are kept apart from the bytes to
 * read.
 */
export class DatagramFile extends BinaryFile {
  readonly #memory: Memory;

  /** @param bytes The bytes to read; none by default. */
  constructor(bytes: Uint8Array = Buffer.alloc(0)) {
    const memory = new Memory(bytes);
    super(new SocketIO({ sock: memory, release: () => undefined }, true, true), BUFFER_BYTES);
    this.#memory = memory;
  }

  /** Returns all the bytes that were written. */
  getvalue(): Buffer {
    this.flush();
    return Buffer.concat(this.#memory.written);
  }
}

// Takes the socket's place under the file.
class Memory {
  readonly written: Uint8Array[] = [];
  #unread: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#unread = bytes;
  }

  fileno(): number {
    return -1;
  }

  recvInto(buffer: Uint8Array): number {
    const part = this.#unread.subarray(0, buffer.length);
    buffer.set(part);
    this.#unread = this.#unread.subarray(part.length);
    return part.length;
  }

  // `data` needs no copy, because the file above has already made one.
  send(data: Uint8Array): number {
    this.written.push(data);
    return data.length;
  }
}
