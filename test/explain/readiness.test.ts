import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { countDiffering, matching, measureAll, type MeasuredGroup } from '../../src/explain/readiness.ts';
import { readinessText } from '../../src/explain/readiness-text.ts';
import { type Row, run } from '../../src/explain/run.ts';
import { groups } from '../../src/explain/scenarios.ts';
import { error, type Readiness, ready } from '../../src/explain/step.ts';
import { countFds } from '../support/fds.ts';
import { skipWithout } from '../support/programs.ts';

const scenarios = groups.flatMap((group) => group.scenarios);
const withoutMkfifo = skipWithout('mkfifo');

// The specification for Linux, row by row: select, poll, poll with mask 0, and the names of the scenarios.
const specification: [select: string, poll: string, mask0: string, ...names: string[]][] = [
  ['rw-', 'OUT HUP', 'HUP', 'TCP socket, new, unbound', 'TCP socket, bound but not listening'],
  ['---', '', '', 'listening, nothing pending'],
  ['r--', 'IN', '', 'listening, connection pending'],
  ['r--', 'IN', '', 'listening, connection pending whose client has sent FIN'],
  ['r--', 'IN', '', 'listening, connection pending whose client has sent RST'],
  ['-w-', 'OUT', '', 'TCP connected, idle'],
  ['rw-', 'IN OUT', '', 'data to read'],
  ['rw-', 'IN OUT RDHUP', '', 'peer shutdown(WR)', 'peer close() (FIN)'],
  ['rw-', 'IN OUT RDHUP', '', "peer close() (FIN), after recv returned b''"],
  ['rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP', 'peer closed, then we send, peer answers RST'],
  ['-w-', 'OUT', '', 'own shutdown(WR)'],
  ['rw-', 'IN OUT RDHUP', '', 'own shutdown(RD)'],
  ['rw-', 'IN OUT HUP RDHUP', 'HUP', 'own shutdown(RDWR)', 'both sides shut WR'],
  ['rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP', 'RST received', 'data then RST'],
  ['rw-', 'IN OUT HUP RDHUP', 'HUP', 'RST received, SO_ERROR read: ERR goes away, HUP stays'],
  ['rw-', 'IN OUT HUP RDHUP', 'HUP', 'RST received, recv has failed: ERR goes away, HUP stays'],
  ['-wx', 'PRI OUT', '', 'OOB byte only'],
  ['rwx', 'IN PRI OUT', '', 'normal + OOB data', 'OOB with SO_OOBINLINE'],
  ['---', '', '', 'TCP send buffer full'],
  ['rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP', 'full buffer + peer closed with unread data'],
  ['-w-', 'OUT', '', 'non-blocking connect, succeeded'],
  ['rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP', 'non-blocking connect, refused'],
  ['rw-', 'IN OUT HUP RDHUP', 'HUP', 'non-blocking connect, refused, SO_ERROR read'],
  ['---', '', '', 'connect still in progress (full backlog)'],
  ['-w-', 'OUT', '', 'UDP idle', 'UDP connected, ICMP port unreachable, recv has failed'],
  ['rw-', 'IN OUT', '', 'UDP datagram', 'UDP empty datagram'],
  ['rw-', 'OUT ERR', 'ERR', 'UDP connected, ICMP port unreachable'],
  ['rw-', 'IN OUT RDHUP', '', 'unix stream: peer shutdown(WR)'],
  ['rw-', 'IN OUT HUP RDHUP', 'HUP', 'unix stream: peer closed'],
  ['rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP', 'unix stream: peer closed with our data unread'],
  ['-w-', 'OUT', '', 'unix dgram pair, peer closed'],
  ['---', '', '', 'pipe read end: empty'],
  ['r--', 'IN', '', 'pipe read end: data'],
  ['r--', 'IN HUP', 'HUP', 'pipe read end, data + writer closed'],
  ['r--', 'HUP', 'HUP', 'pipe read end, EOF (writer closed)'],
  ['-w-', 'OUT', '', 'pipe write end: space', 'pipe write end: full, a whole page read'],
  ['---', '', '', 'pipe write end: full', 'pipe write end: full, all but one byte of a page read'],
  ['rw-', 'OUT ERR', 'ERR', 'pipe write end, reader closed'],
  ['rw-', 'IN OUT', '', 'regular file', 'regular file at EOF', 'directory', '/dev/null', '/dev/zero'],
  ['rw-', 'OUT HUP', 'HUP', 'pty master, slave closed'],
  ['---', '', '', 'FIFO read end, no writer yet'],
  ['r--', 'HUP', 'HUP', 'FIFO read end, a writer has opened and closed it'],
  ['-w-', 'OUT', '', 'eventfd 0'],
  ['rw-', 'IN OUT', '', 'eventfd 1'],
  ['---', '', '', 'epoll fd with nothing ready'],
  ['r--', 'IN', '', 'epoll fd with something ready'],
];
const NO_EPOLL = ['regular file', 'regular file at EOF', 'directory', '/dev/null', '/dev/zero'];

function scenario(name: string): Readiness {
  const found = scenarios.find((each) => each.name === name);
  assert.ok(found, `no scenario is called ${name}`);
  return found;
}

function table(rows: Row[], options: { width?: number; steps?: boolean } = {}): string[] {
  const measured: MeasuredGroup[] = [{ title: 'Some', rows }];
  return readinessText(measured, { width: Infinity, steps: false, ...options }).split('\n');
}

describe('the table of what is ready when', () => {
  for (const [select, poll, mask0, ...names] of specification) {
    for (const name of names) {
      it(`is the specification's: ${name}`, { skip: name.startsWith('FIFO') && withoutMkfifo }, () => {
        const row = run(scenario(name));
        const epoll = NO_EPOLL.includes(name) ? 'EPERM' : undefined;
        assert.deepEqual(row.measured, ready(select, poll, mask0, epoll), row.failure);
      });
    }
  }

  it('is as expected, including the calls after it, and leaves no fd open', { skip: withoutMkfifo }, () => {
    const before = countFds();
    const measured = measureAll(matching());
    assert.deepEqual(
      measured.flatMap(({ rows }) => rows).filter(({ differs }) => differs),
      [],
    );
    assert.equal(countFds(), before);
  });
});

describe('matching', () => {
  it('finds scenarios by their names and by their group', () => {
    const names = (pattern: RegExp): string[] =>
      matching(pattern).flatMap((group) => group.scenarios.map((s) => s.name));
    assert.deepEqual(names(/^eventfd/), ['eventfd 0', 'eventfd 1']);
    assert.deepEqual(names(/^Pipes/).length, groups.find(({ title }) => title.startsWith('Pipes'))?.scenarios.length);
    assert.deepEqual(names(/no such thing/), []);
    assert.equal(names(/(?:)/).length, scenarios.length);
  });
});

describe('run', () => {
  const idle = scenario('eventfd 0');

  it('marks a difference from another kernel', () => {
    const row = run({ ...idle, expected: ready('rw-', 'IN OUT') });
    assert.equal(row.differs, true);
    assert.equal(countDiffering([{ title: '', rows: [row, run(idle)] }]), 1);
    const lines = table([row, run(idle)]);
    assert.ok(lines.includes('!  eventfd 0       -w-     OUT     0       same'), lines.join('\n'));
    assert.ok(lines.includes('   on Linux 6.18:  rw-     IN OUT  0       same'), lines.join('\n'));
    assert.ok(lines.includes('2 scenarios: 1 differs from Linux 6.18.'), lines.join('\n'));
  });

  it('reports a call after the measurement with another result', () => {
    const row = run({ ...idle, after: [[['read', 'eventfd', 8], error('EIO')]] });
    assert.equal(row.differs, true);
    assert.ok(table([row]).includes('      then read(eventfd, 8): EAGAIN, expected EIO'));
  });

  it('says why a scenario cannot be made, and closes its fds', () => {
    const before = countFds();
    const row = run({ ...idle, steps: [...idle.steps, ['open', 'file', 'missing', 'O_RDONLY']] });
    assert.match(row.failure ?? '', /^ENOENT/);
    assert.equal(countFds(), before);
    const lines = table([row]);
    assert.ok(lines.includes('!  eventfd 0  ?       ?     ?       ?'), lines.join('\n'));
    assert.ok(lines.some((line) => line.startsWith('      cannot be made here: ENOENT')));
  });

  it('reports a last step that does not fail as expected', () => {
    const row = run({ ...idle, steps: [...idle.steps, ['write', 'eventfd', '12345678']], fails: 'EAGAIN' });
    assert.equal(row.failure, 'write does not fail with EAGAIN');
  });
});

describe('readinessText', () => {
  it('keeps to the width; without one, each row is one line', () => {
    const measured = measureAll(matching(/TCP|pipe/i));
    const count = measured.flatMap(({ rows }) => rows).length;
    const narrow = readinessText(measured, { width: 80, steps: true }).split('\n');
    assert.deepEqual(
      narrow.filter((line) => line.length > 80),
      [],
    );
    const wide = readinessText(measured, { width: Infinity, steps: false }).split('\n');
    assert.equal(wide.filter((line) => / {2}same$/.test(line)).length, count);
  });

  it('says how a row was made, and the results of the calls after it', () => {
    const lines = table([run(scenario('UDP connected, ICMP port unreachable'))], { steps: true });
    assert.ok(
      lines.some((line) => line.startsWith('      made by udp(deaf), bind(deaf), connect(deaf, deaf), udp(a)')),
    );
    assert.ok(lines.includes('      then a.recv(9): ECONNREFUSED'));
    assert.ok(lines.includes('1 scenario: no difference from Linux 6.18.'));
  });
});
