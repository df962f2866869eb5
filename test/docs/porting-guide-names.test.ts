import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { epoll, poll } from '../../src/select.ts';
import { EpollSelector, EVENT_READ } from '../../src/selectors.ts';
import { socketpair } from '../../src/socket.ts';
import { root } from '../support/child.ts';
import { codeOf, rowsOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';

interface Names {
  version: [major: number, minor: number];
  required: Record<string, string[]>;
  known: Record<string, string[]>;
}

interface Entry {
  python: string[];
  ours: string[];
  remark: string;
}

type Exports = Record<string, unknown>;
type Constructor = new (...args: unknown[]) => object;

const MODULES = ['select', 'selectors', 'socket', 'socketserver'] as const;
const rows = rowsOf(readFileSync(`${root}docs/porting-from-python.md`, 'utf8'));

// The rows of all tables of a module; 'socket: constants' is a table of `socket`.
function entriesOf(module: string): Entry[] {
  return rows
    .filter(({ heading }) => heading.split(':')[0] === module)
    .map(({ cells: [python, ours, remark = ''] }) => ({
      python: codeOf(python).map((name) => name.replace(/\(.*/, '')),
      ours: codeOf(ours),
      remark,
    }));
}

// A pattern like `AF_*` covers a group of names.
function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

let answer: Names | undefined;

function askPython(): Names {
  if (answer !== undefined) return answer;
  const { stdout, stderr } = spawnSync('python3', [`${root}test/support/python-names.py`], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return (answer = JSON.parse(stdout) as Names);
}

// missing: names of Python that no row has. unknown: names of the table that Python does not have. unexplained: names of a
// group that tripoll does not have, and that the remark does not mention.
function compare(entries: Entry[], required: string[], known: string[]): Record<string, string[]> {
  const listed = entries.flatMap(({ python }) => python);
  const unexplained = entries.flatMap(({ python: [group = ''], ours, remark }) => {
    if (!group.endsWith('*') || ours.length === 0 || remark.includes('others')) return [];
    const explained = [...ours, ...codeOf(remark)];
    return required.filter((name) => covers(group, name) && !explained.includes(name));
  });
  return {
    missing: required.filter((name) => !listed.some((pattern) => covers(pattern, name))),
    unknown: listed.filter((name) => !name.endsWith('*') && !known.includes(name)),
    unexplained,
  };
}

// One object of each class, because a prototype does not have the fields. All are closed again; they keep their members.
function samplesOf(exports: Exports): Record<string, object> {
  using selector = new EpollSelector();
  const [sock, peer] = socketpair();
  const file = sock.makefile('rb');
  using waiting = epoll();
  const samples: Record<string, object> = {
    ...{ Socket: sock, SocketIO: file.raw, BinaryFile: file, Poll: poll(), Epoll: waiting },
    ...{ BaseSelector: selector, EpollSelector: selector, SelectorKey: selector.register(sock, EVENT_READ) },
  };
  for (const closable of [file, sock, peer]) closable.close();
  for (const name of ['BaseRequestHandler', 'StreamRequestHandler', 'DatagramRequestHandler']) {
    if (name in exports) samples[name] = new (exports[name] as Constructor)(sock, '', {});
  }
  for (const name of ['BaseServer', 'TCPServer', 'UDPServer']) {
    if (name in exports) samples[name] = serverOf(exports[name === 'BaseServer' ? 'TCPServer' : name] as Constructor);
  }
  return samples;
}

function serverOf(type: Constructor): object {
  using server = new type(['127.0.0.1', 0], Object, false) as Disposable;
  return server;
}

function isThere(name: string, exports: Exports, samples: Record<string, object>): boolean {
  const [exported = '', member] = name.split('.');
  if (!(exported in exports)) return false;
  if (member === undefined) return true;
  const holder = exports[exported] as { prototype: object };
  return [holder, holder.prototype, samples[exported] ?? {}].some((object) => member in object);
}

describe('the names in porting-from-python.md', () => {
  for (const module of MODULES) {
    const entries = entriesOf(module);
    const listed = entries.flatMap(({ ours }) => ours);
    const load = (): Promise<Exports> => import(`tripoll/${module}`) as Promise<Exports>;

    it(`are the names of Python's ${module}`, { skip: skipWithout('python3') }, (t) => {
      const { version, ...names } = askPython();
      const found = compare(entries, names.required[module]!, names.known[module]!);
      // The tables are for Python 3.11. Other versions have some more names, or do not have all of them yet.
      if (version.join('.') === '3.11') assert.deepEqual(found, { missing: [], unknown: [], unexplained: [] });
      else t.diagnostic(`Python ${version.join('.')}: ${JSON.stringify(found)}`);
    });

    it(`exist in tripoll/${module}`, async () => {
      const exports = await load();
      const samples = samplesOf(exports);
      assert.ok(listed.length > 0);
      assert.deepEqual(
        listed.filter((name) => !isThere(name, exports, samples)),
        [],
      );
    });

    it(`include every export of tripoll/${module}`, async () => {
      assert.deepEqual(
        Object.keys(await load()).filter((name) => !listed.includes(name)),
        [],
      );
    });
  }
});
