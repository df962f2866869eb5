import type { Stage } from './stage.ts';
import type { Trial } from './trial.ts';

/** One step of a check. */
export interface Step {
  /** What a right answer does here, as the learner reads it. */
  title: string;
  /** Tries it out: nothing where all is well, else the sentence that says what is wrong. */
  run(trial: Trial): Promise<string | undefined>;
  /** The sentence for a program that has ended during this step. */
  ended?: string;
}

/** What the runner needs of a lesson; the page beside it has the words. */
export interface Lesson {
  title: string;
  /** The demonstration: scripted clients for the lesson's program. */
  demo(stage: Stage): Promise<void>;
  /** The check of an answer to the exercise. */
  steps: readonly Step[];
}
