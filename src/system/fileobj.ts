import { INT_MAX } from './integer.ts';
import { typeName } from './errors.ts';

/** What the calls take for a file: a file descriptor, or an object that can tell its own. */
export type FileObject = number | { fileno(): number };

const NOT_A_FILE_OBJECT = 'argument must be an int, or have a fileno() method.';

/**
 * The file descriptor of a file object, by Python's rules.
 * @param fileobj A file descriptor, 0 to 2**31 - 1, or an object whose `fileno()` returns one; it is called once.
 * @returns The file descriptor.
 * @throws {TypeError} For anything else; a boolean is never meant, so unlike Python's it is no fd.
 * @throws {RangeError} For a negative number or one beyond a C int.
 * @throws Whatever `fileno()` throws, unchanged.
 * @see CPython, Objects/fileobject.c, `PyObject_AsFileDescriptor`
 */
export function toFd(fileobj: unknown): number {
  // The method is looked up twice: called as a method it is inlined, which `call` on a value is not (3 times slower).
  const fd =
    typeof fileobj === 'number'
      ? fileobj
      : typeof fileobj === 'object' && fileobj !== null && typeof (fileobj as Filenoless).fileno === 'function'
        ? (fileobj as { fileno(): unknown }).fileno()
        : otherFileno(fileobj);
  return typeof fd === 'number' && (fd | 0) === fd && fd >= 0 ? fd : reject(fd, fileobj);
}

interface Filenoless {
  fileno?: unknown;
}

function otherFileno(fileobj: unknown): unknown {
  const fileno = fileobj === undefined || fileobj === null ? undefined : (fileobj as Filenoless).fileno;
  if (typeof fileno === 'function') return (fileno as () => unknown).call(fileobj);
  throw new TypeError(fileno === undefined ? NOT_A_FILE_OBJECT : `'${typeName(fileno)}' object is not callable`);
}

function reject(fd: unknown, fileobj: unknown): never {
  if (typeof fd !== 'number' || !Number.isInteger(fd)) {
    throw new TypeError(typeof fileobj === 'number' ? NOT_A_FILE_OBJECT : 'fileno() returned a non-integer');
  }
  if (fd > INT_MAX || fd < -INT_MAX - 1) throw new RangeError('Python int too large to convert to C int');
  throw new RangeError(`file descriptor cannot be a negative integer (${fd})`);
}
