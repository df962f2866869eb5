import type { Lesson } from '../kit/lesson.ts';
import { closesAfter, echo, sleepsAfterClientsHaveClosed, survivesReset } from '../kit/steps.ts';

const WRONG_ANSWER = 'Send the bytes that recv has returned back to the same client.';
const ALSO_WRITABLE =
  'Your program spins while its clients send nothing. register without a mask also asks for POLLOUT, and a socket is ' +
  'nearly always writable: call register(client, POLLIN).';
const SECONDS =
  'Your program wakes up hundreds of times a second without a reason: ' +
  'the timeout of poll is in milliseconds, the timeout of select is in seconds.';
const STILL_REGISTERED =
  'A client has closed its connection, and your program spins. poll reports POLLNVAL for a closed fd in its table, and ' +
  'POLLIN for a socket that you have not closed: unregister the client, and then close it.';

export const lesson: Lesson = {
  title: 'poll: one table instead of three lists',

  async demo(stage) {
    const a = await stage.connects('A', 'poll: listener: POLLIN');
    await stage.sends('A', a, 'hello', 'poll: client 1: POLLIN', '  recv: "hello"');
    stage.say('poll has a bit of its own for the end of the input, if the program asks for it');
    stage.say('(POLLRDHUP). A closed fd in the table is no error: poll reports POLLNVAL.');
    await stage.closes(
      'A',
      a,
      'poll: client 1: POLLIN | POLLRDHUP',
      '  recv: 0',
      '  closed',
      'poll: client 1: POLLNVAL',
      '  unreg',
    );
    stage.say('poll reports POLLERR and POLLHUP even if the program does not ask for them.');
    const b = await stage.connects('B', 'poll: listener: POLLIN');
    await stage.resets(
      'B',
      b,
      'poll: client 2: POLLIN | POLLERR',
      '  recv: ECONN',
      '  closed',
      'poll: client 2: POLLNVAL',
      '  unreg',
    );
  },

  steps: [
    {
      title: 'answers a client, and sleeps while the client sends nothing',
      async run(trial) {
        if (!(await trial.answers(await trial.client(), echo.sent, echo.wanted))) return WRONG_ANSWER;
        const { isCalm, sleepsPerSecond } = await trial.activityWhenIdle();
        if (isCalm) return undefined;
        // A loop that spins never sleeps.
        return sleepsPerSecond > 50 ? SECONDS : ALSO_WRITABLE;
      },
    },
    sleepsAfterClientsHaveClosed(echo, STILL_REGISTERED),
    {
      title: 'serves clients that get the fd numbers of clients that have closed',
      async run(trial) {
        for (let i = 0; i < 10; i++) {
          if (!(await trial.answersNewClient(`visit ${i}`, `visit ${i}`))) return STILL_REGISTERED;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
