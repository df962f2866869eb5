/**
 * Runs Python in this process, with tripoll's modules for its shims: `node child.mjs ADDON PYTHON ARGUMENT…`. The exit code
 * is Python's.
 */
import { constants } from 'node:os';

import * as select from '../../dist/src/select.js';
import * as selectors from '../../dist/src/selectors.js';

const [addonPath, ...argv] = process.argv.slice(2);

// Extension modules of Python find its symbols only if they are global.
const addon = { exports: {} };
process.dlopen(addon, addonPath, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
const python = addon.exports;

// The handle of the Python object behind each wrapper.
const handles = new WeakMap();

function wrapped(wrapper, handle) {
  handles.set(wrapper, handle);
  return wrapper;
}

// What tripoll asks a foreign object for.
class PythonObject {
  constructor(handle, typeName) {
    handles.set(this, handle);
    // The messages of errors name the class of an object.
    Object.defineProperty(this, 'constructor', { value: { name: typeName } });
    Object.defineProperty(this, 'fileno', {
      get: () => (python.hasAttribute(handle, 'fileno') ? () => python.callMethod(handle, 'fileno') : undefined),
    });
    Object.defineProperty(this, Symbol.iterator, {
      get: () => {
        const isIterable = python.hasAttribute(handle, '__iter__') || python.hasAttribute(handle, '__getitem__');
        return isIterable ? () => python.items(handle)[Symbol.iterator]() : undefined;
      },
    });
  }
}

/** What the addon needs of JavaScript. */
const glue = {
  toBigInt: BigInt,
  isInt: (value) => Number.isSafeInteger(value),
  handleOf: (value) => (Object(value) === value ? handles.get(value) : undefined),
  wrapObject: (handle, typeName) => new PythonObject(handle, typeName),
  // A list may change while tripoll reads it, so it is never copied.
  wrapList: (handle) => {
    const get = (target, key) => {
      if (key === 'length') return python.length(handle);
      return typeof key === 'string' && /^\d+$/.test(key) ? python.item(handle, Number(key)) : target[key];
    };
    return wrapped(new Proxy([], { get }), handle);
  },
  makeError: (kind, message, handle) => {
    const types = { Error, RangeError, TypeError };
    return wrapped(new types[kind](message), handle);
  },
  describeError: (error) => [error.name, error.errno, error.strerror, error.message],
};

process.exitCode = python.main(glue, { select, selectors, toArray: Array.from.bind(Array) }, argv);
