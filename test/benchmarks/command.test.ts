import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { readResults, writeResults } from '../../benchmarks/harness/files.ts';
import { Child, dist } from '../support/child.ts';
import { fakeResults } from '../support/bench/results.ts';
import { skipWithout } from '../support/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'tripoll-bench-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const bench = (...args: string[]): Child => new Child(process.execPath, join(dist, 'benchmarks/main.js'), ...args);

const ended = async (child: Child): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
};

describe('npm run bench', () => {
  it('shows help with examples', async () => {
    const { code, stdout } = await ended(bench('--help'));
    assert.equal(code, 0);
    assert.match(stdout, /npm run bench -- --quick/);
    assert.match(stdout, /--repetitions <number>/);
  });

  it('ends with exit code 2 and a sentence after a wrong option', async () => {
    const { code, stderr } = await ended(bench('--driver', '('));
    assert.equal(code, 2);
    assert.match(stderr, /It must be a regular expression\./);
  });

  it('compares two files', async () => {
    const paths = [1, 1.2].map((factor) => {
      const path = join(folder, `${factor}.json`);
      writeResults(path, fakeResults({ cell: { ours: [1, 1.01, 1.02, 1.03, 1.04].map((value) => value * factor) } }));
      return path;
    });
    const { code, stdout } = await ended(bench('compare', ...paths));
    assert.equal(code, 0);
    assert.match(stdout, /slower by 20 %$[^]+^1 comparisons: 1 slower, 0 faster,/m);
  });

  it('says in one sentence that a file is not a results file', async () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{}');
    const { code, stderr } = await ended(bench('compare', path, path));
    assert.deepEqual([code, stderr], [1, `bench: ${path} is not a results file of this version\n`]);
  });

  it('names near files when a file is missing', async () => {
    writeFileSync(join(folder, 'before.json'), '{}');
    const { code, stderr } = await ended(bench('report', join(folder, 'befor.json')));
    assert.equal(code, 1);
    assert.match(stderr, /^bench: there is no file \S+befor\.json; near names: before\.json/);
    writeFileSync(join(folder, 'text.json'), 'no JSON');
    assert.match(
      (await ended(bench('report', join(folder, 'text.json')))).stderr,
      /text\.json is not a results file: it is not JSON$/m,
    );
  });

  it('names near drivers when no driver has the name', async () => {
    const { code, stderr } = await ended(bench('--driver', 'tripol-epoll'));
    assert.equal(code, 1);
    assert.match(stderr, /^bench: no driver has a name that matches 'tripol-epoll'; near names: tripoll-epoll, /);
  });

  it('lists drivers, workloads and cells', async () => {
    const { code, stdout } = await ended(bench('list'));
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}tripoll-epoll +echo, /m);
    assert.match(stdout, /^ {4}echo, 64 connections, 64 B \(quick\)$/m);
    assert.match(stdout, /^ {2}redis-server +(crowd|cannot run: redis-server is not installed .*)$/m);
    assert.match(stdout, /^ {4}crowd, 300 clients read nothing, 2 B \(only with --all\)$/m);
    assert.match(stdout, /^ {2}rsyslog +(text-file|cannot run: rsyslogd is not installed )/m);
    assert.match(stdout, /^ {4}serve-lines, 100 clients, 16 a write, 64 B, text into a file \(quick\)$/m);
  });

  it('measures how long the command takes to start', async () => {
    const { code, stdout, stderr } = await ended(bench('startup', '--starts', '1'));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^node -e 0 +[\d.]+$/m);
    assert.match(stdout, /^tripoll serve, until it listens +[\d.,]+ +[\d.,]+ +[\d.]+×$/m);
  });

  const cell = ['--workload', '^echo, 1 conn', '--driver', '^(c-epoll|node-net)$'];

  it('measures, and writes all samples', { skip: skipWithout('cc') }, async () => {
    const out = join(folder, 'new/results.json');
    const { code, stdout, stderr } = await ended(
      bench(...cell, '--seconds', '0.2', '--repetitions', '2', '--seed', '5', '--out', out),
    );
    assert.equal(code, 0, stderr);
    const { samples, drivers, congestionControl, options } = readResults(out);
    const order = samples.map(({ driver, repetition }) => `${repetition} ${driver}`);
    assert.deepEqual(order.toSorted(), ['0 c-epoll', '0 node-net', '1 c-epoll', '1 node-net']);
    assert.deepEqual([order[0]?.[0], order[1]?.[0]], ['0', '0']);
    assert.ok(samples.every(({ disturbance }) => disturbance!.others >= 0));
    assert.equal(options.seed, 5);
    assert.match(stderr, /^bench: 4 runs, [^\n]+; about \d+ s; seed 5$/m);
    assert.doesNotMatch(stderr, /bench: without /);
    assert.ok(
      samples.every(({ messages = 0, cpuMicrosecondsPerMessage = 0 }) => messages > 0 && cpuMicrosecondsPerMessage > 0),
    );
    assert.equal(drivers.filter(({ missing }) => missing === undefined).length, 2);
    assert.equal(congestionControl, 'cubic');
    assert.match(stdout, /^ {2}C, epoll +\d/m);
    assert.ok(stderr.includes(out));
  });

  it('counts waits and the fds that they find ready, at full speed', { skip: skipWithout('cc') }, async () => {
    const out = join(folder, 'counted.json');
    const only = ['--workload', '^echo, 64 conn', '--driver', '^c-epoll$'];
    const { code, stderr } = await ended(bench(...only, '--seconds', '0.2', '--repetitions', '1', '--out', out));
    assert.equal(code, 0, stderr);
    const { waits, samples } = readResults(out);
    assert.deepEqual(
      waits?.map(({ driver }) => driver),
      ['c-epoll'],
    );
    for (const { userMicrosecondsPerMessage, systemMicrosecondsPerMessage, cpuMicrosecondsPerMessage } of samples) {
      const sum = userMicrosecondsPerMessage! + systemMicrosecondsPerMessage!;
      assert.ok(Math.abs(sum / cpuMicrosecondsPerMessage! - 1) < 1e-3, `${sum} of ${cpuMicrosecondsPerMessage}`);
    }
  });

  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    it(
      `on ${signal} ends its children, writes the results so far, and exits with 130`,
      { skip: skipWithout('cc') },
      async () => {
        const out = join(folder, `${signal}.json`);
        const child = bench(...cell, '--seconds', '20', '--repetitions', '5', '--out', out);
        while (!child.stderr.includes('left: ')) await new Promise((resolve) => setTimeout(resolve, 20));
        await new Promise((resolve) => setTimeout(resolve, 500));
        const children = childrenOf(child.pid);
        assert.ok(children.length > 0);
        child.kill(signal);
        const { code, stderr } = await ended(child);
        assert.equal(code, 130, stderr);
        assert.deepEqual(readResults(out).samples, []);
        assert.deepEqual(
          children.filter((pid) => existsSync(`/proc/${pid}`)),
          [],
        );
      },
    );
  }
});

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((text) => text !== '');
}
