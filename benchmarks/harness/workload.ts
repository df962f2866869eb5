import type { Cell, Workload } from './results.ts';

/** A cell in the file of a workload. Absent members get the usual values. */
export type CellData = Pick<Cell, 'name' | 'role' | 'parameters' | 'load'> & Partial<Cell>;

/** The families that a reader compares first. To save time, a usual run has only these where others show nothing new. */
export const LEADING_FAMILIES: readonly string[] = ['tripoll', 'node:net', 'C', 'Python'];

/** A workload. Its cells are measured by the load generator unless they have another kind. */
export function workload(name: string, about: string, cells: readonly CellData[]): Workload {
  const complete = cells.map((cell): Cell => ({
    kind: 'load',
    countsSyscalls: false,
    extent: 'all',
    comparesMechanisms: false,
    workload: name,
    ...cell,
  }));
  return { name, about, cells: complete };
}

/** The arguments of the load generator: `echo --connections 64`. */
export function load(mode: string, options: Readonly<Record<string, number>>): string[] {
  return [mode, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/** `8,000` */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 connection`, `64 connections` */
export function connectionsText(number: number): string {
  return `${grouped(number)} connection${number === 1 ? '' : 's'}`;
}
