import { lesson as lesson1 } from './01-one-blocking-client/lesson.ts';
import { lesson as lesson2 } from './02-select-loop/lesson.ts';
import { lesson as lesson3 } from './03-closed-is-readable/lesson.ts';
import { lesson as lesson4 } from './04-writable/lesson.ts';
import { lesson as lesson5 } from './05-exceptional/lesson.ts';
import { lesson as lesson6 } from './06-messages/lesson.ts';
import { lesson as lesson7 } from './07-poll/lesson.ts';
import { lesson as lesson8 } from './08-epoll/lesson.ts';
import { lesson as lesson9 } from './09-idle-clients/lesson.ts';
import { lesson as lesson10 } from './10-node-loop/lesson.ts';
import type { Lesson } from './kit/lesson.ts';

/** A lesson with its number in the course and its folder in labs/. */
export interface ListedLesson {
  number: number;
  folder: string;
  lesson: Lesson;
  title: string;
}

/** The course. */
export const lessons: readonly ListedLesson[] = Object.entries({
  '01-one-blocking-client': lesson1,
  '02-select-loop': lesson2,
  '03-closed-is-readable': lesson3,
  '04-writable': lesson4,
  '05-exceptional': lesson5,
  '06-messages': lesson6,
  '07-poll': lesson7,
  '08-epoll': lesson8,
  '09-idle-clients': lesson9,
  '10-node-loop': lesson10,
}).map(([folder, lesson], index) => ({ number: index + 1, folder, lesson, title: lesson.title }));
