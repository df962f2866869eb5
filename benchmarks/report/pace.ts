import { isBehind } from '../harness/pace.ts';
import type { Cell, Driver } from '../harness/results.ts';
import type { Measurements } from './measurements.ts';

/** In how many samples a server did not keep up with the rate or pace of its cell. */
export function behindCount(data: Measurements, cell: Cell, driver: Driver): number {
  return data.samples(cell, driver).filter((sample) => isBehind(cell, sample)).length;
}
