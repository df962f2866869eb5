import type { Lesson } from '../kit/lesson.ts';
import { closesAfter, echo, sleepsAfterClientsHaveLeft, survivesReset } from '../kit/steps.ts';

const WRONG_ANSWER = 'Send back what recv gave to the client that it came from.';
const ALSO_WRITABLE =
  'Your program spins while its clients are silent. register without a mask also asks for POLLOUT, and a socket is ' +
  'writable nearly always: register(client, POLLIN).';
const SECONDS =
  'Your program wakes up hundreds of times a second for nothing: poll takes milliseconds, select takes seconds.';
const STILL_REGISTERED =
  'A client has closed and your program spins. A closed fd in the table gives POLLNVAL each time, and one that is not ' +
  'closed POLLIN: unregister the client, and then close it.';

export const lesson: Lesson = {
  title: 'poll: one table instead of three lists',

  async demo(stage) {
    const a = await stage.connects('A', 'poll: listener: POLLIN');
    await stage.sends('A', a, 'hello', 'poll: client 1: POLLIN', '  recv: "hello"');
    stage.say('poll tells what select folds into "readable": the end of input has a bit of');
    stage.say('its own, for those who ask; a closed fd in the table is POLLNVAL, no error.');
    await stage.closes(
      'A',
      a,
      'poll: client 1: POLLIN | POLLRDHUP',
      '  recv: 0',
      '  closed',
      'poll: client 1: POLLNVAL',
      '  unreg',
    );
    stage.say('POLLERR and POLLHUP come without being asked for.');
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
      title: 'answers a client, and sleeps while it is silent',
      async run(trial) {
        if (!(await trial.answers(await trial.client(), echo.sent, echo.wanted))) return WRONG_ANSWER;
        const { isCalm, sleepsPerSecond } = await trial.idling();
        if (isCalm) return undefined;
        // A loop that spins never sleeps.
        return sleepsPerSecond > 50 ? SECONDS : ALSO_WRITABLE;
      },
    },
    sleepsAfterClientsHaveLeft(echo, STILL_REGISTERED),
    {
      title: 'serves clients that get the fd numbers of those who left',
      async run(trial) {
        for (let i = 0; i < 10; i++) {
          if (!(await trial.answersNew(`visit ${i}`, `visit ${i}`))) return STILL_REGISTERED;
        }
        return undefined;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
