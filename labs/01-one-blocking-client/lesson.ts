import type { Lesson } from '../kit/lesson.ts';
import { answersAndSleeps, ASKS_WITHOUT_WAITING, closesAfter, echo, survivesReset } from '../kit/steps.ts';

const ONLY_THE_FIRST =
  'Only the first message of a client is answered. Call recv in a loop, until it gives 0 bytes: then the client is done.';

export const lesson: Lesson = {
  title: 'One blocking client',

  async demo(stage) {
    await stage.prints('accept: waiting');
    const a = await stage.connects('A', 'accept: here', 'recv: waiting');
    stage.say('The program stands in recv. Nobody else exists for it:');
    const b = await stage.connects('B');
    await stage.sends('B', b, 'hello, is anybody there?');
    await stage.nothing();
    stage.say('B is connected all the same: the kernel took it, and keeps its bytes.');
    await stage.sends('A', a, 'I have time', 'recv: "I have', 'recv: waiting');
    stage.say('Only when A has left does B get its turn:');
    await stage.closes('A', a, 'recv: 0 bytes', 'accept: here', 'recv: "hello', 'recv: waiting');
  },

  steps: [
    answersAndSleeps(echo, 'Send back what recv gave: client.sendall(data).', ASKS_WITHOUT_WAITING),
    {
      title: 'serves the client that had to wait',
      async run(trial) {
        const first = await trial.client();
        await trial.answers(first, 'first', 'first');
        const second = await trial.client();
        second.send('second');
        first.close();
        if (await second.gets('second')) return undefined;
        return 'The second client was not served after the first had left: go back to accept when recv gives 0 bytes.';
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
