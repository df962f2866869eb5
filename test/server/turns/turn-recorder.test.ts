import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { poll, POLLERR, POLLHUP, POLLIN, POLLPRI } from '../../../src/select.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ } from '../../../src/selectors.ts';
import { traceText, type TurnRecord, type TurnWatcher } from '../../../src/server.ts';
import { MSG_OOB } from '../../../src/socket.ts';
import { until } from '../../support/child.ts';
import { backends, serving } from '../../support/clients.ts';

function watching(wants: () => boolean = () => true): TurnWatcher & { turns: TurnRecord[]; waits: TurnRecord[] } {
  const [turns, waits]: [TurnRecord[], TurnRecord[]] = [[], []];
  return {
    ...{ turns, waits, wants },
    waiting: () => undefined,
    waited: (turn) => waits.push(structuredClone(turn)),
    turned: (turn) => turns.push(turn),
    held: () => undefined,
  };
}

for (const backend of backends) {
  describe(`the watcher of a server on ${backend}`, () => {
    it('receives the bits of poll(2) for bytes, an urgent byte, a half-close and a reset', async () => {
      const seen = watching();
      // On a busy machine, 10 ms may be over before all four are served: the next turn would find the others again.
      const options = { watcher: seen, onExceptional: () => undefined, turnMilliseconds: 0 };
      await serving(backend, options, async (subject) => {
        using bytes = subject.client();
        using urgent = subject.client();
        using leaving = subject.client();
        const resetting = subject.client();
        await subject.connected(4);
        const fds = subject.connections.map((connection) => connection.fileno());
        await setTimeout(20);
        bytes.send('x');
        urgent.socket.send(Buffer.from('!'), MSG_OOB);
        leaving.finish();
        resetting.reset();
        // What the kernel says now, before the server's turn.
        const poller = poll();
        for (const fd of fds) poller.register(fd, POLLIN | POLLPRI);
        const byPoll = new Map(poller.poll(0));
        assert.deepEqual(
          fds.map((fd) => byPoll.get(fd)),
          [POLLIN, POLLPRI, POLLIN, POLLIN | POLLERR | POLLHUP],
        );
        await until(() => subject.reasons.length === 2);
        await until(() => seen.turns.at(-1)!.ready.length > 1);
        const { ready } = seen.turns.at(-1)!;
        assert.deepEqual(new Map(ready.map(([fd, , revents]) => [fd, revents])), byPoll);
        const events = new Map(ready.map(([fd, bits]) => [fd, bits]));
        const [exceptional, ...others] = [fds[1]!, fds[0]!, fds[2]!, fds[3]!].map((fd) => events.get(fd)!);
        assert.equal(exceptional, EVENT_EXCEPTIONAL);
        for (const bits of others) assert.equal(bits & EVENT_READ, EVENT_READ);
        const text = traceText(seen.turns.at(-1)!);
        if (backend === 'poll') assert.match(text, new RegExp(`fd=${fds[3]}, revents=POLLIN\\|POLLERR\\|POLLHUP`));
        if (backend === 'epoll') assert.match(text, new RegExp(`fd=${fds[3]}, events=EPOLLIN\\|EPOLLERR\\|EPOLLHUP`));
      });
    });

    it('receives the times of the first 16 interruptions of a wait for Node', async () => {
      const seen = watching();
      await serving(backend, { watcher: seen }, async (subject) => {
        using first = subject.client('x');
        await subject.received(1);
        await setTimeout(80);
        first.send('y');
        await subject.received(2);
        for (let count = 0; count < 20; count++) await setTimeout(2);
        first.send('z');
        await subject.received(3);
        await until(() => seen.turns.length >= 4);
      });
      const slow = seen.turns.find(({ tookSeconds }) => tookSeconds > 0.07)!;
      // Node may wake itself hundreds of times meanwhile, as 24 does on a busy machine: by the eventfd of its tasks.
      assert.ok(slow.nodeWakes > 16 || slow.wakes.at(-1)! > 70, slow.wakes.join());
      const busy = seen.turns.find(({ nodeWakes }) => nodeWakes > 16)!;
      assert.equal(busy.wakes.length, 16);
      for (const { wakes, nodeWakes, tookSeconds } of seen.turns) {
        assert.equal(wakes.length, Math.min(nodeWakes, 16));
        assert.deepEqual(
          wakes,
          wakes.toSorted((a, b) => a - b),
        );
        assert.ok(wakes.every((ms) => ms >= 0 && ms <= tookSeconds * 1e3 + 1));
      }
    });

    it('chooses turns: the others are counted, and so are their calls', async () => {
      let asked = 0;
      const seen = watching(() => asked++ % 4 === 0);
      await serving(
        backend,
        { framing: 'line', watcher: seen, onMessage: (message, connection) => connection.write(message) },
        async (subject) => {
          using client = subject.client();
          for (let sent = 0; sent < 20; sent++) {
            client.send('x\n');
            await client.receive(1);
          }
          await until(() => seen.turns.length >= 5);
          assert.equal(subject.server.stats().turns, asked);
        },
      );
      assert.ok(seen.turns.slice(1).every(({ skipped }) => skipped === 3));
      const [, , third] = seen.turns;
      assert.deepEqual(third!.skippedDid, { recv: 3, message: 3, send: 3 });
      assert.deepEqual(
        third!.did.map(({ call }) => call),
        ['recv', 'message', 'send'],
      );
    });

    it('sees a turn before the program acts', async () => {
      const seen = watching();
      await serving(backend, { watcher: seen }, async (subject) => {
        using _client = subject.client('x');
        await subject.received(1);
        await until(() => seen.turns.length >= 2);
      });
      for (const [index, turn] of seen.turns.entries()) {
        assert.deepEqual({ ...seen.waits[index]!, did: [] }, { ...turn, did: [] });
        assert.ok(turn.did.length === 0 || seen.waits[index]!.did.length < turn.did.length);
      }
    });
  });
}
