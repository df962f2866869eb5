import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  ASKS_WITHOUT_WAITING,
  closesAfter,
  sleepsAfterClientsHaveLeft,
  STAYS_IN_THE_LIST,
  survivesReset,
  upperCase,
} from '../kit/steps.ts';

const TOO_EARLY =
  'A part of a line was answered before its end had come. One recv may give a part of a message: ' +
  'keep the bytes until there is a line end among them.';
const LOST_SECOND =
  'Two lines came in one piece, and one answer went back. One recv may give several messages: ' +
  'go on cutting until no line end is left.';
const MIXED = 'The lines of two clients got mixed up: each client needs a buffer of its own.';
const CUT_CHARACTER =
  'A character was damaged: its two bytes came in two pieces. Put the bytes together first, and decode whole lines.';

export const lesson: Lesson = {
  title: 'Messages are not recvs',

  async demo(stage) {
    stage.say('The program believes that one recv is one message. Sometimes that looks right:');
    const a = await stage.connects('A');
    await stage.sends('A', a, 'one\n', 'message of client 1');
    stage.say('Two messages, and one recv:');
    await stage.sends('A', a, 'two\nthree\n', 'message of client 1');
    stage.say('One message, and two recvs:');
    await stage.sends('A', a, 'fo', 'message of client 1');
    await stage.sends('A', a, 'ur\n', 'message of client 1');
    stage.say('A message of 2,500 bytes, and recv(1024): three of them.');
    const send = (): void => {
      a.send(`${'long '.repeat(499)}word\n`);
    };
    await stage.does('A sends a long line', send, ...Array<string>(3).fill('message of client 1'));
  },

  steps: [
    answersAndSleeps(upperCase, 'A line goes back in upper case, with its line end.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveLeft(upperCase, STAYS_IN_THE_LIST),
    {
      title: 'waits for the rest of a line that comes in pieces',
      async run(trial) {
        const client = await trial.client();
        client.send('hel');
        if (!(await client.staysSilent())) return TOO_EARLY;
        return (await trial.answers(client, 'lo\n', 'HELLO\n')) ? undefined : TOO_EARLY;
      },
    },
    {
      title: 'answers each of two lines that come in one piece',
      async run(trial) {
        const client = await trial.client();
        return (await trial.answers(client, 'one\ntwo\n', 'ONE\nTWO\n')) ? undefined : LOST_SECOND;
      },
    },
    {
      title: 'keeps the lines of two clients apart',
      async run(trial) {
        const [one, other] = [await trial.client(), await trial.client()];
        one.send('first of ');
        await one.staysSilent();
        if (!(await trial.answers(other, 'other\n', 'OTHER\n'))) return MIXED;
        return (await trial.answers(one, 'one\n', 'FIRST OF ONE\n')) ? undefined : MIXED;
      },
    },
    {
      title: 'puts a character together that comes in two pieces',
      async run(trial) {
        const client = await trial.client();
        const bytes = Buffer.from('grün\n');
        client.send(bytes.subarray(0, 3));
        await client.staysSilent();
        return (await trial.answers(client, bytes.subarray(3), 'GRÜN\n')) ? undefined : CUT_CHARACTER;
      },
    },
    {
      title: 'takes a line that is longer than one recv',
      async run(trial) {
        const line = `${'long '.repeat(2000)}\n`;
        return (await trial.answersNew(line, line.toUpperCase())) ? undefined : TOO_EARLY;
      },
    },
    survivesReset(upperCase),
    closesAfter(upperCase),
  ],
};
