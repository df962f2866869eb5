import { native } from '../native.ts';

/**
 * A constant of the C headers that the addon was compiled with.
 * @param name Its C name.
 * @returns Its value.
 * @throws {Error} Where the addon, built from another version, does not know it.
 */
export function constant(name: string): number {
  const value = native.constants[name];
  if (value === undefined) throw new Error(`The addon does not know ${name}: run \`npm run build\`.`);
  return value;
}
