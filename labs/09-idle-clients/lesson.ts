import type { Client } from '../kit/client.ts';
import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  ASKS_WITHOUT_WAITING,
  closesAfter,
  echo,
  sleepsAfterClientsHaveClosed,
  STAYS_IN_THE_LIST,
  survivesReset,
} from '../kit/steps.ts';
import type { Trial } from '../kit/trial.ts';

const MANY = 1200;
const MESSAGES = 1000;
const MAX_COST_RATIO = 2.5;
const ENDED =
  `Your program ended or did not answer with ${MANY} clients. select accepts only fds up to 1023, as in Python ` +
  '(filedescriptor out of range in select()): use poll or epoll.';
const TOO_EXPENSIVE =
  'A message costs much more CPU time with 1,200 idle clients than with none: something examines all of them in each turn. ' +
  'With poll it is the kernel. epoll gets each fd once, in register, and returns only the fds that are ready.';

const NO_ANSWER =
  'A client sent one message after the other, and did not get all answers: send back the bytes of each recv.';

// The CPU time of the program's main thread for one message and its answer, in µs; `undefined` if an answer is missing.
async function cost(trial: Trial, client: Client): Promise<number | undefined> {
  const beforeMs = trial.program.cpuMs();
  for (let i = 0; i < MESSAGES; i++) {
    client.send('ping');
    if (!(await client.receives('ping'))) return undefined;
  }
  return ((trial.program.cpuMs() - beforeMs) * 1e3) / MESSAGES;
}

export const lesson: Lesson = {
  title: 'A thousand idle clients, measured',

  async demo(stage) {
    stage.say('One client sends a line, all others are idle. How much does one call cost?');
    const active = await stage.connects('A');
    for (const [more, all] of [
      [9, '10'],
      [90, '100'],
      [900, '1,000'],
    ] as const) {
      await stage.crowd(more, `${more} idle clients connect`);
      await stage.sends('A', active, 'measure\n', `${all.replace(',', '').padStart(5)} clients`);
    }
    stage.say('select and poll pass all fds in each call, and the kernel examines each one.');
    stage.say('epoll keeps the list in the kernel, which notes the fds that become ready.');
  },

  steps: [
    answersAndSleeps(echo, 'Send the bytes that recv has returned back to the same client.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveClosed(echo, STAYS_IN_THE_LIST),
    {
      title: `stays as cheap with ${MANY.toLocaleString('en')} idle clients`,
      async run(trial) {
        const active = await trial.client();
        // A warm-up: during the first messages V8 compiles the program.
        await cost(trial, active);
        const costAlone = await cost(trial, active);
        if (costAlone === undefined) return NO_ANSWER;
        const crowd = [];
        for (let i = 0; i < MANY; i++) crowd.push(await trial.client());
        if (!(await trial.answers(crowd.at(-1)!, 'last', 'last'))) return ENDED;
        const costInCrowd = await cost(trial, active);
        if (costInCrowd === undefined) return NO_ANSWER;
        trial.detail = `A message cost ${costAlone.toFixed(0)} µs of CPU time with no other client, and ${costInCrowd.toFixed(0)} µs with ${MANY}.`;
        return costInCrowd < costAlone * MAX_COST_RATIO ? undefined : TOO_EXPENSIVE;
      },
      ended: ENDED,
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
