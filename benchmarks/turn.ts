// Measures the cost of a turn: of blocking calls, of calls through the bridge to Node's loop, and of Node's loop without
// tripoll. One socket is always readable, so no call waits. It prints the medians of CPU time, user and system, because the
// machine may be shared. The forms take turns.
import { setImmediate } from 'node:timers/promises';

import { epoll, poll, POLLIN, select, selectAsync } from 'tripoll/select';
import { socketpair } from 'tripoll/socket';

import { median } from './harness/statistics.ts';

const ROUNDS = 9;
const TURNS = 20_000;

const [readable, writer] = socketpair();
writer.send(Buffer.from('x'));
const poller = poll();
poller.register(readable, POLLIN);
using epoller = epoll();
epoller.register(readable, POLLIN);

const forms: Record<string, () => unknown> = {
  "Node's own loop: await setImmediate()": () => setImmediate(),
  'blocking select()': () => select([readable], [], [], 1),
  'await selectAsync()': () => selectAsync([readable], [], [], 1),
  'blocking Poll.poll()': () => poller.poll(1000),
  'await Poll.pollAsync()': () => poller.pollAsync(1000),
  'blocking Epoll.poll()': () => epoller.poll(1),
  'await Epoll.pollAsync()': () => epoller.pollAsync(1),
};

const samples = new Map(Object.keys(forms).map((name) => [name, [] as number[]]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, turn] of Object.entries(forms)) {
    const before = process.cpuUsage();
    for (let i = 0; i < TURNS; i++) await turn();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) samples.get(name)?.push((user + system) / TURNS);
  }
}
console.log(`µs of CPU a turn, medians of ${ROUNDS} rounds in turn, Node ${process.versions.node}`);
for (const [name, values] of samples) console.log(`${name.padEnd(40)} ${median(values).toFixed(2)}`);
