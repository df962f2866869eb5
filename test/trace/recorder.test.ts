import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { poll, POLLERR, POLLIN, POLLOUT, POLLPRI, select } from '../../src/select.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE } from '../../src/selectors.ts';
import type { Connection, TurnRecord } from '../../src/server.ts';
import { MSG_OOB, SO_ERROR, SO_LINGER, SOL_SOCKET } from '../../src/socket.ts';
import { errnoOf } from '../../src/system/errors.ts';
import * as sys from '../../src/sys.ts';
import { QueueSampler, type SampledFds } from '../../src/trace/queue-sampler.ts';
import { LiveTrace } from '../../src/watch/live-trace.ts';
import { parseHeader, parseLine } from '../../src/trace/parser.ts';
import { Recorder } from '../../src/trace/recorder.ts';
import { MAX_FD, type TraceHeader, type TurnLine } from '../../src/trace/format.ts';
import { TraceState } from '../../src/trace/trace-state.ts';
import { until } from '../support/child.ts';
import { backends } from '../support/clients.ts';
import { check, Fds } from '../support/fds.ts';
import { recording } from '../support/watch.ts';

type Ready = readonly (readonly [fd: number, events: number, revents?: number])[];

// What the kernel itself says now of the fds of a turn.
function readyBySelect(interest: ReadonlyMap<number, number>): Ready {
  const asked = (bit: number): number[] => [...interest].filter(([, events]) => (events & bit) !== 0).map(([fd]) => fd);
  const sets = select(asked(EVENT_READ), asked(EVENT_WRITE), asked(EVENT_EXCEPTIONAL), 0);
  const ready = new Map<number, number>();
  for (const [index, bit] of [EVENT_READ, EVENT_WRITE, EVENT_EXCEPTIONAL].entries()) {
    for (const fd of sets[index]!) ready.set(fd, (ready.get(fd) ?? 0) | bit);
  }
  return sorted([...ready]);
}

function readyByPoll(interest: ReadonlyMap<number, number>): Ready {
  const bits = [
    [EVENT_READ, POLLIN],
    [EVENT_WRITE, POLLOUT],
    [EVENT_EXCEPTIONAL, POLLPRI],
  ] as const;
  const poller = poll();
  for (const [fd, events] of interest) {
    poller.register(
      fd,
      bits.reduce((mask, [event, bit]) => mask | ((events & event) !== 0 ? bit : 0), 0),
    );
  }
  const ready = poller
    .poll(0)
    .map(([fd, mask]): Ready[number] => [
      fd,
      bits.reduce((events, [event, bit]) => events | ((mask & bit) !== 0 ? event : 0), 0),
      mask,
    ]);
  return sorted(ready);
}

function sorted(ready: Ready): Ready {
  return ready.toSorted(([a], [b]) => a - b);
}

describe('QueueSampler', () => {
  it('samples fds that are added when there were none', () => {
    using fds = new Fds();
    const [fd, peer] = fds.pair();
    check(sys.send(peer, new Uint8Array(5), 0, 5, 0));
    const watched = new Map<number, undefined>();
    const sampler = new QueueSampler(watched satisfies SampledFds, 4);
    assert.deepEqual(sampler.sample([]), []);
    watched.set(fd, undefined);
    assert.deepEqual(sampler.sample([]), [[fd, { kernelIn: 5 }]]);
    assert.deepEqual(sampler.sample([]), []);
  });

  it('counts the bytes after an urgent byte as soon as the program has read up to it', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    const client = fds.client(address);
    const fd = fds.own(sys.accept4(listener, null, null, sys.SOCK_CLOEXEC));
    const connection = { bufferedBytes: 0, paused: false } as unknown as Connection;
    const sampler = new QueueSampler(new Map([[fd, connection]]), 4);
    const sent = new Uint8Array(5);
    check(sys.send(client, sent, 0, 3, 0));
    check(sys.send(client, sent, 0, 1, sys.MSG_OOB));
    check(sys.send(client, sent, 0, 5, 0));
    const waits = (): number | undefined => sampler.sample([fd])[0]?.[1].kernelIn;
    assert.equal(waits(), 3);
    assert.equal(sys.recv(fd, new Uint8Array(9), 0, 9, 0), 3);
    assert.equal(sys.ioctl(fd, sys.FIONREAD, 0), 0);
    assert.equal(waits(), 5);
    assert.equal(sys.recv(fd, new Uint8Array(9), 0, 9, 0), 5);
    assert.equal(waits(), 0);
  });

  for (const [what, before] of [
    ['after an urgent byte', 'urgent'],
    ['after an urgent byte with bytes behind it', 'urgent, bytes'],
    ['with bytes in the queue', 'bytes'],
    ['with nothing in the queue', ''],
  ] as const) {
    it(`leaves the error of a reset to the program: ${what}`, async () => {
      using fds = new Fds();
      const [listener, address] = fds.listener();
      const client = fds.client(address);
      const fd = fds.own(sys.accept4(listener, null, null, sys.SOCK_CLOEXEC | sys.SOCK_NONBLOCK));
      const sampled = new Map([[fd, { bufferedBytes: 0, paused: false } as unknown as Connection]]);
      if (before.includes('urgent')) check(sys.send(client, new Uint8Array(1), 0, 1, sys.MSG_OOB));
      if (before.includes('bytes')) check(sys.send(client, new Uint8Array(3), 0, 3, 0));
      check(sys.setsockopt(client, SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0), 8));
      fds.close(client);
      const ended = poll();
      ended.register(fd, POLLERR);
      await until(() => ended.poll(0).length === 1);
      for (let times = 0; times < 3; times++) new QueueSampler(sampled, 4).sample([fd]);
      const error = new Int32Array(1);
      check(sys.getsockopt(fd, SOL_SOCKET, SO_ERROR, error, Int32Array.of(4)));
      assert.equal(-error[0]!, errnoOf('ECONNRESET'));
    });
  }
});

for (const backend of backends) {
  describe(`the recorder of a server on ${backend}`, () => {
    it('records what select and poll return right before the turn', async () => {
      const seen: Ready[] = [];
      const trace = await recording(backend, {}, async ({ trace, client, connections }) => {
        using reading = client();
        using urgent = client();
        using leaving = client();
        using _silent = client();
        await until(() => trace.lines.filter(({ type }) => type === 'open').length === 4);
        const state = new TraceState(trace.header.fds);
        await until(() => trace.turns.at(-1)?.cause === 'timeout');
        for (const line of trace.lines) state.apply(line);
        assert.equal(connections().length, 4);
        // One step of this thread: the server sees all of it at once, in its next turn.
        reading.send('hello');
        urgent.socket.send(Buffer.from('!'), MSG_OOB);
        leaving.finish();
        using _late = client();
        seen.push(readyBySelect(state.interest), readyByPoll(state.interest));
        const before = trace.turns.length;
        await until(() => trace.turns.slice(before).some(({ cause }) => cause === 'ready'));
        seen.push(sorted(trace.turns.slice(before).find(({ cause }) => cause === 'ready')!.ready));
      });
      const [bySelect, byPoll, recorded] = seen;
      assert.equal(bySelect!.length, 4);
      assert.deepEqual(
        recorded!.map(([fd, events]) => [fd, events]),
        bySelect,
      );
      assert.deepEqual(recorded, byPoll);
      assert.deepEqual(new Set(trace.turns.map(({ call }) => call)), new Set([backend]));
    });

    it('records the queues of the kernel and of the server', async () => {
      await recording(backend, {}, async ({ trace, client, connections }) => {
        using held = client();
        using deaf = client();
        await until(() => connections().length === 2);
        const [first, second] = connections().sort((a, b) => a.fileno() - b.fileno());
        const [fd, other] = [first!.fileno(), second!.fileno()];
        first!.pause();
        held.send('x'.repeat(1000));
        second!.write(Buffer.alloc(8 * 2 ** 20));
        const stateOf = (of: number) => {
          const state = new TraceState();
          for (const line of trace.lines) state.apply(line);
          return state.states.get(of);
        };
        await until(() => stateOf(fd)?.kernelIn === 1000 && stateOf(other)?.queued);
        await setTimeout(300);
        assert.deepEqual(stateOf(fd), {
          kernelIn: sys.ioctl(fd, sys.FIONREAD, 0),
          kernelOut: 0,
          queued: 0,
          paused: true,
          tcp: 'ESTAB',
        });
        const kernelOut = sys.ioctl(other, sys.SIOCOUTQ, 0);
        assert.ok(kernelOut > 0);
        assert.deepEqual(stateOf(other), {
          ...{ kernelIn: 0, kernelOut, queued: second!.bufferedBytes },
          ...{ paused: true, tcp: 'ESTAB' },
        });
        assert.ok(deaf.receiveAvailable().length > 0);
      });
    });

    it('records only changes', async () => {
      const trace = await recording(backend, {}, async ({ trace, client }) => {
        await until(() => trace.turns.length > 1);
        using _client = client();
        await until(() => trace.turns.length > 8);
      });
      const changes = (of: 'interest' | 'state') =>
        trace.turns.map((turn) => turn[of].length).filter((count) => count > 0);
      assert.deepEqual(changes('interest'), [1, 1]);
      // The listener, with a client in its queue and without, and the client.
      assert.deepEqual(changes('state'), [1, 1, 2]);
    });

    it('samples the queues before the server reads them', async () => {
      const trace = await recording(backend, {}, async ({ trace, client, connections }) => {
        using one = client();
        await until(() => connections().length === 1);
        await until(() => trace.turns.at(-1)?.cause === 'timeout');
        one.send('hello');
        await one.receive(5);
        await until(() => trace.turns.at(-1)?.cause === 'timeout');
        one.send('bye');
        one.finish();
        await until(() => trace.lines.some(({ type }) => type === 'close'));
      });
      const { fd } = trace.lines.find((line) => line.type === 'open')!;
      const listener = trace.header.fds[0]!.fd;
      const told = (of: number) =>
        trace.turns
          .flatMap(({ state }) => state.filter(([at]) => at === of))
          .map(([, { kernelIn, backlog, tcp }]) => [kernelIn ?? backlog, tcp]);
      assert.deepEqual(told(fd), [
        [0, 'ESTAB'],
        [5, 'ESTAB'],
        [0, 'ESTAB'],
        [3, 'CLOSE-WAIT'],
        [0, 'CLOSE-WAIT'],
      ]);
      assert.deepEqual(told(listener), [
        [1, 'LISTEN'],
        [0, 'LISTEN'],
      ]);
      const ready = trace.turns.filter(({ ready }) => ready.some(([at]) => at === fd));
      assert.deepEqual(
        ready.map(({ state }) => state.find(([at]) => at === fd)?.[1].kernelIn),
        [5, 3, 0],
      );
    });
  });
}

describe('the recorder', () => {
  it('records every step of a paused loop, and when the loop is paused', async () => {
    const trace = await recording('poll', { turnsPerSecond: 1, timeoutSeconds: 0.02 }, async ({ trace, server }) => {
      await until(() => trace.turns.length === 1);
      server.hold();
      await until(() => trace.lines.some(({ type }) => type === 'hold'));
      const before = trace.turns.length;
      for (let steps = 1; steps <= 5; steps++) {
        server.step();
        await until(() => trace.turns.length === before + steps);
      }
      server.step();
      server.release();
    });
    const kinds = trace.lines.map((line) => (line.type === 'hold' ? line.held : line.type));
    const [from, to] = [kinds.indexOf(true), kinds.indexOf(false)];
    assert.ok(from > 0);
    assert.deepEqual(kinds.slice(from + 1, to).slice(0, 5), ['turn', 'turn', 'turn', 'turn', 'turn']);
    const times = trace.lines.map(({ ms }) => ms!);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it('records when a wait was interrupted for Node', async () => {
    const trace = await recording('select', { timeoutSeconds: 0.3 }, async ({ trace }) => {
      await setTimeout(50);
      await until(() => trace.turns.length > 1);
    });
    const { wakes, nodeWakes } = trace.turns[0]!;
    assert.equal(wakes!.length, Math.min(16, nodeWakes));
    assert.ok(wakes!.every((ms) => ms > 0 && ms < 10_000));
  });

  it('leaves out fds above MAX_FD, and a live trace continues', () => {
    const far = MAX_FD + 1;
    const live = new LiveTrace(100);
    const recorder = new Recorder({ backend: 'poll', timeoutSeconds: 1, writers: [live, { write: parse }] });
    const lines: unknown[] = [];
    function parse(text: string): void {
      lines.push(text.startsWith('{"tripollTrace"') ? parseHeader(text) : parseLine(text));
    }
    const turn: TurnRecord = {
      ...{ call: 'poll', timeoutSeconds: 1, nodeFd: far, woken: false, beganMs: performance.now(), tookSeconds: 0.1 },
      ...{ nodeWakes: 0, wakes: [], skipped: 0, skippedDid: {} },
      asked: [
        [5, 1],
        [far, 1],
      ],
      ready: [
        [5, 1, 1],
        [far, 1, 1],
      ],
      did: [
        { call: 'recv', fd: far, result: 1 },
        { call: 'recv', fd: 5, result: 1 },
      ],
    };
    const connection = { fileno: () => far, address: ['127.0.0.1', 1] } as unknown as Connection;
    for (let count = 0; count < 10; count++) {
      recorder.waiting();
      recorder.waited(turn);
      recorder.opened(connection);
      recorder.closed(connection, 'eof');
      recorder.turned(turn);
    }
    recorder.end();
    assert.equal(lines.length, 12);
    assert.deepEqual((lines[1] as TurnLine).ready, [[5, 1, 1]]);
    assert.deepEqual((lines[1] as TurnLine).did, [['recv', 5, 1]]);
    assert.equal((lines[0] as TraceHeader).nodeFd, -1);
    assert.ok(!JSON.stringify(lines).includes(String(far)));
  });

  it('counts the turns that it skips, and their calls', async () => {
    let turns = 0;
    const trace = await recording('select', { turnsPerSecond: 5, timeoutSeconds: 10 }, async (subject) => {
      using client = subject.client();
      for (let sent = 1; sent <= 60; sent++) {
        client.send('x');
        await client.receive(1);
      }
      await setTimeout(500);
      client.send('x');
      await client.receive(1);
      await setTimeout(20);
      turns = subject.turns();
    });
    const recorded = trace.turns;
    assert.ok(recorded.length >= 5 && recorded.length < 20, `${recorded.length} turns`);
    const skipped = recorded.reduce((sum, line) => sum + (line.skipped ?? 0), 0);
    const end = trace.lines.at(-1)!;
    assert.ok(end.type === 'end');
    assert.ok(end.turns! >= turns);
    assert.equal(recorded.length + end.skipped!, end.turns);
    assert.ok(skipped > 30 && skipped <= end.skipped!);
    const sends = (line: TurnLine) =>
      line.did.filter(([call]) => call === 'send').length + (line.skippedDid?.send ?? 0);
    assert.ok(recorded.reduce((sum, line) => sum + sends(line), 0) >= 59);
  });

  it('skips turns while a writer cannot keep up, and counts them', async () => {
    const trace = await recording('poll', {}, async ({ trace: writer, client }) => {
      using one = client();
      const echo = async (): Promise<void> => {
        one.send('x');
        await one.receive(1);
      };
      await echo();
      writer.isFull = true;
      const { length } = writer.texts;
      for (let i = 0; i < 5; i++) await echo();
      assert.equal(writer.texts.length, length);
      writer.isFull = false;
      await echo();
    });
    const skipped = trace.turns.reduce((sum, line) => sum + (line.skipped ?? 0), 0);
    assert.ok(skipped >= 5);
  });

  it('leaves out clients that connect and leave within skipped turns, and no others', async () => {
    const trace = await recording(
      'select',
      { turnsPerSecond: 2, timeoutSeconds: 10 },
      async ({ client, connections, trace }) => {
        using _first = client();
        await until(() => connections().length === 1);
        for (let count = 0; count < 100; count++) {
          using passing = client();
          passing.send('x');
          await passing.receive(1);
        }
        await setTimeout(1100);
        using _last = client();
        await until(() => trace.turns.length > 2);
      },
    );
    const lives = trace.lines.filter(({ type }) => type === 'open' || type === 'close');
    assert.ok(lives.length >= 4 && lives.length < 30, `${lives.length} lines`);
    const open = new Set<number>();
    for (const line of trace.lines) {
      if (line.type === 'open') {
        assert.ok(!open.has(line.fd), 'opened twice');
        open.add(line.fd);
      }
      if (line.type === 'close') assert.ok(open.delete(line.fd), 'closed without having been open');
    }
    assert.deepEqual([...open], []);
  });

  it('samples at most 64 fds in a turn, and all of them in the end', async () => {
    const trace = await recording('epoll', { timeoutSeconds: 0.05 }, async ({ trace, client, connections }) => {
      const clients = Array.from({ length: 150 }, client);
      await until(() => connections().length === 150);
      for (const connection of connections()) connection.pause();
      for (const one of clients) one.send('x');
      const known = (): number => new Set(trace.turns.flatMap(({ state }) => state.map(([fd]) => fd))).size;
      await until(() => known() >= 150);
      for (const one of clients) one.close();
    });
    for (const { state } of trace.turns) assert.ok(state.length <= 64, `${state.length} fds`);
  });

  it('writes lines in the order of their times, and no wait overlaps the next turn', async () => {
    const trace = await recording('poll', {}, async ({ client, trace }) => {
      for (let count = 0; count < 10; count++) {
        using one = client();
        one.send('x');
        await one.receive(1);
      }
      await until(() => trace.turns.length > 20);
    });
    const times = trace.lines.map(({ ms }) => ms!);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    for (const [index, { ms, waitedMs }] of trace.turns.slice(0, -1).entries()) {
      assert.ok(ms + waitedMs <= trace.turns[index + 1]!.ms + 1);
    }
    assert.deepEqual(
      trace.turns.map(({ turn }) => turn),
      trace.turns.map((_, index) => index + 1),
    );
  });

  it('writes a header and an end for a server that never served', async () => {
    const trace = await recording('select', {}, () => Promise.resolve());
    assert.equal(trace.header.backend, 'select');
    assert.equal(trace.lines.at(-1)?.type, 'end');
  });
});
