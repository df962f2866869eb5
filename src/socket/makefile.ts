import { BinaryFile } from './binary-file.ts';
import { type SocketLink, SocketIO } from './socket-io.ts';
import { TextFile, type TextOptions } from './text-file.ts';

export type { TextOptions } from './text-file.ts';

/** A mode of `makefile` for reading or writing text. */
export type TextMode = 'r' | 'w' | 'rw' | 'wr' | '';
/** A mode of `makefile` for reading or writing bytes. */
export type BinaryMode = 'b' | 'rb' | 'wb' | 'rwb' | 'br' | 'bw' | 'wrb' | 'rbw' | 'wbr' | 'brw' | 'bwr';

const DEFAULT_BUFFER_SIZE = 8192;

/**
 * Makes a file from a socket: without a buffer a `SocketIO`, for bytes a `BinaryFile`, for text a `TextFile`. A mode
 * without 'r' and 'w' means 'r'. `buffering` is the buffer's size in bytes: negative means 8192, 0 no buffer.
 * @see CPython, Lib/socket.py, `socket.makefile`
 */
export function openFile(
  link: SocketLink,
  mode: string,
  buffering: number,
  options: TextOptions,
): SocketIO | BinaryFile | TextFile {
  if (!/^[rwb]*$/.test(mode)) throw new RangeError(`invalid mode '${mode}' (only r, w, b allowed)`);
  const isWriting = mode.includes('w');
  const isReading = mode.includes('r') || !isWriting;
  const isBinary = mode.includes('b');
  if (buffering === 0 && !isBinary) throw new RangeError('unbuffered streams must be binary');
  const raw = new SocketIO(link, isReading, isWriting);
  if (buffering === 0) return raw;
  const file = new BinaryFile(raw, buffering < 0 ? DEFAULT_BUFFER_SIZE : buffering);
  return isBinary ? file : new TextFile(file, mode, options);
}
