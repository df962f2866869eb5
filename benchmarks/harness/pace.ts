import type { Cell, Sample } from './results.ts';

// A server that handles a smaller share of the offered rate is saturated.
const MIN_SHARE = 0.99;

/** Marks for samples with figures that not only the server decides. */
export const MARKS = {
  limited:
    '† In some samples the load generator was the limit: it decided the throughput, but not the CPU time of the server.',
  behind: '‡ In some samples the server did not keep up with the rate or pace.',
} as const;

/** The marks of some samples of a cell: '', '†', '‡' or both. */
export function marksOf(cell: Cell, samples: readonly Sample[]): string {
  const limited = samples.some(({ limitedByLoad }) => limitedByLoad === true);
  return `${limited ? '†' : ''}${samples.some((sample) => isBehind(cell, sample)) ? '‡' : ''}`;
}

/** Explains the marks in a text. */
export function legendOf(text: string): string[] {
  return Object.values(MARKS).filter((sentence) => text.includes(sentence.charAt(0)));
}

/** Whether the load decides the throughput, which then says nothing about the server. */
export function isChosenByLoad({ parameters }: Cell): boolean {
  return ['rate', 'pace', 'pile'].some((name) => Number(parameters[name]) > 0);
}

/** Whether a server did not keep up with the rate or pace of its cell. */
export function isBehind({ parameters }: Cell, { unanswered = 0, messagesPerSecond }: Sample): boolean {
  const { rate = 0, pace = 0, batch = 1 } = parameters;
  const offered = Number(rate) || Number(pace) * Number(batch);
  return offered > 0 && (unanswered > 0 || (messagesPerSecond ?? offered) < offered * MIN_SHARE);
}
