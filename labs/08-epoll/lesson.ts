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

const NOT_DRAINED =
  'Bytes were left unread, and nobody will tell you of them again: an edge-triggered event comes once. ' +
  'Call recv until it throws BlockingIOError.';
const ONE_ACCEPT =
  'Of several clients that came at the same moment only some were accepted. An edge-triggered listener is reported once: ' +
  'call accept until it throws BlockingIOError.';
const LEVEL = 'Your clients are not registered with EPOLLET; this exercise is about edge-triggered events.';

export const lesson: Lesson = {
  title: 'epoll, level and edge',

  async demo(stage) {
    const a = await stage.connects('A', 'accept: client 1 (level)');
    const b = await stage.connects('B', 'accept: client 2 (edge)');
    stage.say('Level-triggered: reported as long as bytes are there.');
    const level = 'epoll: client 1 (level); recv(4): ';
    await stage.sends('A', a, '0123456789', `${level}"0123"`, `${level}"4567"`, `${level}"89"`);
    stage.say('Edge-triggered: reported when bytes come, and only then.');
    const edge = 'epoll: client 2 (edge); recv(4): ';
    await stage.sends('B', b, '0123456789', `${edge}"0123"`);
    await stage.nothing();
    stage.say('Six bytes lie in the kernel, and nobody is told. One more byte is an edge:');
    await stage.sends('B', b, '!', `${edge}"4567"`);
    stage.say('So with EPOLLET a program has to read until the kernel has no more.');
  },

  steps: [
    answersAndSleeps(echo, 'Send back what recv gave to the client that it came from.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveLeft(echo, STAYS_IN_THE_LIST),
    {
      title: 'registers its clients edge-triggered',
      async run(trial) {
        const clients = 3;
        for (let i = 0; i < clients; i++) await trial.answers(await trial.client(), 'hello', 'hello');
        return trial.program.edgeTriggered() >= clients ? undefined : LEVEL;
      },
    },
    {
      title: 'reads all of 60,000 bytes that came as one event',
      async run(trial) {
        const bytes = 60_000;
        const client = await trial.client();
        await trial.answers(client, 'hello', 'hello');
        // While the program stands still, all of it becomes one event.
        trial.program.kill('SIGSTOP');
        client.send(Buffer.alloc(bytes, 'x'));
        trial.program.kill('SIGCONT');
        const taken = await client.takes(bytes);
        trial.detail = `The client sent ${bytes} bytes at once, and got ${taken} back.`;
        return taken === bytes ? undefined : NOT_DRAINED;
      },
    },
    {
      title: 'accepts all of five clients that came as one event',
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
