import type { Cell, Sample } from './results.ts';

// Below this share of the offered rate a server is saturated.
const KEEPS_UP = 0.99;

/** What marks samples whose figures are not the server's alone. */
export const MARKS = {
  limited: "† In some samples the load generator was the limit: their throughput is the load's, their CPU time is not.",
  behind: '‡ In some samples the server did not keep up with the rate or pace.',
} as const;

/** The marks that some samples of a cell deserve: '', '†', '‡' or both. */
export function marksOf(cell: Cell, samples: readonly Sample[]): string {
  const limited = samples.some(({ limitedByLoad }) => limitedByLoad === true);
  return `${limited ? '†' : ''}${samples.some((sample) => isBehind(cell, sample)) ? '‡' : ''}`;
}

/** What the marks in a text mean. */
export function legendOf(text: string): string[] {
  return Object.values(MARKS).filter((sentence) => text.includes(sentence.charAt(0)));
}

/** Whether the load chooses the throughput, which then says nothing about the server. */
export function isChosenByLoad({ parameters }: Cell): boolean {
  return ['rate', 'pace', 'pile'].some((name) => Number(parameters[name]) > 0);
}

/** Whether a server did not keep up with the rate or pace of its cell. */
export function isBehind({ parameters }: Cell, { unanswered = 0, messagesPerSecond }: Sample): boolean {
  const { rate = 0, pace = 0, batch = 1 } = parameters;
  const offered = Number(rate) || Number(pace) * Number(batch);
  return offered > 0 && (unanswered > 0 || (messagesPerSecond ?? offered) < offered * KEEPS_UP);
}
