import { EVENT_KINDS } from './event-bits.ts';

/** The verdict on one checkbox: ticked and returned, ticked and not returned, returned and not ticked, neither. */
export type Verdict = 'right' | 'wrong' | 'missed' | 'none';

/** The ticks of a prediction: EVENT_* bits by fd. */
export type Ticks = ReadonlyMap<number, number>;

/** How many checkboxes had each verdict. */
export type Score = Readonly<Record<Exclude<Verdict, 'none'>, number>>;

export const NO_SCORE: Score = { right: 0, wrong: 0, missed: 0 };

export function verdictOf(isTicked: boolean, isReturned: boolean): Verdict {
  if (isTicked) return isReturned ? 'right' : 'wrong';
  return isReturned ? 'missed' : 'none';
}

/** Scores the prediction of a turn. When nothing was ticked and nothing was returned, this counts as one right. */
export function scoreOf(ticks: Ticks, ready: ReadonlyMap<number, number>): Score {
  const counts = { right: 0, wrong: 0, missed: 0, none: 0 };
  for (const fd of new Set([...ticks.keys(), ...ready.keys()])) {
    for (const { bit } of EVENT_KINDS) {
      counts[verdictOf(((ticks.get(fd) ?? 0) & bit) !== 0, ((ready.get(fd) ?? 0) & bit) !== 0)]++;
    }
  }
  const { right, wrong, missed } = counts;
  return { right: right + wrong + missed === 0 ? 1 : right, wrong, missed };
}

export function addScores(a: Score, b: Score): Score {
  return { right: a.right + b.right, wrong: a.wrong + b.wrong, missed: a.missed + b.missed };
}

/** Says the score of a turn in a sentence. `ready` is the number of fds that were returned. */
export function scoreText(score: Score, ready: number): string {
  const { right, wrong, missed } = score;
  if (wrong + missed === 0) return ready === 0 ? 'Right: nothing was returned.' : `All right: ${right} of ${right}.`;
  return `This turn: ${countsText(score)}.`;
}

export function totalText(score: Score): string {
  return `So far: ${countsText(score)}.`;
}

function countsText({ right, wrong, missed }: Score): string {
  return `${right} right, ${wrong} wrong, ${missed} missed`;
}
