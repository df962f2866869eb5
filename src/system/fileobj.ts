import { INT_MAX } from './integer.ts';
import { typeName } from './type-name.ts';

/** A file as the calls accept it: a file descriptor, or an object with a method that returns its file descriptor. */
export type FileObject =
  | number
  | {
      /** Returns the file descriptor, 0 to 2**31 - 1. */
      fileno(): number;
    };

const NOT_A_FILE_OBJECT = 'argument must be an int, or have a fileno() method.';

/**
 * Returns the file descriptor of a file object, by the rules of CPython, Objects/fileobject.c,
 * `PyObject_AsFileDescriptor`; `fileno()` is called once. Unlike in Python, a boolean is no fd: no program means that.
 */
export function toFd(fileobj: unknown): number {
  // The method is looked up twice, because V8 inlines a call as a method; `fileno.call(fileobj)` takes 3 times as long.
  const fd =
    typeof fileobj === 'number'
      ? fileobj
      : typeof fileobj === 'object' && fileobj !== null && typeof (fileobj as Filenoless).fileno === 'function'
        ? (fileobj as { fileno(): unknown }).fileno()
        : otherFileno(fileobj);
  return typeof fd === 'number' && (fd | 0) === fd && fd >= 0 ? fd : convert(fd, fileobj);
}

interface Filenoless {
  fileno?: unknown;
}

function otherFileno(fileobj: unknown): unknown {
  if (typeof fileobj === 'bigint') return fileobj;
  const fileno = fileobj === undefined || fileobj === null ? undefined : (fileobj as Filenoless).fileno;
  if (typeof fileno === 'function') return (fileno as () => unknown).call(fileobj);
  throw new TypeError(fileno === undefined ? NOT_A_FILE_OBJECT : `'${typeName(fileno)}' object is not callable`);
}

// A bigint is an int, as in every other argument.
function convert(fd: unknown, fileobj: unknown): number {
  if (typeof fd !== 'bigint' && (typeof fd !== 'number' || !Number.isInteger(fd))) {
    throw new TypeError(typeof fileobj === 'number' ? NOT_A_FILE_OBJECT : 'fileno() returned a non-integer');
  }
  if (fd > INT_MAX || fd < -INT_MAX - 1) throw new RangeError('Python int too large to convert to C int');
  if (fd < 0) throw new RangeError(`file descriptor cannot be a negative integer (${fd})`);
  return Number(fd);
}
