import type { Client } from './client.ts';
import type { Step } from './lesson.ts';

/** What most exercises have in common: each is one step, with a lesson's own words where it matters. */

/** A message and its answer, for steps that only need to see that somebody is served. */
export interface Exchange {
  sent: string;
  wanted: string;
}

export const echo: Exchange = { sent: 'hello', wanted: 'hello' };
export const upperCase: Exchange = { sent: 'hello\n', wanted: 'HELLO\n' };

/** The first step: no client has left yet, so a loop that spins does so for another reason. */
export function answersAndSleeps({ sent, wanted }: Exchange, wrongAnswer: string, spins: string, ended?: string): Step {
  return {
    title: 'answers a client, and sleeps while it is silent',
    async run(trial) {
      if (!(await trial.answers(await trial.client(), sent, wanted))) return wrongAnswer;
      return (await trial.isCalm()) ? undefined : spins;
    },
    ...(ended === undefined ? {} : { ended }),
  };
}

export function survivesReset({ sent, wanted }: Exchange): Step {
  const mistake =
    'A client that resets its connection must not hurt the others: recv throws ConnectionResetError then. ' +
    'Catch it, and drop that client alone.';
  return {
    title: 'goes on after a client has reset its connection',
    async run(trial) {
      const victim = await trial.client();
      await trial.answers(victim, sent, wanted);
      victim.reset();
      return (await trial.answersNew(sent, wanted)) ? undefined : mistake;
    },
    ended: mistake,
  };
}

export function sleepsAfterClientsHaveLeft({ sent, wanted }: Exchange, mistake: string): Step {
  return {
    title: 'sleeps after its clients have left',
    async run(trial) {
      for (let i = 0; i < 3; i++) await trial.answersNew(sent, wanted);
      return (await trial.isCalm()) ? undefined : mistake;
    },
    ended: mistake,
  };
}

export function closesItsSockets(visit: (client: Client) => Promise<unknown>): Step {
  return {
    title: 'closes its side of a connection that is over',
    run: async (trial) =>
      (await trial.freesSockets(visit))
        ? undefined
        : 'Sockets stay open after their clients have left: call close() on each. The process runs out of fds otherwise.',
  };
}

export function closesAfter({ sent, wanted }: Exchange): Step {
  return closesItsSockets(async (client) => {
    client.send(sent);
    await client.gets(wanted);
  });
}

/** The sentence for a client that is left in the lists. */
export const STAYS_IN_THE_LIST =
  'A client has closed and your program spins: a closed socket stays readable for ever. ' +
  'When recv gives 0 bytes, take the socket out of the list and close it.';

/** The sentence for a loop that asks again and again. */
export const ASKS_WITHOUT_WAITING =
  'Your program spins although nobody sends anything. Let select wait: a timeout of 0 comes back at once, each time.';
