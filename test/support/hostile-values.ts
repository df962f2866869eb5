/** Makes a value that no call expects; a new one for each use. */
export type HostileValue = readonly [label: string, make: () => unknown];

/** How often a value has run JavaScript because a call tried to convert it. */
export const conversions = { count: 0 };

function converted(): never {
  conversions.count++;
  throw new Error('a value was converted');
}

const numbers: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  -0,
  1.5,
  -1.5,
  -1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 32 + 3,
  2 ** 53,
  1e308,
  -1e308,
  Number.MIN_VALUE,
];

const primitives: readonly HostileValue[] = [
  ...[undefined, null, true, false].map((value): HostileValue => [String(value), () => value]),
  ...numbers.map((value): HostileValue => [Object.is(value, -0) ? '-0' : String(value), () => value]),
  ...[0n, 1n, -1n, 2n ** 64n].map((value): HostileValue => [`${value}n`, () => value]),
  ['empty string', () => ''],
  ['numeric string', () => '1'],
  ['string with a null character', () => 'a\0b'],
  ['lone surrogate', () => '\ud800'],
  ['1 MB string', () => 'x'.repeat(2 ** 20)],
  ['1 MB string of digits', () => '1'.repeat(2 ** 20)],
  ['symbol', () => Symbol('hostile')],
];

const objects: readonly HostileValue[] = [
  ['{}', () => ({})],
  ['[]', () => []],
  ['sparse array', () => new Array<unknown>(5)],
  ['array of a number', () => [1]],
  ['function', () => () => converted()],
  ['class', () => Map],
  ['Proxy of {}', () => new Proxy({}, {})],
  ['Proxy of a Uint8Array', () => new Proxy(new Uint8Array(64), {})],
  ['Proxy of an array', () => new Proxy([new Uint8Array(8)], {})],
  ['Proxy that throws', () => new Proxy({}, { get: converted, getPrototypeOf: converted, has: converted })],
  ['revoked Proxy', () => revoked({})],
  ['revoked Proxy of an array', () => revoked([])],
  ['Object.create(null)', () => Object.create(null) as object],
  ['false Uint8Array', () => Object.create(Uint8Array.prototype) as object],
  ['Date', () => new Date(0)],
  ['RegExp', () => /x/],
  ['Map', () => new Map([[1, 2]])],
  ['Promise', () => Promise.resolve(1)],
  ['boxed number', () => Object(1) as object],
  ['boxed string', () => Object('a') as object],
  ['throwing valueOf', () => ({ valueOf: converted, toString: converted })],
  ['throwing toPrimitive', () => ({ [Symbol.toPrimitive]: converted })],
  ['throwing length', () => Object.defineProperty({}, 'length', { get: converted })],
  ['ArrayBuffer', () => new ArrayBuffer(64)],
  ['SharedArrayBuffer', () => new SharedArrayBuffer(64)],
  ['DataView', () => new DataView(new ArrayBuffer(64))],
];

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

type ViewClass = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ArrayBufferView & { length: number };

/** Every class of typed array of this Node; Float16Array came with Node 24. */
export const viewClasses: readonly (readonly [name: string, type: ViewClass])[] = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Float16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
].flatMap((name) => {
  const type = (globalThis as Record<string, unknown>)[name];
  return typeof type === 'function' ? [[name, type as ViewClass] as const] : [];
});

const views: readonly HostileValue[] = viewClasses.flatMap(([name, type]): HostileValue[] => [
  [`${name} of length 0`, () => new type(new ArrayBuffer(0))],
  [`${name} of 8 bytes`, () => new type(new ArrayBuffer(8))],
  [`${name} of 256 bytes`, () => new type(new ArrayBuffer(256))],
  [`${name} of shared memory`, () => new type(new SharedArrayBuffer(256))],
  [`detached ${name}`, () => detached(new type(new ArrayBuffer(256)))],
  [`${name} beyond its shrunk buffer`, () => shrunk(type, 256, 24, 16, 2)],
  [`length-tracking ${name}, shrunk`, () => shrunk(type, 256, 24)],
  [`length-tracking ${name}, shrunk to nothing`, () => shrunk(type, 256, 0)],
  [`length-tracking ${name} beyond its shrunk buffer`, () => shrunk(type, 256, 8, 16)],
]);

const odd: readonly HostileValue[] = [
  ['unaligned Uint8Array', () => new Uint8Array(257).subarray(1)],
  ['Buffer', () => Buffer.from('127.0.0.1 and more')],
  ['subclass of Uint8Array', () => new (class extends Uint8Array {})(64)],
  ['Uint8Array with a length of its own', () => Object.defineProperty(new Uint8Array(8), 'length', { value: 1e9 })],
  ['Int32Array with a prototype of null', () => Object.setPrototypeOf(new Int32Array(64), null) as object],
  ['growable shared memory, grown', () => grownShared()],
  ['view of wasm memory', () => new Uint8Array(wasmMemory({ initial: 1 }).buffer)],
  ['view of wasm memory before it grew', () => staleWasm(false)],
  ['Int32Array of shared wasm memory before it grew', () => staleWasm(true)],
  ['array of views', () => [new Uint8Array(8), new Uint8ClampedArray(8)]],
  ['array of a detached view', () => [detached(new Uint8Array(8))]],
  ['array of a shrunk view', () => [shrunk(Uint8Array, 256, 8, 0, 16)]],
  ['array of other views', () => [new Int32Array(8), new DataView(new ArrayBuffer(8))]],
  ['array of 1025 views', () => Array.from({ length: 1025 }, () => new Uint8Array(1))],
  ['array with a hole', () => Object.assign([], { 2: new Uint8Array(1) })],
];

/** Detaches the memory of a view, as a transfer to a worker does. */
export function detached<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

interface Resizable {
  resize(bytes: number): void;
  grow(bytes: number): void;
}

// The ES2024 parts of the constructors, which the compiler's ES2023 library does not have.
type WithMaximum<T> = new (bytes: number, options: { maxByteLength: number }) => T & Resizable;

/** A view of a buffer that was resized from `from` to `to` bytes; without a length, the view follows the buffer. */
export function shrunk(type: ViewClass, from: number, to: number, byteOffset = 0, length?: number): ArrayBufferView {
  const buffer = new (ArrayBuffer as unknown as WithMaximum<ArrayBuffer>)(from, { maxByteLength: from });
  const view = new type(buffer, byteOffset, length);
  buffer.resize(to);
  return view;
}

function grownShared(): Uint8Array {
  const Shared = SharedArrayBuffer as unknown as WithMaximum<SharedArrayBuffer>;
  const buffer = new Shared(8, { maxByteLength: 512 });
  const view = new Uint8Array(buffer);
  buffer.grow(512);
  return view;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

// Node's types do not include WebAssembly.
function wasmMemory(options: { initial: number; maximum?: number; shared?: boolean }): WasmMemory {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (options: object) => WasmMemory };
  };
  return new WebAssembly.Memory(options);
}

function staleWasm(shared: boolean): ArrayBufferView {
  const memory = wasmMemory({ initial: 1, maximum: 2, shared });
  const view = new Int32Array(memory.buffer);
  memory.grow(1);
  return view;
}

export const hostileValues: readonly HostileValue[] = [...primitives, ...objects, ...views, ...odd];
