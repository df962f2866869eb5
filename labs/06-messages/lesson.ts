import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  ASKS_WITHOUT_WAITING,
  closesAfter,
  sleepsAfterClientsHaveClosed,
  STAYS_IN_THE_LIST,
  survivesReset,
  upperCase,
} from '../kit/steps.ts';

const TOO_EARLY =
  'Your program answered a part of a line before the whole line had arrived. One recv may return a part of a message: ' +
  'keep the bytes until they contain a newline.';
const LOST_SECOND =
  'Two lines arrived in one piece, and your program sent only one answer. One recv may return several messages: ' +
  'go on until the bytes contain no newline any more.';
const MIXED = 'The lines of two clients were mixed up: keep one buffer for each client.';
const CUT_CHARACTER =
  'A character was damaged: its two bytes arrived in two pieces. Join the bytes first, and decode whole lines.';

export const lesson: Lesson = {
  title: 'One recv is not one message',

  async demo(stage) {
    stage.say('The program treats each recv as one message. Sometimes this looks right:');
    const a = await stage.connects('A');
    await stage.sends('A', a, 'one\n', 'message of client 1');
    stage.say('Two messages arrive in one recv:');
    await stage.sends('A', a, 'two\nthree\n', 'message of client 1');
    stage.say('One message arrives in two recvs:');
    await stage.sends('A', a, 'fo', 'message of client 1');
    await stage.sends('A', a, 'ur\n', 'message of client 1');
    stage.say('A message of 2,500 bytes needs three calls of recv(1024):');
    const send = (): void => {
      a.send(`${'long '.repeat(499)}word\n`);
    };
    await stage.does('A sends a long line', send, ...Array<string>(3).fill('message of client 1'));
  },

  steps: [
    answersAndSleeps(upperCase, 'Send each line back in upper case, with its newline.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveClosed(upperCase, STAYS_IN_THE_LIST),
    {
      title: 'waits for the whole of a line that arrives in pieces',
      async run(trial) {
        const client = await trial.client();
        client.send('hel');
        if (!(await client.receivesNothing())) return TOO_EARLY;
        return (await trial.answers(client, 'lo\n', 'HELLO\n')) ? undefined : TOO_EARLY;
      },
    },
    {
      title: 'answers each of two lines that arrive in one piece',
      async run(trial) {
        const client = await trial.client();
        return (await trial.answers(client, 'one\ntwo\n', 'ONE\nTWO\n')) ? undefined : LOST_SECOND;
      },
    },
    {
      title: 'does not mix up the lines of two clients',
      async run(trial) {
        const [one, other] = [await trial.client(), await trial.client()];
        one.send('first of ');
        await one.receivesNothing();
        if (!(await trial.answers(other, 'other\n', 'OTHER\n'))) return MIXED;
        return (await trial.answers(one, 'one\n', 'FIRST OF ONE\n')) ? undefined : MIXED;
      },
    },
    {
      title: 'joins a character that arrives in two pieces',
      async run(trial) {
        const client = await trial.client();
        const bytes = Buffer.from('grün\n');
        client.send(bytes.subarray(0, 3));
        await client.receivesNothing();
        return (await trial.answers(client, bytes.subarray(3), 'GRÜN\n')) ? undefined : CUT_CHARACTER;
      },
    },
    {
      title: 'accepts a line that is longer than one recv',
      async run(trial) {
        const line = `${'long '.repeat(2000)}\n`;
        return (await trial.answersNewClient(line, line.toUpperCase())) ? undefined : TOO_EARLY;
      },
    },
    survivesReset(upperCase),
    closesAfter(upperCase),
  ],
};
