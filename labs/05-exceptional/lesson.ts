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

const UNSEEN =
  "The urgent byte was not answered with 'urgent !'. Put the socket into the third list. When select returns it there, " +
  'recv(1, MSG_OOB) returns the byte. Call it before any other recv, which would lose the byte.';
const AS_DATA =
  'The urgent byte was read as if it were an ordinary byte. Do not set SO_OOBINLINE, and read the byte with recv(1, MSG_OOB).';
const AS_ERROR =
  'The connection was closed after an urgent byte. Exceptional is not an error: ' +
  'a socket with an error is readable, and recv throws the error.';

export const lesson: Lesson = {
  title: 'Exceptional is not an error: the urgent byte',

  async demo(stage) {
    const a = await stage.connects('A', 'readable: listener', '  accept');
    await stage.sends('A', a, 'data', 'readable: client 1; exceptional: -', '  recv(1024)');
    const urgent = (text: string) => (): void => {
      a.sendUrgent(text);
    };
    stage.say('After an urgent byte, the socket is exceptional and not readable.');
    await stage.does('A sends "!" as urgent', urgent('!'), 'readable: -; exceptional: client 1', '  recv(1, MSG_OOB)');
    stage.say('After ordinary and urgent bytes, it is both. recv skips the urgent byte.');
    await stage.does(
      'A sends "stop?" with the last byte urgent',
      urgent('stop?'),
      'readable: client 1',
      '  recv(1, M',
      '  recv(1024)',
    );
    stage.say('After an error, the socket is readable, because recv reports the error.');
    await stage.resets('A', a, 'readable: client 1; exceptional: -', '  recv(1024): ECONN');
  },

  steps: [
    answersAndSleeps(echo, 'Send ordinary bytes back unchanged.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveClosed(echo, STAYS_IN_THE_LIST),
    {
      title: "answers an urgent byte with 'urgent !' and a newline",
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('!');
        if (await client.receives('urgent !\n')) return undefined;
        if (client.pending.toString() === '!') return AS_DATA;
        return client.ended === undefined ? UNSEEN : AS_ERROR;
      },
      ended: UNSEEN,
    },
    {
      title: 'goes on serving that client',
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('?');
        await client.receives('urgent ?\n');
        return (await trial.answers(client, 'more', 'more')) ? undefined : AS_ERROR;
      },
    },
    {
      title: 'separates an urgent byte from the ordinary bytes before it',
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('ab!');
        // Both orders of the two answers are right.
        await client.waitForBytes('urgent !\nab'.length);
        const text = client.pending.toString();
        trial.detail = `The client sent "ab" and an urgent "!", and received ${JSON.stringify(text)}.`;
        if (text === 'urgent !\nab' || text === 'aburgent !\n') return undefined;
        return text.includes('urgent !') ? AS_DATA : UNSEEN;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
