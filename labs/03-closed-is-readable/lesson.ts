import type { Client } from '../kit/client.ts';
import type { Lesson } from '../kit/lesson.ts';
import { ASKS_WITHOUT_WAITING, closesItsSockets, STAYS_IN_THE_LIST } from '../kit/steps.ts';
import type { Trial } from '../kit/trial.ts';

const NOT_CLOSED =
  'The client has received its count, but the connection is still open: a client that waits for the end waits forever. ' +
  'Removing a socket from the list does not close it: call close().';
const WRONG_COUNT =
  'The count is wrong or missing. The client has finished when recv returns 0 bytes, and not before; ' +
  'it can still receive then.';
const MIXED = 'A count includes the bytes of two clients: keep one count for each client.';
const RESET =
  'When a client resets its connection, your program must go on serving the others: recv throws ConnectionResetError then. ' +
  'Catch this error, and close only that client.';

// The client sends all parts, shuts down its sending side, and expects the right count.
async function counts(trial: Trial, client: Client, parts: string[]): Promise<boolean> {
  const bytes = Buffer.byteLength(parts.join(''));
  for (const part of parts) {
    client.send(part);
    if (!(await client.receivesNothing())) return false;
  }
  client.finishSending();
  const right = await client.receives(`${bytes} bytes\n`);
  trial.detail = right
    ? ''
    : `The client sent ${bytes} bytes and finished. It received ${JSON.stringify(client.pending.toString())}.`;
  return right;
}

export const lesson: Lesson = {
  title: 'Why a closed socket is readable',

  async demo(stage) {
    const a = await stage.connects('A', 'accept: client 1');
    await stage.sends('A', a, 'hi', 'readable: client 1; recv: "hi"');
    stage.say('recv would not block now: it would return 0 bytes, which means the end.');
    stage.say('Therefore A is readable. A stays readable, because the end stays the end.');
    await stage.closes('A', a, 'readable: client 1; recv: 0', '…', 'client 1: sent');
    stage.say('A client may close only its sending side (shutdown). It can still receive.');
    const b = await stage.connects('B', 'accept: client 2');
    const finish = (): void => {
      b.finishSending();
    };
    await stage.does('B shuts down its sending side', finish, 'readable: client 2; recv: 0', '…', 'client 2: sent');
    await stage.does('B receives: "goodbye"', () => b.receives('goodbye\n'));
    stage.say('A connection that was reset is readable, too: recv throws an error.');
    const c = await stage.connects('C', 'accept: client 3');
    await stage.resets('C', c, 'readable: client 3; recv: ECONNRESET');
  },

  steps: [
    {
      title: 'sleeps while a client sends nothing',
      async run(trial) {
        await trial.client();
        return (await trial.isCalm()) ? undefined : ASKS_WITHOUT_WAITING;
      },
    },
    {
      title: 'sends a client the number of its bytes when it has finished',
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
      title: 'closes the connection after the count',
      async run(trial) {
        const client = await trial.client();
        await counts(trial, client, ['x']);
        return (await client.waitForEnd()) === undefined ? NOT_CLOSED : undefined;
      },
    },
    {
      title: 'keeps the counts of several clients apart',
      async run(trial) {
        const [one, other] = [await trial.client(), await trial.client()];
        one.send('12345');
        if (!(await counts(trial, other, ['123']))) return MIXED;
        one.finishSending();
        return (await one.receives('5 bytes\n')) ? undefined : MIXED;
      },
    },
    {
      title: 'goes on after a client has reset its connection',
      async run(trial) {
        const victim = await trial.client();
        victim.send('x');
        await victim.receivesNothing();
        victim.reset();
        return (await counts(trial, await trial.client(), ['four'])) ? undefined : RESET;
      },
      ended: RESET,
    },
    closesItsSockets(async (client) => {
      client.finishSending();
      await client.receives('0 bytes\n');
    }),
  ],
};
