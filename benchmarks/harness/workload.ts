import type { Cell, Workload } from './results.ts';

/** A cell as a workload's file states it; what is absent is as in most. */
export type CellData = Pick<Cell, 'name' | 'role' | 'parameters' | 'load'> & Partial<Cell>;

/** The drivers that a reader compares; cells that say nothing new about the others keep to them, for the time it takes. */
export const LEADING_FAMILIES: readonly string[] = ['tripoll', 'node:net', 'C', 'Python'];

/** A workload of cells that the load generator measures, unless they say otherwise. */
export function workload(name: string, about: string, cells: readonly CellData[]): Workload {
  const complete = cells.map((cell): Cell => ({
    kind: 'load',
    countsSyscalls: false,
    quick: false,
    workload: name,
    ...cell,
  }));
  return { name, about, cells: complete };
}

/** Arguments of the load generator: `echo --connections 64`. */
export function load(mode: string, options: Readonly<Record<string, number>>): string[] {
  return [mode, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/** A number as a reader of a table wants it: 8,000. */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 connection`, `64 connections` */
export function connectionsText(number: number): string {
  return `${grouped(number)} connection${number === 1 ? '' : 's'}`;
}
