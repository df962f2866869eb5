import type { Lesson } from '../kit/lesson.ts';
import { answersAndSleeps, ASKS_WITHOUT_WAITING, closesAfter, echo, survivesReset } from '../kit/steps.ts';

const ONLY_THE_FIRST =
  'Only the first message of a client is answered. ' +
  'Call recv in a loop until it returns 0 bytes: then the client has closed its connection.';

export const lesson: Lesson = {
  title: 'One blocking client',

  async demo(stage) {
    await stage.prints('accept: waiting');
    const a = await stage.connects('A', 'accept: got', 'recv: waiting');
    stage.say('The program waits in recv for A. It cannot notice any other client:');
    const b = await stage.connects('B');
    await stage.sends('B', b, 'hello, is anybody there?');
    await stage.nothing();
    stage.say('B is connected all the same: the kernel completes connections and keeps bytes.');
    await stage.sends('A', a, 'I have time', 'recv: "I have', 'recv: waiting');
    stage.say('The program serves B only after A has closed its connection:');
    await stage.closes('A', a, 'recv: 0 bytes', 'accept: got', 'recv: "hello', 'recv: waiting');
  },

  steps: [
    answersAndSleeps(echo, 'Send back the bytes that recv has returned: client.sendall(data).', ASKS_WITHOUT_WAITING),
    {
      title: 'serves the client that had to wait',
      async run(trial) {
        const first = await trial.client();
        await trial.answers(first, 'first', 'first');
        const second = await trial.client();
        second.send('second');
        first.close();
        if (await second.receives('second')) return undefined;
        return 'The second client was not served after the first one had closed its connection: when recv returns 0 bytes, call accept again.';
      },
    },
    {
      title: 'answers each message of a client, not only the first',
      async run(trial) {
        const client = await trial.client();
        for (const text of ['one', 'two', 'three']) {
          if (!(await trial.answers(client, text, text))) return ONLY_THE_FIRST;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
