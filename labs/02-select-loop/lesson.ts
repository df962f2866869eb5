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

const WRONG_ANSWER = 'Send back what recv gave to the client that it came from.';
const TOO_EARLY =
  'Your program ended where a client had connected and was silent. Right after accept there may be nothing to receive: ' +
  'put the client into the list, and let select tell when there is.';
const ONE_HOLDS_UP_ALL =
  'A client that is silent holds up the others. ' +
  'Call recv only for sockets that select has just returned, once each, and then wait in select again.';

export const lesson: Lesson = {
  title: 'The loop of select',

  async demo(stage) {
    stage.say('A listener is readable when a client waits for accept.');
    const a = await stage.connects('A', 'select: readable: listener', 'accept: client 1');
    const b = await stage.connects('B', 'select: readable: listener', 'accept: client 2');
    stage.say('A is silent, and B is served: select names who has something.');
    await stage.sends('B', b, 'hello', 'select: readable: client 2', 'recv from client 2');
    await stage.sends('A', a, 'me too', 'select: readable: client 1', 'recv from client 1');
    stage.say('Nobody does anything; after the timeout of 1 s the program has a turn.');
    await stage.does('(a second passes)', () => undefined, 'select: nothing');
  },

  steps: [
    answersAndSleeps(echo, WRONG_ANSWER, ASKS_WITHOUT_WAITING, TOO_EARLY),
    {
      title: 'serves a client while another one is silent',
      async run(trial) {
        const silent = await trial.client();
        if (!(await trial.answersNew('hello', 'hello'))) return ONE_HOLDS_UP_ALL;
        if (!(await trial.answers(silent, 'now', 'now'))) return ONE_HOLDS_UP_ALL;
        return undefined;
      },
      ended: TOO_EARLY,
    },
    sleepsAfterClientsHaveLeft(echo, STAYS_IN_THE_LIST),
    {
      title: 'serves ten clients, in any order, each with its own bytes',
      async run(trial) {
        const clients = [];
        for (let i = 0; i < 10; i++) clients.push(await trial.client());
        for (const [i, client] of [...clients.entries()].reverse()) {
          if (!(await trial.answers(client, `I am ${i}`, `I am ${i}`))) return ONE_HOLDS_UP_ALL;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
