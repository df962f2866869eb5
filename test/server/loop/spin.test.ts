import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, ServerOptions } from '../../../src/server.ts';
import { MSG_OOB } from '../../../src/socket.ts';
import { assertRest, backends, type Client, serving, shrinkBuffers } from '../../support/clients.ts';
import { temporaryFolder } from '../../support/socket-pairs.ts';

const TIMEOUT_SECONDS = 0.1;
const REST_MS = 500;
const folder = temporaryFolder();

interface State {
  options?: Partial<ServerOptions>;
  prepare?: (connection: Connection, client: Client) => void;
  /** Whether the client has ended its side, so that it cannot send. */
  finished?: boolean;
}

const pending = (connection: Connection): void => {
  shrinkBuffers(connection);
  connection.write(Buffer.alloc(8_000_000));
};

const states: Readonly<Record<string, State>> = {
  'that is read from': {},
  'that is paused': {
    prepare: (connection) => {
      connection.pause();
    },
  },
  'that is paused and not watched': {
    prepare: (connection, client) => {
      connection.pause();
      client.send('found ready');
    },
  },
  'whose handler is busy': {
    options: { onMessage: () => setTimeout(REST_MS * 2) },
    prepare: (_, client) => {
      client.send('x');
    },
  },
  'with buffered output': { prepare: pending },
  'with buffered output, below highWaterBytes': { options: { highWaterBytes: 0 }, prepare: pending },
  'with buffered output, and paused': {
    prepare: (connection) => {
      pending(connection);
      connection.pause();
    },
  },
  'that is half-open': {
    options: { allowHalfOpen: true },
    prepare: (_, client) => {
      client.finish();
    },
    finished: true,
  },
  'that is half-open, with buffered output': {
    options: { allowHalfOpen: true, highWaterBytes: 0 },
    prepare: (connection, client) => {
      pending(connection);
      client.finish();
    },
    finished: true,
  },
  'whose output has ended': {
    prepare: (connection) => {
      connection.end();
    },
  },
  'whose output has ended, and paused': {
    prepare: (connection) => {
      connection.end();
      connection.pause();
    },
  },
  'with a handler of urgent bytes': { options: { onExceptional: () => undefined } },
  'with a handler of urgent bytes, and paused': {
    options: { onExceptional: () => undefined },
    prepare: (connection) => {
      connection.pause();
    },
  },
};

const acts: Readonly<Record<string, (client: Client) => void>> = {
  'does nothing': () => undefined,
  sends: (client) => {
    client.send('x');
  },
  'sends an urgent byte': (client) => {
    client.socket.send(Buffer.from('!'), MSG_OOB);
  },
  'ends its side': (client) => {
    client.finish();
  },
  closes: (client) => {
    client.close();
  },
  'sends and closes': (client) => {
    client.send('x');
    client.close();
  },
  resets: (client) => {
    client.reset();
  },
};

const sending = new Set(['sends', 'sends an urgent byte', 'ends its side', 'sends and closes']);
const tcpOnly = new Set(['sends an urgent byte', 'resets']);
let sockets = 0;

for (const backend of backends) {
  for (const family of ['TCP', 'a Unix socket']) {
    describe(`on ${backend}, over ${family}, a connection`, { concurrency: true }, () => {
      for (const [state, { options, prepare, finished }] of Object.entries(states)) {
        it(`${state} causes no needless turns, whatever its client does`, async () => {
          const possible = Object.entries(acts).filter(
            ([act]) => !(finished && sending.has(act)) && !(family !== 'TCP' && tcpOnly.has(act)),
          );
          await Promise.all(
            possible.map(async ([act, perform]) => {
              const address = family === 'TCP' ? (['127.0.0.1', 0] as const) : join(folder, `s${sockets++}`);
              const all = { address, timeoutSeconds: TIMEOUT_SECONDS, drainSeconds: 5, ...options };
              await serving(backend, all, async (subject) => {
                using client = subject.client();
                await subject.connected(1);
                prepare?.(subject.connections[0]!, client);
                await setTimeout(50);
                perform(client);
                // The turns that the act itself needs do not count.
                await setTimeout(50);
                await assertRest(subject, TIMEOUT_SECONDS, REST_MS, `client ${act}`);
                using _other = subject.client();
                await subject.connected(2);
                assert.deepEqual(subject.errors, []);
                // A shutdown would wait for a connection that is paused or busy until the drain deadline.
                for (const connection of subject.connections) connection.close();
              });
            }),
          );
        });
      }
    });
  }
}
