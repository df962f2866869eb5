// One select() call with timeout 0 over N idle, connected sockets: tripoll beside CPython, in turn, each figure from
// fresh processes. CPU time, user and system, since the machine may be shared. `npm run bench` prints the medians; --rounds N and --seconds S set how long it takes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { select } from 'tripoll/select';
import { socketpair } from 'tripoll/socket';

import { median } from './median.ts';

const SIZES = [10, 100, 450];
// Which of rlist, wlist, xlist hold the sockets. 'rx' is the document's call, select(inputs, outputs, inputs).
const FORMS = ['r', 'rx', 'rwx'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '0.3' } },
});

if (positionals.length > 0) console.log(measure(Number(positionals[0]), positionals[1] ?? 'r', Number(positionals[2])));
else compare(Number(values.rounds), values.seconds);

function measure(count: number, form: string, seconds: number): number {
  const sockets = Array.from({ length: count / 2 }, () => socketpair()).flat();
  const [rlist, wlist, xlist] = ['r', 'w', 'x'].map((letter) => (form.includes(letter) ? sockets : [])) as [
    typeof sockets,
    typeof sockets,
    typeof sockets,
  ];
  const batch = (calls: number): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) select(rlist, wlist, xlist, 0);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };
  batch(2000);
  const calls = Math.max(10, Math.floor(1e4 / batch(100)));
  const samples: number[] = [];
  const end = performance.now() + seconds * 1e3;
  while (performance.now() < end) samples.push(batch(calls));
  return median(samples);
}

function compare(rounds: number, seconds: string): void {
  const python = fileURLToPath(new URL('../../benchmarks/select-call.py', import.meta.url));
  const tripoll = fileURLToPath(import.meta.url);
  const microseconds = (program: string, ...args: string[]): number =>
    Number(execFileSync(program, [...args, seconds], { encoding: 'utf8' }));

  console.log(`select() with timeout 0, µs of CPU a call, medians of ${rounds} rounds in turn`);
  console.log(
    `Node ${process.versions.node}; ${execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim()}\n`,
  );
  console.log('lists  sockets   tripoll   CPython   tripoll / CPython');
  for (const form of FORMS) {
    for (const size of SIZES) {
      const pairs = Array.from({ length: rounds }, (): [number, number] => [
        microseconds(process.execPath, tripoll, String(size), form),
        microseconds('python3', python, String(size), form),
      ]);
      const [ours, theirs, ratio] = [pairs.map(([a]) => a), pairs.map(([, b]) => b), pairs.map(([a, b]) => a / b)];
      const cells = [median(ours).toFixed(2), median(theirs).toFixed(2), median(ratio).toFixed(2)];
      const [a, b, c] = cells as [string, string, string];
      console.log(
        `${form.padEnd(5)}  ${String(size).padStart(7)}  ${a.padStart(8)}  ${b.padStart(8)}   ${c.padStart(17)}`,
      );
    }
  }
}
