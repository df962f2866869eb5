import { setTimeout } from 'node:timers/promises';

import type { Lesson } from '../kit/lesson.ts';
import type { Stage } from '../kit/stage.ts';
import {
  answersAndSleeps,
  closesAfter,
  sleepsAfterClientsHaveLeft,
  STAYS_IN_THE_LIST,
  survivesReset,
  upperCase,
} from '../kit/steps.ts';

const LISTEN_MS = 1_500;
const FEWEST_TICKS = 5;
const END_MS = 3_000;
const NO_TICKS =
  'The timer does not run while your program waits: a blocking select stops all of Node. Use await selectAsync.';
const SPINS =
  'Your program spins. With a timeout of 0 the timer runs, and so does the loop, all the time: await selectAsync waits for ' +
  'the sockets and for Node at once.';
const DEAF =
  "SIGTERM has to end the program with 'bye' and exit code 0: process.once('SIGTERM', …) and an AbortController whose " +
  'signal selectAsync gets.';

async function goodbye(stage: Stage): Promise<void> {
  const signal = (): void => {
    stage.signal('SIGTERM');
  };
  await stage.does('SIGTERM', signal, 'bye');
}

export const lesson: Lesson = {
  title: "Node's event loop is one more fd",

  async demo(stage) {
    stage.say('The program waits with await selectAsync, and its timer runs meanwhile:');
    const a = await stage.connects('A', 'tick', 'tick', 'tick');
    stage.say('With the blocking select nothing of Node runs until the call is back.');
    await stage.sends(
      'A',
      a,
      'block\n',
      'select: blocks',
      'select: is back',
      'select: blocks',
      'select: is back',
      'tick',
    );
    stage.say('selectAsync asks the kernel for its sockets and for one fd more, that of');
    stage.say('libuv, readable when Node has something to do. Signals come through it too.');
    await goodbye(stage);
    for (const [program, name] of [
      ['node-net', 'node:net'],
      ['poll-loop', 'tripoll/server'],
    ] as const) {
      stage.say(`The same server on ${name}:`);
      await stage.serve(program);
      const b = await stage.connects('B', 'tick');
      b.send('hello\n');
      await stage.does('B sends "hello" and receives "HELLO"', () => b.gets('HELLO\n'));
      await goodbye(stage);
    }
  },

  steps: [
    answersAndSleeps(upperCase, 'A line goes back in upper case, with its line end.', SPINS),
    sleepsAfterClientsHaveLeft(upperCase, STAYS_IN_THE_LIST),
    {
      title: "prints 'tick' ten times a second while it waits",
      async run(trial) {
        const ticks = (): number => trial.program.stdout.split('tick\n').length - 1;
        const before = ticks();
        await setTimeout(LISTEN_MS);
        const seen = ticks() - before;
        trial.detail = `In ${LISTEN_MS / 1e3} s it printed tick ${seen} times.`;
        return seen >= FEWEST_TICKS ? undefined : NO_TICKS;
      },
    },
    survivesReset(upperCase),
    closesAfter(upperCase),
    {
      title: "ends on SIGTERM with 'bye', its clients closed",
      async run(trial) {
        const client = await trial.client();
        await trial.answers(client, upperCase.sent, upperCase.wanted);
        trial.program.kill('SIGTERM');
        const exit = await trial.program.end(END_MS);
        const isRight = exit?.code === 0 && trial.program.stdout.endsWith('bye\n');
        return isRight && (await client.end()) !== undefined ? undefined : DEAF;
      },
      ended: DEAF,
    },
  ],
};
