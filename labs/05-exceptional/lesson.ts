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

const UNSEEN =
  "The urgent byte was not answered with 'urgent !'. The socket has to be in the third list, and where it is reported there, " +
  'recv(1, MSG_OOB) gets the byte: before any other recv, which would lose it.';
const AS_DATA =
  'The urgent byte was read as if it were ordinary data. Leave SO_OOBINLINE alone, and get the byte with recv(1, MSG_OOB).';
const AS_ERROR =
  'The connection was closed after an urgent byte. Exceptional is not an error: errors make a socket readable, and recv throws them.';

export const lesson: Lesson = {
  title: 'Exceptional is not error: the urgent byte',

  async demo(stage) {
    const a = await stage.connects('A', 'readable: listener', '  accept');
    await stage.sends('A', a, 'data', 'readable: client 1; exceptional: -', '  recv(1024)');
    const urgent = (text: string) => (): void => {
      a.sendUrgent(text);
    };
    stage.say('An urgent byte: not readable, exceptional.');
    await stage.does('A sends "!" as urgent', urgent('!'), 'readable: -; exceptional: client 1', '  recv(1, MSG_OOB)');
    stage.say('Ordinary bytes with an urgent one at the end: both, and it is not among them.');
    await stage.does(
      'A sends "stop?" with the last byte urgent',
      urgent('stop?'),
      'readable: client 1',
      '  recv(1, M',
      '  recv(1024)',
    );
    stage.say('And an error? Readable, like everything that recv has to say.');
    await stage.resets('A', a, 'readable: client 1; exceptional: -', '  recv(1024): ECONN');
  },

  steps: [
    answersAndSleeps(echo, 'Ordinary bytes go back as they came.', ASKS_WITHOUT_WAITING),
    sleepsAfterClientsHaveLeft(echo, STAYS_IN_THE_LIST),
    {
      title: "answers an urgent byte with 'urgent !' and a line end",
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('!');
        if (await client.gets('urgent !\n')) return undefined;
        if (client.pending.toString() === '!') return AS_DATA;
        return client.ended === undefined ? UNSEEN : AS_ERROR;
      },
      ended: UNSEEN,
    },
    {
      title: 'goes on with that client',
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('?');
        await client.gets('urgent ?\n');
        return (await trial.answers(client, 'more', 'more')) ? undefined : AS_ERROR;
      },
    },
    {
      title: 'keeps an urgent byte apart from the ordinary ones before it',
      async run(trial) {
        const client = await trial.client();
        client.sendUrgent('ab!');
        // Which answer comes first is up to the program.
        await client.gathers('urgent !\nab'.length);
        const text = client.pending.toString();
        trial.detail = `The client sent "ab" and an urgent "!", and got ${JSON.stringify(text)}.`;
        if (text === 'urgent !\nab' || text === 'aburgent !\n') return undefined;
        return text.includes('urgent !') ? AS_DATA : UNSEEN;
      },
    },
    survivesReset(echo),
    closesAfter(echo),
  ],
};
