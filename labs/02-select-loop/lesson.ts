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

const WRONG_ANSWER = 'Send the bytes that recv has returned back to the same client.';
const TOO_EARLY =
  'Your program ended when a client had connected and had sent nothing. Right after accept there may be nothing to receive: ' +
  'add the client to the list, and call recv when select returns it.';
const ONE_BLOCKS_ALL =
  'A client that sends nothing blocks the others. ' +
  'Call recv once for each socket that select has just returned, and for no other; then wait in select again.';

export const lesson: Lesson = {
  title: 'The loop of select',

  async demo(stage) {
    stage.say('The listener is readable when a client waits for accept.');
    const a = await stage.connects('A', 'select: readable: listener', 'accept: client 1');
    const b = await stage.connects('B', 'select: readable: listener', 'accept: client 2');
    stage.say('A sends nothing, and B is served: select returns the sockets that are ready.');
    await stage.sends('B', b, 'hello', 'select: readable: client 2', 'recv from client 2');
    await stage.sends('A', a, 'me too', 'select: readable: client 1', 'recv from client 1');
    stage.say('Nobody sends anything: after its timeout of 1 s, select returns empty lists.');
    await stage.does('(a second passes)', () => undefined, 'select: nothing');
  },

  steps: [
    answersAndSleeps(echo, WRONG_ANSWER, ASKS_WITHOUT_WAITING, TOO_EARLY),
    {
      title: 'serves a client while another one sends nothing',
      async run(trial) {
        const silent = await trial.client();
        if (!(await trial.answersNewClient('hello', 'hello'))) return ONE_BLOCKS_ALL;
        if (!(await trial.answers(silent, 'now', 'now'))) return ONE_BLOCKS_ALL;
        return undefined;
      },
      ended: TOO_EARLY,
    },
    sleepsAfterClientsHaveClosed(echo, STAYS_IN_THE_LIST),
    {
      title: 'serves ten clients, in any order, each with its own bytes',
      async run(trial) {
        const clients = [];
        for (let i = 0; i < 10; i++) clients.push(await trial.client());
        for (const [i, client] of [...clients.entries()].reverse()) {
          if (!(await trial.answers(client, `I am ${i}`, `I am ${i}`))) return ONE_BLOCKS_ALL;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
