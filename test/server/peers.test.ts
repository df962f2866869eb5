import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DatagramServer, type PeerStats, type ServerOptions, type Silence } from '../../src/server.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { until } from '../support/child.ts';
import { MovedClock } from '../support/clock.ts';
import { backends, Client, type Serving, serving } from '../support/clients.ts';

const LIMIT_SECONDS = 10;

/** Serves with a moved clock, and records what onSilence is called with: '+ host' or '- host', with 'client' for one client. */
async function watched(
  options: Partial<ServerOptions>,
  test: (subject: Serving, calls: string[], clock: MovedClock) => Promise<void>,
  backend = backends[2]!,
): Promise<void> {
  const clock = new MovedClock();
  const calls: string[] = [];
  const onSilence = ({ host, connection, isOver }: Silence): void => {
    calls.push(`${isOver ? '-' : '+'} ${host}${connection === undefined ? '' : ' client'}`);
  };
  const settings = {
    framing: 'line',
    clock,
    timeoutSeconds: 0.02,
    expectEverySeconds: LIMIT_SECONDS,
    onSilence,
  } as const;
  await serving(backend, { ...settings, ...options }, (subject) => test(subject, calls, clock));
}

const hosts = (peers: PeerStats[]): string[] => peers.map(({ host, messages }) => `${host} ${messages}`);

describe('expectEverySeconds', () => {
  for (const backend of backends) {
    it(`reports an address once when it is silent, and once when it is back (${backend})`, async () => {
      await watched(
        {},
        async (subject, calls, clock) => {
          using client = subject.client('one\n');
          await subject.received(1);
          await clock.move(LIMIT_SECONDS - 1, subject);
          assert.deepEqual(calls, []);
          await clock.move(2, subject);
          await clock.move(2, subject);
          assert.deepEqual(calls, ['+ 127.0.0.1']);
          assert.equal(subject.server.stats().silent, 1);
          client.send('half');
          await until(() => subject.connections[0]!.unfinishedBytes === 4);
          await clock.move(2, subject);
          assert.deepEqual(calls, ['+ 127.0.0.1']);
          client.send('\n');
          await subject.received(2);
          await clock.move(2, subject);
          assert.deepEqual(calls, ['+ 127.0.0.1', '- 127.0.0.1']);
          assert.equal(subject.server.stats().silent, 0);
        },
        backend,
      );
    });
  }

  it('reports an address whose client has gone, and not again when it connects and sends nothing', async () => {
    await watched({}, async (subject, calls, clock) => {
      using first = subject.client('one\n');
      first.finish();
      await subject.ended(1);
      await clock.move(LIMIT_SECONDS + 1, subject);
      assert.deepEqual(calls, ['+ 127.0.0.1']);
      using second = subject.client();
      await subject.connected(2);
      await clock.move(LIMIT_SECONDS + 1, subject);
      assert.deepEqual(calls, ['+ 127.0.0.1']);
      second.send('two\n');
      await subject.received(2);
      await clock.move(1, subject);
      assert.deepEqual(calls, ['+ 127.0.0.1', '- 127.0.0.1']);
    });
  });

  it('reports one client of an address whose other client speaks, and a client that has never sent a message', async () => {
    await watched({}, async (subject, calls, clock) => {
      using quiet = subject.client('one\n');
      using talker = subject.client('one\n');
      using mute = new Client(subject.server.address(), '', '127.0.0.2');
      await subject.received(2);
      await subject.connected(3);
      await clock.move(LIMIT_SECONDS - 1, subject);
      talker.send('two\n');
      await subject.received(3);
      await clock.move(2, subject);
      assert.deepEqual(calls.sort(), ['+ 127.0.0.1 client', '+ 127.0.0.2 client']);
      quiet.send('back\n');
      await subject.received(4);
      await clock.move(1, subject);
      assert.equal(calls.at(-1), '- 127.0.0.1 client');
      assert.equal(subject.server.stats().silent, 1);
      mute.finish();
      await subject.ended(1);
      assert.equal(subject.server.stats().silent, 0);
    });
  });

  it('does not count the time in which the server did not read from the client', async () => {
    await watched({}, async (subject, calls, clock) => {
      using client = subject.client('one\n');
      await subject.received(1);
      subject.connections[0]!.pause();
      await clock.move(LIMIT_SECONDS + 1, subject);
      subject.connections[0]!.resume();
      await clock.move(LIMIT_SECONDS - 1, subject);
      assert.deepEqual(calls, []);
      await clock.move(2, subject);
      assert.deepEqual(calls, ['+ 127.0.0.1']);
      // A pause does not end a silence.
      subject.connections[0]!.pause();
      await clock.move(1, subject);
      assert.deepEqual(calls, ['+ 127.0.0.1']);
      subject.connections[0]!.resume();
      client.finish();
    });
  });

  it('reports the addresses of datagrams', async () => {
    const clock = new MovedClock();
    const calls: string[] = [];
    let ticks = 0;
    const server = new DatagramServer({
      address: ['127.0.0.1', 0],
      ...{ clock, timeoutSeconds: 0.02, expectEverySeconds: LIMIT_SECONDS },
      onMessage: () => undefined,
      onTick: () => ticks++,
      onSilence: ({ host, isOver }) => calls.push(`${isOver ? '-' : '+'} ${host}`),
    });
    const served = server.serveForever();
    const move = async (seconds: number): Promise<void> => {
      clock.advance(seconds);
      const before = ticks;
      await until(() => ticks >= before + 2);
    };
    try {
      const client = new Socket(AF_INET, SOCK_DGRAM);
      const send = (): number => client.sendto(Buffer.from('12'), server.address() as [string, number]);
      send();
      await until(() => server.stats().messages === 1);
      await move(LIMIT_SECONDS + 1);
      assert.deepEqual(calls, ['+ 127.0.0.1']);
      send();
      await until(() => server.stats().messages === 2);
      await move(2);
      assert.deepEqual(calls, ['+ 127.0.0.1', '- 127.0.0.1']);
      const [peer] = server.peers();
      assert.deepEqual([peer!.host, peer!.messages, peer!.bytes, peer!.isSilent], ['127.0.0.1', 2, 4, false]);
      client.close();
    } finally {
      server.close();
      await served;
    }
  });
});

describe('peers()', () => {
  it('has the statistics of each address, those of clients that have gone included', async () => {
    await watched({}, async (subject, _, clock) => {
      using first = subject.client('one\ntwo\n');
      await subject.received(2);
      const { acceptedMs } = subject.connections[0]!;
      first.finish();
      await subject.ended(1);
      await clock.move(3, subject);
      using second = subject.client('three\nfo');
      using other = new Client(subject.server.address(), 'x\n', '127.0.0.2');
      await subject.received(4);
      await until(() => subject.server.peers()[0]!.unfinishedBytes === 2);
      const lastMessageMs = acceptedMs + 3000;
      const one = { clients: 1, lastMessageMs, isSilent: false };
      assert.deepEqual(subject.server.peers(), [
        { ...one, host: '127.0.0.1', messages: 3, bytes: 16, unfinishedBytes: 2 },
        { ...one, host: '127.0.0.2', messages: 1, bytes: 2, unfinishedBytes: 0 },
        { host: 'other', clients: 0, messages: 0, bytes: 0, lastMessageMs: 0, unfinishedBytes: 0, isSilent: false },
      ]);
      second.finish();
      other.finish();
    });
  });

  it('keeps at most maxPeers addresses: it forgets the oldest that has no client, and adds up what it has sent', async () => {
    await watched({ maxPeers: 2 }, async (subject, _, clock) => {
      const visit = async (host: string): Promise<void> => {
        const { length } = subject.reasons;
        using client = new Client(subject.server.address(), 'x\n', host);
        client.finish();
        await subject.ended(length + 1);
        await clock.move(1, subject);
      };
      using stays = new Client(subject.server.address(), 'x\n', '127.0.0.1');
      await subject.received(1);
      await clock.move(1, subject);
      await visit('127.0.0.2');
      await visit('127.0.0.3');
      assert.deepEqual(hosts(subject.server.peers()), ['127.0.0.1 1', '127.0.0.3 1', 'other 1']);
      using alsoStays = new Client(subject.server.address(), 'x\n', '127.0.0.4');
      await subject.received(4);
      await clock.move(1, subject);
      await visit('127.0.0.5');
      assert.deepEqual(hosts(subject.server.peers()), ['127.0.0.1 1', '127.0.0.4 1', 'other 3']);
      stays.finish();
      alsoStays.finish();
    });
  });

  it('adds up everything when maxPeers is 0, and does not remember who sends no message', async () => {
    await watched({ maxPeers: 0 }, async (subject) => {
      using client = subject.client('x\n');
      await subject.received(1);
      assert.deepEqual(hosts(subject.server.peers()), ['other 1']);
      client.finish();
    });
    await watched({}, async (subject) => {
      using client = subject.client('half');
      await until(() => subject.connections[0]?.unfinishedBytes === 4);
      const [others] = subject.server.peers();
      assert.deepEqual([others!.host, others!.bytes, others!.unfinishedBytes], ['other', 4, 4]);
      client.finish();
    });
  });
});
