import fc from 'fast-check';

import type { FrameReader } from '../../src/server/framing/frame-reader.ts';
import { createFraming, FramingError, type Framing } from '../../src/server/framing/framing.ts';

/** The result of decoding a stream. */
export interface Outcome {
  /** The messages, each byte as a character of Latin-1. */
  readonly messages: string[];
  /** The reason of the error; `undefined` when there was none. */
  readonly refused: string | undefined;
  /** The number of bytes that no message has become at the end; 0 after an error, because it depends on how the stream arrives. */
  readonly rest: number;
}

/** How a stream arrives: the sizes of its pieces, and whether the handler pauses after a message. Both lists repeat. */
export interface Arrival {
  readonly sizes: readonly number[];
  readonly pauses: readonly boolean[];
}

/** The whole stream at once, without a pause. */
export const atOnce: Arrival = { sizes: [Infinity], pauses: [false] };

/** Random ways in which a stream arrives. */
export const arrivals: fc.Arbitrary<Arrival> = fc.record({
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })), { minLength: 1 }),
  pauses: fc.array(fc.boolean(), { minLength: 1 }),
});

/** A receive buffer like that of the server, which overwrites the bytes that a decoder has not copied in time. */
export class Receiving {
  readonly #buffer = Buffer.alloc(65_536, '!');

  /** Feeds one piece to a decoder. */
  feed(decoder: FrameReader, piece: Uint8Array): void {
    this.#buffer.set(piece);
    decoder.feed(this.#buffer, 0, piece.length);
  }

  /** Lets the decoder copy the bytes that are left, and then overwrites the buffer. */
  reuse(decoder: FrameReader): void {
    decoder.keep();
    this.#buffer.fill('!');
  }
}

/** The pieces of a stream, one for each recv. */
export function pieces(stream: Uint8Array, { sizes }: Arrival): Uint8Array[] {
  const result: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += result.at(-1)!.length) {
    result.push(stream.subarray(at, at + Math.min(65_536, sizes[result.length % sizes.length]!)));
  }
  return result;
}

/** Decodes a stream as the server does. */
export function decode(framing: Framing, maxMessageBytes: number, stream: Uint8Array, arrival: Arrival): Outcome {
  const decoder = createFraming(framing, maxMessageBytes)();
  const receiving = new Receiving();
  const messages: Buffer[] = [];

  function drain(take: () => Buffer | undefined): void {
    for (let message = take(); message !== undefined; message = take()) {
      messages.push(message);
      if (arrival.pauses[messages.length % arrival.pauses.length]) receiving.reuse(decoder);
    }
  }

  let refused: string | undefined;
  try {
    for (const piece of pieces(stream, arrival)) {
      receiving.feed(decoder, piece);
      drain(() => decoder.next());
      receiving.reuse(decoder);
    }
    drain(() => decoder.end());
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    refused = error.reason;
  }
  const rest = refused === undefined ? decoder.buffered : 0;
  // The messages are read only now, because a handler may keep them for ever.
  return { messages: messages.map((message) => message.toString('latin1')), refused, rest };
}
