import type { Address } from '../../../socket/address.ts';
import type { MessageBuffer } from './message-buffer.ts';

/** The messages of one recv or of one datagram: they lie in `source`, each from `start` to `end`. */
export interface Messages {
  /** At least 1. */
  readonly length: number;
  readonly source: Buffer;
  start(index: number): number;
  end(index: number): number;
}

/** The sender of messages. */
export interface Sender {
  readonly address: Address;
}

/** Adds messages to a buffer, in the form in which they are written. */
export type Format = (messages: Messages, sender: Sender, into: MessageBuffer) => void;

/** A message that comes alone. */
export class OneMessage implements Messages {
  readonly length = 1;
  readonly source: Buffer;

  constructor(message: Buffer) {
    this.source = message;
  }

  start(): number {
    return 0;
  }

  end(): number {
    return this.source.length;
  }
}
