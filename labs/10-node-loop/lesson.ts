import { setTimeout } from 'node:timers/promises';

import type { Lesson } from '../kit/lesson.ts';
import type { Stage } from '../kit/stage.ts';
import {
  answersAndSleeps,
  closesAfter,
  sleepsAfterClientsHaveClosed,
  STAYS_IN_THE_LIST,
  survivesReset,
  upperCase,
} from '../kit/steps.ts';

const OBSERVED_MS = 1_500;
const MIN_TICKS = 5;
const END_MS = 3_000;
const NO_TICKS =
  'The timer does not run while your program waits: a blocking select stops the whole of Node. Use await selectAsync.';
const SPINS =
  'Your program spins. With a timeout of 0 the timer runs, but the loop never sleeps: await selectAsync waits for the ' +
  'sockets and for Node at the same time.';
const DEAF =
  "SIGTERM has to end the program with 'bye' and exit code 0: call process.once('SIGTERM', …), and pass the signal of an " +
  'AbortController to selectAsync.';

async function goodbye(stage: Stage): Promise<void> {
  const signal = (): void => {
    stage.signal('SIGTERM');
  };
  await stage.does('SIGTERM', signal, 'bye');
}

export const lesson: Lesson = {
  title: "Node's event loop is one more fd",

  async demo(stage) {
    stage.say('The program waits with await selectAsync, and its timer runs during the wait:');
    const a = await stage.connects('A', 'tick', 'tick', 'tick');
    stage.say('With the blocking select, nothing in Node runs until the call returns.');
    await stage.sends(
      'A',
      a,
      'block\n',
      'select: blocks',
      'select: has returned',
      'select: blocks',
      'select: has returned',
      'tick',
    );
    stage.say('selectAsync waits for the sockets and for one fd more, that of libuv. This fd');
    stage.say('is readable when Node has something to do, for example to handle a signal.');
    await goodbye(stage);
    for (const [program, name] of [
      ['node-net', 'node:net'],
      ['poll-loop', 'tripoll/server'],
    ] as const) {
      stage.say(`The same server on ${name}:`);
      await stage.serve(program);
      const b = await stage.connects('B', 'tick');
      b.send('hello\n');
      await stage.does('B sends "hello" and receives "HELLO"', () => b.receives('HELLO\n'));
      await goodbye(stage);
    }
  },

  steps: [
    answersAndSleeps(upperCase, 'Send each line back in upper case, with its newline.', SPINS),
    sleepsAfterClientsHaveClosed(upperCase, STAYS_IN_THE_LIST),
    {
      title: "prints 'tick' ten times a second while it waits",
      async run(trial) {
        const ticks = (): number => trial.program.stdout.split('tick\n').length - 1;
        const before = ticks();
        await setTimeout(OBSERVED_MS);
        const seen = ticks() - before;
        trial.detail = `In ${OBSERVED_MS / 1e3} s it printed 'tick' ${seen} times.`;
        return seen >= MIN_TICKS ? undefined : NO_TICKS;
      },
    },
    survivesReset(upperCase),
    closesAfter(upperCase),
    {
      title: "closes its clients and ends with 'bye' on SIGTERM",
      async run(trial) {
        const client = await trial.client();
        await trial.answers(client, upperCase.sent, upperCase.wanted);
        trial.program.kill('SIGTERM');
        const exit = await trial.program.waitForEnd(END_MS);
        const isRight = exit?.code === 0 && trial.program.stdout.endsWith('bye\n');
        return isRight && (await client.waitForEnd()) !== undefined ? undefined : DEAF;
      },
      ended: DEAF,
    },
  ],
};
