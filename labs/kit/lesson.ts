import type { Stage } from './stage.ts';
import type { Trial } from './trial.ts';

/** One step of a check. */
export interface Step {
  /** What a right answer does in this step. The learner reads it. */
  title: string;
  /** Tests the answer. Returns `undefined` if it is right, else the sentence that says what is wrong. */
  run(trial: Trial): Promise<string | undefined>;
  /** The sentence for a program that ends during this step. */
  ended?: string;
}

/** A lesson, without its text: that is in the README.md beside it. */
export interface Lesson {
  title: string;
  /** Plays the demonstration: scripted clients talk to the lesson's program. */
  demo(stage: Stage): Promise<void>;
  /** The steps that check an answer to the exercise. */
  steps: readonly Step[];
}
