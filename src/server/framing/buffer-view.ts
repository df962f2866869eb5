// Node's global is a getter: each look at it would cost as much as the rest of a short message's copy.
import { Buffer } from 'node:buffer';

type ViewClass = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;

/**
 * The class that all Buffers are of: `new BufferView(memory, offset, length)` is a Buffer of a part, and costs a third of
 * what `subarray` does.
 */
export const BufferView = (Buffer as unknown as Record<symbol, ViewClass>)[Symbol.species]!;
