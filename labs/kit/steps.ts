import type { Client } from './client.ts';
import type { Step } from './lesson.ts';

// The steps that several exercises share. A lesson passes its own sentences to them.

/** A message and its right answer, for steps that only test whether a client is served. */
export interface Exchange {
  sent: string;
  wanted: string;
}

export const echo: Exchange = { sent: 'hello', wanted: 'hello' };
export const upperCase: Exchange = { sent: 'hello\n', wanted: 'HELLO\n' };

/** The first step. No client has closed its connection yet, so a loop that spins has another reason: `spins`. */
export function answersAndSleeps({ sent, wanted }: Exchange, wrongAnswer: string, spins: string, ended?: string): Step {
  return {
    title: 'answers a client, and sleeps while the client sends nothing',
    async run(trial) {
      if (!(await trial.answers(await trial.client(), sent, wanted))) return wrongAnswer;
      return (await trial.isCalm()) ? undefined : spins;
    },
    ...(ended === undefined ? {} : { ended }),
  };
}

export function survivesReset({ sent, wanted }: Exchange): Step {
  const mistake =
    'When a client resets its connection, your program must go on serving the others: recv throws ConnectionResetError ' +
    'then. Catch this error, and close only that client.';
  return {
    title: 'goes on after a client has reset its connection',
    async run(trial) {
      const victim = await trial.client();
      await trial.answers(victim, sent, wanted);
      victim.reset();
      return (await trial.answersNewClient(sent, wanted)) ? undefined : mistake;
    },
    ended: mistake,
  };
}

export function sleepsAfterClientsHaveClosed({ sent, wanted }: Exchange, mistake: string): Step {
  return {
    title: 'sleeps after its clients have closed their connections',
    async run(trial) {
      for (let i = 0; i < 3; i++) await trial.answersNewClient(sent, wanted);
      return (await trial.isCalm()) ? undefined : mistake;
    },
    ended: mistake,
  };
}

export function closesItsSockets(visit: (client: Client) => Promise<unknown>): Step {
  return {
    title: 'closes its socket when a client has closed its connection',
    run: async (trial) =>
      (await trial.closesSockets(visit))
        ? undefined
        : 'Sockets stay open after their clients have closed their connections: call close() on each of them. ' +
          'Otherwise the process runs out of fds.',
  };
}

export function closesAfter({ sent, wanted }: Exchange): Step {
  return closesItsSockets(async (client) => {
    client.send(sent);
    await client.receives(wanted);
  });
}

/** The sentence for a program that does not remove the socket of a client that has closed its connection. */
export const STAYS_IN_THE_LIST =
  'A client has closed its connection, and your program spins: its socket stays readable forever. ' +
  'When recv returns 0 bytes, remove the socket from the list and close it.';

/** The sentence for a loop that calls select again and again without waiting. */
export const ASKS_WITHOUT_WAITING =
  'Your program spins although nobody sends anything. Let select wait: with a timeout of 0 it always returns at once.';
