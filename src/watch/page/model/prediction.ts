import { EVENT_KINDS } from './event-kinds.ts';

/** What was predicted for an fd in a set, against what came. */
export type Verdict = 'right' | 'wrong' | 'missed' | 'rest';

/** The ticks of a prediction, EVENT_* bits an fd. */
export type Ticks = ReadonlyMap<number, number>;

/** How many ticks were right, how many were wrong, and what was not ticked and came. */
export interface Score {
  /** Ticked, and came. */
  readonly right: number;
  /** Ticked, and did not come. */
  readonly wrong: number;
  /** Not ticked, and came. */
  readonly missed: number;
}

/** The score of nothing. */
export const NO_SCORE: Score = { right: 0, wrong: 0, missed: 0 };

/**
 * Judges one cell.
 * @param ticked Whether it was ticked.
 * @param came Whether it came back.
 * @returns The verdict; 'rest' where it was neither.
 */
export function verdictOf(ticked: boolean, came: boolean): Verdict {
  if (ticked) return came ? 'right' : 'wrong';
  return came ? 'missed' : 'rest';
}

/**
 * Scores a turn's prediction.
 * @param ticks What was ticked.
 * @param ready What came back.
 * @returns The counts; a turn of which rightly nothing was ticked counts as one right.
 */
export function scoreOf(ticks: Ticks, ready: ReadonlyMap<number, number>): Score {
  const count = { right: 0, wrong: 0, missed: 0, rest: 0 };
  for (const fd of new Set([...ticks.keys(), ...ready.keys()])) {
    for (const { bit } of EVENT_KINDS) {
      count[verdictOf(((ticks.get(fd) ?? 0) & bit) !== 0, ((ready.get(fd) ?? 0) & bit) !== 0)]++;
    }
  }
  const { right, wrong, missed } = count;
  return { right: right + wrong + missed === 0 ? 1 : right, wrong, missed };
}

/**
 * Adds a turn's score.
 * @param a The score so far.
 * @param b The turn's.
 * @returns Both.
 */
export function addScore(a: Score, b: Score): Score {
  return { right: a.right + b.right, wrong: a.wrong + b.wrong, missed: a.missed + b.missed };
}

/**
 * A turn's score in words.
 * @param score The turn's.
 * @param ready How many fds came back.
 * @returns A sentence.
 */
export function scoreText(score: Score, ready: number): string {
  const { right, wrong, missed } = score;
  if (wrong + missed === 0) return ready === 0 ? 'Right: nothing came back.' : `All right: ${right} of ${right}.`;
  return `This turn: ${countsText(score)}.`;
}

/**
 * All scores so far in words.
 * @param score The sum.
 * @returns `So far: 5 right, 1 ticked in vain, 2 missed.`
 */
export function scoreCountText(score: Score): string {
  return `So far: ${countsText(score)}.`;
}

function countsText({ right, wrong, missed }: Score): string {
  return `${right} right, ${wrong} ticked in vain, ${missed} missed`;
}
