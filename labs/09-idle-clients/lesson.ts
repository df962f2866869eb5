import type { Client } from '../kit/client.ts';
import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  ASKS_WITHOUT_WAITING,
  closesAfter,
  echo,
  sleepsAfterClientsHaveLeft,
  STAYS_IN_THE_LIST,
  survivesReset,
} from '../kit/steps.ts';
import type { Trial } from '../kit/trial.ts';

const MANY = 1200;
const MESSAGES = 1000;
const MOST_TIMES_DEARER = 2.5;
const ENDED =
  `Your program did not survive ${MANY} clients. select of Python takes fds up to 1023 only ` +
  '(filedescriptor out of range in select()): use poll or epoll.';
const TOO_DEAR =
  'A message costs much more CPU time with 1,200 idle clients than with none: something looks at all of them in each turn. ' +
  'With poll that is the kernel; epoll is told once, in register, and returns only who is ready.';

const NO_ANSWER =
  'A client that sends one message after the other was not answered: send back what recv gave, each time.';

// CPU time of the program's main thread for one message and its answer, in µs; `undefined` where an answer is missing.
async function cost(trial: Trial, client: Client): Promise<number | undefined> {
  const beforeMs = trial.program.cpuMs();
  for (let i = 0; i < MESSAGES; i++) {
    client.send('ping');
    if (!(await client.gets('ping'))) return undefined;
  }
  return ((trial.program.cpuMs() - beforeMs) * 1e3) / MESSAGES;
}

export const lesson: Lesson = {
  title: 'A thousand idle clients, measured',

  async demo(stage) {
    stage.say('One client sends a line; all the others are idle. What does one call cost?');
    const active = await stage.connects('A');
    for (const [more, all] of [
      [9, '10'],
      [90, '100'],
      [900, '1,000'],
    ] as const) {
      await stage.crowd(more, `${more} idle clients connect`);
      await stage.sends('A', active, 'measure\n', `${all.replace(',', '').padStart(5)} clients`);
    }
    stage.say('select and poll hand over all fds in each call, and the kernel looks at each.');
    stage.say('epoll keeps the list in the kernel, which notes who becomes ready.');
  },

  steps: [
    answersAndSleeps(echo, 'Send back what recv gave to the client that it came from.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveLeft(echo, STAYS_IN_THE_LIST),
    {
      title: `stays as cheap with ${MANY.toLocaleString('en')} idle clients`,
      async run(trial) {
        const active = await trial.client();
        // The first messages pay for the compiler.
        await cost(trial, active);
        const alone = await cost(trial, active);
        if (alone === undefined) return NO_ANSWER;
        const crowd = [];
        for (let i = 0; i < MANY; i++) crowd.push(await trial.client());
        if (!(await trial.answers(crowd.at(-1)!, 'last', 'last'))) return ENDED;
        const crowded = await cost(trial, active);
        if (crowded === undefined) return NO_ANSWER;
        trial.detail = `A message cost ${alone.toFixed(0)} µs of CPU time with no other client, and ${crowded.toFixed(0)} µs with ${MANY}.`;
        return crowded < alone * MOST_TIMES_DEARER ? undefined : TOO_DEAR;
      },
      ended: ENDED,
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
