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

const NOT_DRAINED =
  'Your program has not read all bytes, and epoll does not report them again: an edge-triggered event is reported once. ' +
  'Call recv until it throws BlockingIOError.';
const ONE_ACCEPT =
  'Several clients connected at the same moment, and only some were accepted. epoll reports an edge-triggered listener ' +
  'once: call accept until it throws BlockingIOError.';
const LEVEL = 'Your clients are not registered with EPOLLET. This exercise is about edge-triggered events.';

export const lesson: Lesson = {
  title: 'epoll: level-triggered and edge-triggered',

  async demo(stage) {
    const a = await stage.connects('A', 'accept: client 1 (level)');
    const b = await stage.connects('B', 'accept: client 2 (edge)');
    stage.say('Level-triggered: epoll reports the client as long as it has unread bytes.');
    const level = 'epoll: client 1 (level); recv(4): ';
    await stage.sends('A', a, '0123456789', `${level}"0123"`, `${level}"4567"`, `${level}"89"`);
    stage.say('Edge-triggered: epoll reports the client only when new bytes arrive.');
    const edge = 'epoll: client 2 (edge); recv(4): ';
    await stage.sends('B', b, '0123456789', `${edge}"0123"`);
    await stage.nothing();
    stage.say('Six bytes wait in the kernel, and epoll does not report them. A new byte:');
    await stage.sends('B', b, '!', `${edge}"4567"`);
    stage.say('With EPOLLET, a program has to read until the kernel has no more bytes.');
  },

  steps: [
    answersAndSleeps(echo, 'Send the bytes that recv has returned back to the same client.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveClosed(echo, STAYS_IN_THE_LIST),
    {
      title: 'registers its clients as edge-triggered',
      async run(trial) {
        const clients = 3;
        for (let i = 0; i < clients; i++) await trial.answers(await trial.client(), 'hello', 'hello');
        return trial.program.edgeTriggered() >= clients ? undefined : LEVEL;
      },
    },
    {
      title: 'reads all of 60,000 bytes that arrive as one event',
      async run(trial) {
        const bytes = 60_000;
        const client = await trial.client();
        await trial.answers(client, 'hello', 'hello');
        // While the program is stopped, all bytes become one event.
        trial.program.kill('SIGSTOP');
        client.send(Buffer.alloc(bytes, 'x'));
        trial.program.kill('SIGCONT');
        const received = await client.receiveBytes(bytes);
        trial.detail = `The client sent ${bytes} bytes at once, and received ${received}.`;
        return received === bytes ? undefined : NOT_DRAINED;
      },
    },
    {
      title: 'accepts all of five clients that connect as one event',
      async run(trial) {
        trial.program.kill('SIGSTOP');
        const clients = [];
        for (let i = 0; i < 5; i++) clients.push(await trial.client());
        trial.program.kill('SIGCONT');
        for (const client of clients) {
          if (!(await trial.answers(client, 'hello', 'hello'))) return ONE_ACCEPT;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
