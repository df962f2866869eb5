import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  closesAfter,
  sleepsAfterClientsHaveLeft,
  STAYS_IN_THE_LIST,
  survivesReset,
} from '../kit/steps.ts';

const MANY_BYTES = 16_000_000;
const HELD_UP =
  'A client that does not read holds up all the others: your program stands in send. ' +
  'Make the clients non-blocking, send what fits, keep the rest, and go on when select says writable.';
const INCOMPLETE =
  'Bytes are missing. send takes what fits into the buffers and tells how much that was: keep the rest, and send it when ' +
  'select says writable.';
const ALWAYS_ON =
  'Your program spins although all is sent. A socket is writable nearly always: have it in the second list only while ' +
  'there is something left to send.';

const five = { sent: '5\n', wanted: 'xxxxx' };

export const lesson: Lesson = {
  title: 'Writable, and why it is always on',

  async demo(stage) {
    stage.say('Writable means: the kernel has room for bytes. It has, nearly always.');
    const a = await stage.connects('A');
    await stage.sends('A', a, 'ask\n', '100 times');
    stage.say('So a loop that always asks for writable never sleeps. Ask only after send has');
    stage.say('refused, which takes a client that does not read:');
    await stage.sends('A', a, 'fill\n', 'send took', 'select with');
    stage.say('Now A reads, and the second list has its hour.');
    await stage.does('A reads all there is', () => a.takes(Infinity, 500), 'select: writable again');
  },

  steps: [
    answersAndSleeps(five, 'A line with the number 5 asks for 5 bytes, all of them x.', ALWAYS_ON),
    sleepsAfterClientsHaveLeft(five, STAYS_IN_THE_LIST),
    {
      title: 'serves others while a client does not read its 16 MB',
      async run(trial) {
        const slow = await trial.client();
        slow.send(`${MANY_BYTES}\n`);
        return (await trial.answersNew(five.sent, five.wanted)) ? undefined : HELD_UP;
      },
      ended:
        'Your program ended where a client does not read: a non-blocking send throws BlockingIOError then. Wait for writable.',
    },
    {
      title: 'sends all 16 MB to a client that reads late',
      async run(trial) {
        const slow = await trial.client();
        slow.send(`${MANY_BYTES}\n`);
        await trial.answersNew(five.sent, five.wanted);
        const bytes = await slow.takes(MANY_BYTES);
        trial.detail = `The client asked for ${MANY_BYTES} bytes, read, and got ${bytes}.`;
        return bytes === MANY_BYTES ? undefined : INCOMPLETE;
      },
    },
    {
      title: 'sleeps while a client does not read',
      async run(trial) {
        const slow = await trial.client();
        slow.send(`${MANY_BYTES}\n`);
        const isCalm = await trial.isCalm();
        return isCalm
          ? undefined
          : 'Your program spins while a client does not read: it tries again and again. Wait for writable.';
      },
    },
    survivesReset(five),
    closesAfter(five),
  ],
};
