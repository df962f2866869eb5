import type { Client } from '../kit/client.ts';
import type { Lesson } from '../kit/lesson.ts';
import { ASKS_WITHOUT_WAITING, closesItsSockets, STAYS_IN_THE_LIST } from '../kit/steps.ts';
import type { Trial } from '../kit/trial.ts';

const NOT_CLOSED =
  'The count has come, but the connection is still open: a client that waits for the end waits for ever. ' +
  'Taking a socket out of the list does not close it: call close().';
const WRONG_COUNT =
  'The count is wrong, or it did not come. The client has finished when recv gives 0 bytes, not before; ' +
  'it can still receive then.';
const MIXED = 'A count holds the bytes of two clients: keep one for each client.';
const RESET =
  'A client that resets its connection must not hurt the others: recv throws ConnectionResetError then. ' +
  'Catch it, and drop that client alone.';

// Sends, finishes, and waits for the count.
async function counts(trial: Trial, client: Client, parts: string[]): Promise<boolean> {
  const bytes = Buffer.byteLength(parts.join(''));
  for (const part of parts) {
    client.send(part);
    if (!(await client.staysSilent())) return false;
  }
  client.finish();
  const right = await client.gets(`${bytes} bytes\n`);
  trial.detail = right
    ? ''
    : `The client sent ${bytes} bytes and finished; it got ${JSON.stringify(client.pending.toString())}.`;
  return right;
}

export const lesson: Lesson = {
  title: 'Why a closed socket is readable',

  async demo(stage) {
    const a = await stage.connects('A', 'accept: client 1');
    await stage.sends('A', a, 'hi', 'readable: client 1; recv: "hi"');
    stage.say('recv would not block now, it has an answer: 0 bytes, the end. So select says');
    stage.say('readable, and says it again each time, since that answer stays.');
    await stage.closes('A', a, 'readable: client 1; recv: 0', '…', 'client 1: goodbye');
    stage.say('A client may close only its sending half (shutdown): it can still receive.');
    const b = await stage.connects('B', 'accept: client 2');
    const finish = (): void => {
      b.finish();
    };
    await stage.does('B says that it sends no more', finish, 'readable: client 2; recv: 0', '…', 'client 2: goodbye');
    await stage.does('B receives: "goodbye"', () => b.gets('goodbye\n'));
    stage.say('A reset connection is readable too; its answer is an error.');
    const c = await stage.connects('C', 'accept: client 3');
    await stage.resets('C', c, 'readable: client 3; recv: ECONNRESET');
  },

  steps: [
    {
      title: 'sleeps while a client is silent',
      async run(trial) {
        await trial.client();
        return (await trial.isCalm()) ? undefined : ASKS_WITHOUT_WAITING;
      },
    },
    {
      title: 'tells a client how many bytes it has sent, once it has finished',
      async run(trial) {
        const client = await trial.client();
        return (await counts(trial, client, ['hello', ' ', 'world'])) ? undefined : WRONG_COUNT;
      },
      ended: WRONG_COUNT,
    },
    {
      title: 'sleeps after a client has finished',
      async run(trial) {
        const client = await trial.client();
        await counts(trial, client, ['x']);
        return (await trial.isCalm()) ? undefined : STAYS_IN_THE_LIST;
      },
      ended: STAYS_IN_THE_LIST,
    },
    {
      title: 'then closes the connection',
      async run(trial) {
        const client = await trial.client();
        await counts(trial, client, ['x']);
        return (await client.end()) === undefined ? NOT_CLOSED : undefined;
      },
    },
    {
      title: 'keeps the counts of several clients apart',
      async run(trial) {
        const [one, other] = [await trial.client(), await trial.client()];
        one.send('12345');
        if (!(await counts(trial, other, ['123']))) return MIXED;
        one.finish();
        return (await one.gets('5 bytes\n')) ? undefined : MIXED;
      },
    },
    {
      title: 'goes on after a client has reset its connection',
      async run(trial) {
        const victim = await trial.client();
        victim.send('x');
        await victim.staysSilent();
        victim.reset();
        return (await counts(trial, await trial.client(), ['four'])) ? undefined : RESET;
      },
      ended: RESET,
    },
    closesItsSockets(async (client) => {
      client.finish();
      await client.gets('0 bytes\n');
    }),
  ],
};
