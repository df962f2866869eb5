import type { Lesson } from '../kit/lesson.ts';
import {
  answersAndSleeps,
  closesAfter,
  sleepsAfterClientsHaveClosed,
  STAYS_IN_THE_LIST,
  survivesReset,
} from '../kit/steps.ts';

const MANY_BYTES = 16_000_000;
const BLOCKED =
  'A client that does not read blocks all others: your program waits in send. ' +
  'Make the clients non-blocking, send the bytes that fit, keep the others, and go on when select returns the client as writable.';
const INCOMPLETE =
  'Bytes are missing. send accepts the bytes that fit into the buffers and returns their number: keep the others, and send ' +
  'them when select returns the client as writable.';
const ALWAYS_ON =
  'Your program spins although everything is sent. A socket is nearly always writable: put it into the second list only ' +
  'while there are bytes to send.';

const five = { sent: '5\n', wanted: 'xxxxx' };

export const lesson: Lesson = {
  title: 'Writable, and why it is always on',

  async demo(stage) {
    stage.say('Writable means that the kernel has room for bytes. It nearly always has room.');
    const a = await stage.connects('A');
    await stage.sends('A', a, 'ask\n', '100 times');
    stage.say('A loop that always asks for writable never sleeps. Ask only after send has');
    stage.say('refused bytes. It refuses them when a client does not read:');
    await stage.sends('A', a, 'fill\n', 'send accepted', 'select with');
    stage.say('When A reads, select returns it in the second list:');
    await stage.does('A reads all bytes', () => a.receiveBytes(Infinity, 500), 'select: writable again');
  },

  steps: [
    answersAndSleeps(five, 'A line with the number 5 asks for 5 bytes, all of them x.', ALWAYS_ON),
    sleepsAfterClientsHaveClosed(five, STAYS_IN_THE_LIST),
    {
      title: 'serves others while a client does not read its 16 MB',
      async run(trial) {
        const slow = await trial.client();
        slow.send(`${MANY_BYTES}\n`);
        return (await trial.answersNewClient(five.sent, five.wanted)) ? undefined : BLOCKED;
      },
      ended:
        'Your program ended because a client does not read: a non-blocking send throws BlockingIOError then. Wait for writable.',
    },
    {
      title: 'sends all 16 MB to a client that reads late',
      async run(trial) {
        const slow = await trial.client();
        slow.send(`${MANY_BYTES}\n`);
        await trial.answersNewClient(five.sent, five.wanted);
        const bytes = await slow.receiveBytes(MANY_BYTES);
        trial.detail = `The client asked for ${MANY_BYTES} bytes and received ${bytes}.`;
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
          : 'Your program spins while a client does not read: it calls send again and again. Wait for writable.';
      },
    },
    survivesReset(five),
    closesAfter(five),
  ],
};
