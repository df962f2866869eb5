// Shapes of JSON values. A shape is a check at run time, and TypeScript infers the type of the value from it. The watch page imports
// types that are made here, so this module imports nothing.

/** Tells whether a value has a type. */
export type Check<T> = (value: unknown) => value is T;

/** The checks of an object's fields, by name. Other fields of the object are ignored. */
export type Shape = Readonly<Record<string, Check<unknown>>>;

type Checked<C> = C extends Check<infer T> ? T : never;
type OptionalNames<S extends Shape> = { [Name in keyof S]: undefined extends Checked<S[Name]> ? Name : never }[keyof S];

/** The object that a shape describes. */
export type Shaped<S extends Shape> = {
  readonly [Name in Exclude<keyof S, OptionalNames<S>>]: Checked<S[Name]>;
} & { readonly [Name in OptionalNames<S>]?: Exclude<Checked<S[Name]>, undefined> };

export const isNumber: Check<number> = (value): value is number => Number.isFinite(value);
export const isInteger: Check<number> = (value): value is number => Number.isSafeInteger(value);
export const isText: Check<string> = (value): value is string => typeof value === 'string';
export const isBoolean: Check<boolean> = (value): value is boolean => typeof value === 'boolean';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function within(min: number, max: number): Check<number> {
  return (value): value is number => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

export function oneOf<const W extends readonly unknown[]>(...values: W): Check<W[number]> {
  return (value): value is W[number] => values.includes(value);
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || check(value);
}

export function objectOf<S extends Shape>(shape: S): Check<Shaped<S>> {
  return (value): value is Shaped<S> => isObject(value) && invalidField(value, shape) === undefined;
}

export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isObject(value) && Object.values(value).every(check);
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(check);
}

/** A list with one check for each place. It may be shorter than `checks` when the last checks are optional. */
export function tuple<T extends readonly unknown[]>(...checks: { [Place in keyof T]-?: Check<T[Place]> }): Check<T> {
  const all: readonly Check<unknown>[] = checks;
  return (value): value is T =>
    Array.isArray(value) && value.length <= all.length && all.every((check, place) => check(value[place]));
}

/** Returns the name of the first field that has no valid value, or `undefined`. Fields of the prototype do not count. */
export function invalidField(value: Record<string, unknown>, shape: Shape): string | undefined {
  return Object.keys(shape).find((name) => !shape[name]!(Object.hasOwn(value, name) ? value[name] : undefined));
}
