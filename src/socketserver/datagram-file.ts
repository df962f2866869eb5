import { BinaryFile } from '../socket/binary-file.ts';
import { SocketIO } from '../socket/socket-io.ts';

const BUFFER_BYTES = 8192;

/** A datagram's bytes as a file in memory, where Python has `io.BytesIO`: what is written is not what is read. */
export class DatagramFile extends BinaryFile {
  readonly #memory: Memory;

  /** @param bytes What there is to read. */
  constructor(bytes: Uint8Array = Buffer.alloc(0)) {
    const memory = new Memory(bytes);
    super(new SocketIO({ sock: memory, release: () => undefined }, true, true), BUFFER_BYTES);
    this.#memory = memory;
  }

  /**
   * What has been written.
   * @returns The bytes.
   */
  getvalue(): Buffer {
    this.flush();
    return Buffer.concat(this.#memory.written);
  }
}

// What the file takes for its socket.
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

  // The file has copied the bytes already.
  send(data: Uint8Array): number {
    this.written.push(data);
    return data.length;
  }
}
