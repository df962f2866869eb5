import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { describe, it } from 'node:test';

import type { Connection, DisconnectReason, Framing, ServerOptions } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { MovedClock } from '../../support/clock.ts';
import { backends, type Client, type Serving, serving } from '../../support/clients.ts';

type Unfinished = [rest: string, reason: DisconnectReason];

/** Serves, and records what becomes no message. The order of the calls is recorded, too. */
async function recording(
  options: Partial<ServerOptions>,
  test: (subject: Serving, client: Client) => Promise<void> | void,
): Promise<{ texts: string[]; unfinished: Unfinished[]; calls: string[]; counts: unknown }> {
  const unfinished: Unfinished[] = [];
  const calls: string[] = [];
  const onUnfinished: ServerOptions['onUnfinished'] = (rest, connection, reason) => {
    unfinished.push([rest.toString('latin1'), reason]);
    calls.push('onUnfinished');
    return options.onUnfinished?.(rest, connection, reason);
  };
  const onDisconnect = (): void => void calls.push('onDisconnect');
  let subject: Serving | undefined;
  await serving('epoll', { framing: 'line', ...options, onUnfinished, onDisconnect }, async (server) => {
    subject = server;
    using client = server.client();
    await test(server, client);
    await server.ended(1);
  });
  return { texts: subject!.texts, unfinished, calls, counts: subject!.server.stats().unfinished };
}

// A framing, and bytes that are one whole message and a part of the next.
const cutOff: [framing: Framing, sent: string, message: string, rest: string][] = [
  ['line', 'temp=20\ntemp=21', 'temp=20', 'temp=21'],
  [{ kind: 'line', keepDelimiter: true }, 'temp=20\r\ntemp=21\r', 'temp=20\r\n', 'temp=21\r'],
  [{ kind: 'delimiter', delimiter: '|=|' }, 'a|=|b|=', 'a', 'b|='],
  [{ kind: 'fixed', length: 3 }, 'abcde', 'abc', 'de'],
  [{ kind: 'lengthPrefixed', bytes: 2 }, '\0\x01a\0\x05hel', 'a', '\0\x05hel'],
  [{ kind: 'lengthPrefixed', bytes: 4 }, '\0\0\0\x01a\0', 'a', '\0'],
  ['netstring', '1:a,5:hel', 'a', '5:hel'],
  ['octet-counting', '1 a5 hel', 'a', '5 hel'],
  ['octet-counting', '<1>a\n<2>b', '<1>a', '<2>b'],
  [(bytes) => bytes[0]! - 48, '2a3b', '2a', '3b'],
];

describe('a message that the end cuts off', () => {
  for (const [framing, sent, message, rest] of cutOff) {
    const name = typeof framing === 'function' ? 'a function' : JSON.stringify(framing);
    for (const what of ['eof', 'reset'] as const) {
      it(`is no message, and goes to onUnfinished: ${name}, ${what}`, async () => {
        const result = await recording({ framing }, async (subject, client) => {
          client.send(Buffer.from(sent, 'latin1'));
          await until(() => subject.connections[0]?.unfinishedBytes === rest.length);
          if (what === 'eof') client.finish();
          else client.reset();
        });
        assert.deepEqual(result.texts, [message]);
        assert.deepEqual(result.unfinished, [[rest, what]]);
        assert.deepEqual(result.calls, ['onUnfinished', 'onDisconnect']);
        assert.deepEqual(result.counts, { [what]: 1 });
      });
    }
  }

  const clock = new MovedClock();
  const ends: [reason: DisconnectReason, options: Partial<ServerOptions>, end: (subject: Serving) => unknown][] = [
    ['message-timeout', { clock, timeoutSeconds: 0.02 }, (subject) => clock.move(61, subject)],
    [
      'closed',
      {},
      ({ connections }) => {
        connections[0]!.close();
      },
    ],
    [
      'too-large',
      {},
      ({ connections }) => {
        connections[0]!.close('too-large');
      },
    ],
    [
      'drain-deadline',
      { drainSeconds: 0.05 },
      ({ server }) => {
        server.shutdown();
      },
    ],
    [
      'closed',
      {},
      ({ server }) => {
        server.close();
      },
    ],
  ];
  for (const [reason, options, end] of ends) {
    it(`goes to onUnfinished, whatever the end is: ${reason}`, async () => {
      const result = await recording(options, async (subject, client) => {
        client.send('half');
        await until(() => subject.connections[0]?.unfinishedBytes === 4);
        await end(subject);
      });
      assert.deepEqual(result.unfinished, [['half', reason]]);
      assert.deepEqual(result.texts, []);
    });
  }

  it('is the message of the framing eof only when the peer has ended in order', async () => {
    const whole = await recording({ framing: 'eof' }, (_, client) => {
      client.send('all');
      client.finish();
    });
    assert.deepEqual([whole.texts, whole.unfinished], [['all'], []]);
    const cut = await recording({ framing: 'eof' }, async (subject, client) => {
      client.send('a part');
      await until(() => subject.connections[0]?.unfinishedBytes === 6);
      client.reset();
    });
    assert.deepEqual([cut.texts, cut.unfinished], [[], [['a part', 'reset']]]);
  });

  it('includes the bytes that are malformed or too long, and what came behind them', async () => {
    const malformed = await recording({ framing: 'netstring' }, (_, client) => {
      client.send('1:a,GET / HTTP/1.1');
    });
    assert.deepEqual([malformed.texts, malformed.unfinished], [['a'], [['GET / HTTP/1.1', 'malformed']]]);
    const long = await recording({ maxMessageBytes: 4 }, (_, client) => {
      client.send('one\nmuch too long\nthree\n');
    });
    assert.deepEqual([long.texts, long.unfinished], [['one'], [['much too long\nthree\n', 'too-large']]]);
  });

  it('includes a PROXY header that is not complete', async () => {
    const result = await recording({ proxyProtocol: true, onConnection: undefined }, async (_, client) => {
      client.send('PROXY TCP4 ');
      await setTimeout(20);
      client.finish();
    });
    assert.deepEqual(result.unfinished, [['PROXY TCP4 ', 'eof']]);
    const malformed = await recording({ proxyProtocol: true }, (_, client) => {
      client.send('no header\n');
    });
    assert.deepEqual(malformed.unfinished, [['no header\n', 'malformed']]);
  });

  it('includes messages that were received and not delivered, because a handler has closed the connection', async () => {
    const onMessage = (_: Buffer, connection: Connection): void => {
      connection.close();
    };
    const result = await recording({ onMessage }, (_, client) => {
      client.send('one\ntwo\nthr');
    });
    assert.deepEqual([result.texts, result.unfinished], [['one'], [['two\nthr', 'closed']]]);
  });

  it('includes the messages behind one whose handler has thrown', async () => {
    const onMessage = (): void => {
      throw new Error('broken');
    };
    const result = await recording({ onMessage }, (_, client) => {
      client.send('one\ntwo\n');
    });
    assert.deepEqual([result.texts, result.unfinished], [['one'], [['two\n', 'error']]]);
  });

  it('includes the bytes of a recv after which another client has closed the connection', async () => {
    const result = await recording(
      {
        onMessage: (message, connection) => {
          // One turn receives for both clients before it calls the first handler.
          if (String(message) === 'close the others') {
            for (const other of all) if (other !== connection) other.close();
          }
        },
      },
      async (subject, client) => {
        using second = subject.client();
        await subject.connected(2);
        all.push(...subject.connections);
        client.send('close the others\n');
        second.send('lost\n');
        await subject.ended(1);
        client.finish();
        await subject.ended(2);
      },
    );
    assert.deepEqual(result.unfinished, [['lost\n', 'closed']]);
  });
  const all: Connection[] = [];

  it('comes after the async handlers of the messages before it, and can be answered', async () => {
    const calls: string[] = [];
    const result = await recording(
      {
        onMessage: async (message) => {
          await setTimeout(10);
          calls.push(String(message));
        },
        onUnfinished: async (rest, connection) => {
          calls.push(`unfinished ${rest.toString()}`);
          await setTimeout(10);
          connection.write('taken');
        },
      },
      async (_, client) => {
        client.send('one\ntwo\nthr');
        client.finish();
        assert.equal(String(await client.receive(5)), 'taken');
      },
    );
    assert.deepEqual(calls, ['one', 'two', 'unfinished thr']);
    assert.deepEqual(result.counts, { eof: 1 });
  });

  it('ends the connection with an error when its handler fails, and is reported only once', async () => {
    const errors: unknown[] = [];
    const result = await recording(
      {
        onUnfinished: () => {
          throw new Error('broken');
        },
        onError: (error) => void errors.push(error),
      },
      (_, client) => {
        client.send('half');
        client.finish();
      },
    );
    assert.deepEqual([result.unfinished, errors.length], [[['half', 'eof']], 1]);
  });
});

describe('a connection', () => {
  for (const backend of backends) {
    it(`tells when its last message came, and since when how many bytes are unfinished (${backend})`, async () => {
      const clock = new MovedClock();
      await serving(backend, { framing: 'line', clock, timeoutSeconds: 0.02 }, async (subject) => {
        using client = subject.client();
        await subject.connected(1);
        const [connection] = subject.connections;
        assert.ok(connection);
        const { acceptedMs } = connection;
        assert.deepEqual(
          [connection.lastMessageMs, connection.unfinishedBytes, connection.unfinishedSinceMs],
          [0, 0, 0],
        );
        await clock.move(1, subject);
        client.send('one\ntw');
        await subject.received(1);
        await until(() => connection.unfinishedBytes === 2);
        await clock.move(2, subject);
        client.send('o');
        await until(() => connection.unfinishedBytes === 3);
        assert.deepEqual(
          [connection.lastMessageMs - acceptedMs, connection.unfinishedSinceMs - acceptedMs, connection.messages],
          [1000, 1000, 1],
        );
        client.send('\n');
        await until(() => connection.lastMessageMs - acceptedMs === 3000);
        assert.deepEqual([connection.unfinishedBytes, connection.unfinishedSinceMs], [0, 0]);
      });
    });
  }

  it('counts no byte as unfinished whose message a handler is working on', async () => {
    const seen: number[] = [];
    const onMessage = (_: Buffer, connection: Connection): void => void seen.push(connection.unfinishedBytes);
    await serving('epoll', { framing: 'line', onMessage }, async (subject) => {
      using client = subject.client('one\ntwo\nthr');
      await subject.received(2);
      client.finish();
    });
    assert.deepEqual(seen, [7, 3]);
  });

  it('keeps the time since which a message is unfinished, however long the connection is paused', async () => {
    const clock = new MovedClock();
    await serving('epoll', { framing: 'line', clock, timeoutSeconds: 0.02 }, async (subject) => {
      using client = subject.client('half');
      await until(() => subject.connections[0]?.unfinishedBytes === 4);
      const [connection] = subject.connections;
      const { unfinishedSinceMs } = connection!;
      connection!.pause();
      await clock.move(100, subject);
      assert.equal(connection!.unfinishedSinceMs, unfinishedSinceMs);
      assert.equal(connection!.closed, false);
      connection!.resume();
      client.finish();
    });
  });
});
