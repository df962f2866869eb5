import { native } from '../native.ts';

/** The value that a constant has in the C headers which the addon was compiled with. */
export function constant(name: string): number {
  const value = native.constants[name];
  if (value === undefined) throw new Error(`The addon does not know ${name}: run \`npm run build\`.`);
  return value;
}
