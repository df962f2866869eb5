import type { DisconnectReason } from '../../../server/connection/disconnect-reason.ts';
import type { Address } from '../../../socket/address.ts';
import type { MessageBuffer } from './message-buffer.ts';

/** The messages of one recv or of one datagram: they lie in `source`, each from `start` to `end`. */
export interface Messages {
  /** At least 1. */
  readonly length: number;
  readonly source: Buffer;
  start(index: number): number;
  end(index: number): number;
  /** Why the message is not whole: the end that came before the rest of it. Only a message that comes alone can be unfinished. */
  readonly unfinished?: DisconnectReason | undefined;
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
  readonly unfinished: DisconnectReason | undefined;

  constructor(message: Buffer, unfinished?: DisconnectReason) {
    this.source = message;
    this.unfinished = unfinished;
  }

  start(): number {
    return 0;
  }

  end(): number {
    return this.source.length;
  }
}
