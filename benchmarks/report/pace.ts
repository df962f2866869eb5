import type { Cell, Driver, Sample } from '../harness/results.ts';
import type { Measurements } from './measurements.ts';

/** Below this share of the offered rate a server is saturated. */
const KEEPS_UP = 0.99;

/** Whether the load chooses the throughput, which then says nothing about the server. */
export function isChosenByLoad({ parameters }: Cell): boolean {
  return ['rate', 'pace', 'pile'].some((name) => Number(parameters[name]) > 0);
}

/** In how many samples a server did not keep up with the rate or pace of its cell. */
export function behindCount(data: Measurements, cell: Cell, driver: Driver): number {
  return data.samples(cell, driver).filter((sample) => isBehind(cell, sample)).length;
}

function isBehind({ parameters }: Cell, { unanswered = 0, messagesPerSecond }: Sample): boolean {
  const { rate = 0, pace = 0, batch = 1 } = parameters;
  const offered = Number(rate) || Number(pace) * Number(batch);
  return offered > 0 && (unanswered > 0 || (messagesPerSecond ?? offered) < offered * KEEPS_UP);
}
