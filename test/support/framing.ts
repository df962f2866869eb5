import fc from 'fast-check';

import type { FrameReader } from '../../src/server/framing/frame-reader.ts';
import { createFraming, FramingError, type Framing } from '../../src/server/framing/framing.ts';

/** What became of a stream. */
export interface Outcome {
  /** The messages, byte for byte. */
  readonly messages: string[];
  /** The error's reason; `undefined` where there was none. */
  readonly refused: string | undefined;
  /** What `buffered` was at the end. */
  readonly rest: number;
}

/** How a stream comes: the sizes of the pieces, and after which of the messages the handler pauses; both in turn. */
export interface Arrival {
  readonly sizes: readonly number[];
  readonly pauses: readonly boolean[];
}

/** All at once, with no pause. */
export const atOnce: Arrival = { sizes: [Infinity], pauses: [false] };

/** Ways for a stream to come. */
export const arrivals: fc.Arbitrary<Arrival> = fc.record({
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })), { minLength: 1 }),
  pauses: fc.array(fc.boolean(), { minLength: 1 }),
});

/** A receive buffer, as the server has one for all connections: what is not copied in time is overwritten. */
export class Receiving {
  readonly #buffer = Buffer.alloc(65_536, '!');

  /** Feeds one piece. */
  feed(decoder: FrameReader, piece: Uint8Array): void {
    this.#buffer.set(piece);
    decoder.feed(this.#buffer, 0, piece.length);
  }

  /** Lets the decoder keep what is left, then uses the buffer for something else. */
  reuse(decoder: FrameReader): void {
    decoder.keep();
    this.#buffer.fill('!');
  }
}

/** What each recv gets of a stream. */
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
  // Only now: a message is the handler's for ever.
  return { messages: messages.map((message) => message.toString('latin1')), refused, rest: decoder.buffered };
}
