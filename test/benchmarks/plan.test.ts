import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import type { Found, Program } from '../../benchmarks/harness/drivers.ts';
import { findWorkloads } from '../../benchmarks/harness/files.ts';
import { distinctCells, interleave, isPartOf, nothingText, select } from '../../benchmarks/harness/plan.ts';
import type { Cell } from '../../benchmarks/harness/results.ts';
import { type CellData, load } from '../../benchmarks/harness/workload.ts';
import { fakeCells, fakeDriver } from '../support/bench/results.ts';
import { dist, root } from '../support/child.ts';

const program = (name: string, data: Parameters<typeof fakeDriver>[1] = {}): Program => ({
  driver: fakeDriver(name, data),
  command: [name],
});

const chosen = (cell: Partial<CellData>, programs: Program[], selection: Partial<Parameters<typeof select>[2]> = {}) =>
  select([{ name: 'made up', about: '', cells: fakeCells(cell) }], programs, {
    extent: 'all',
    fdLimit: 20_000,
    ...selection,
  })
    .flatMap((entry) => entry.programs)
    .map(({ driver }) => driver.name);

describe('select', () => {
  it('chooses the drivers that have the role and are not missing', () => {
    const programs = [program('a'), program('b', { roles: ['lines'] }), program('c', { missing: 'no python3' })];
    assert.deepEqual(chosen({}, programs), ['a']);
    assert.deepEqual(chosen({ role: 'lines' }, programs), ['b']);
  });

  it("chooses only the cell's drivers and mechanisms", () => {
    const programs = [program('a', { mechanism: 'select' }), program('b', { mechanism: 'poll' }), program('c')];
    assert.deepEqual(chosen({ drivers: ['a', 'c'] }, programs), ['a', 'c']);
    assert.deepEqual(chosen({ mechanisms: ['select', 'poll'] }, programs), ['a', 'b']);
  });

  it('omits a driver that cannot have enough connections, and a cell that needs too many fds', () => {
    const programs = [program('a', { maxConnections: 1000 }), program('b')];
    assert.deepEqual(chosen({ parameters: { connections: 64, idle: 900 } }, programs), ['a', 'b']);
    assert.deepEqual(chosen({ parameters: { connections: 64, idle: 1000 } }, programs), ['b']);
    assert.deepEqual(chosen({ parameters: { connections: 64, idle: 1000 } }, programs, { fdLimit: 1024 }), []);
  });

  it('obeys the filters', () => {
    const programs = [program('tripoll-epoll'), program('c-epoll'), program('c-poll')];
    assert.deepEqual(chosen({}, programs, { driver: /^c-/ }), ['c-epoll', 'c-poll']);
    assert.deepEqual(chosen({}, programs, { workload: /cell 0/ }).length, 3);
    assert.deepEqual(chosen({}, programs, { workload: /^made up$/ }).length, 3);
    assert.deepEqual(chosen({}, programs, { workload: /echo/ }), []);
  });

  it('with quick chooses quick cells, and the families that a reader compares first', () => {
    const programs = [program('a', { family: 'C' }), program('b', { family: 'Go' })];
    assert.deepEqual(chosen({ extent: 'usual' }, programs, { extent: 'quick' }), []);
    assert.deepEqual(chosen({ extent: 'quick' }, programs, { extent: 'quick' }), ['a']);
    assert.deepEqual(chosen({ extent: 'quick' }, programs, { extent: 'quick', driver: /b/ }), ['b']);
  });

  it('without options chooses usual cells and drivers, and with all everything', () => {
    const programs = [
      program('a', { family: 'C' }),
      program('b', { family: 'C', mechanism: 'poll' }),
      program('c', { family: 'tripoll sys' }),
      program('d', { family: 'Go' }),
    ];
    assert.deepEqual(chosen({ extent: 'all' }, programs, { extent: 'usual' }), []);
    assert.deepEqual(chosen({ extent: 'usual' }, programs, { extent: 'usual' }), ['a', 'd']);
    assert.deepEqual(chosen({ extent: 'usual', comparesMechanisms: true }, programs, { extent: 'usual' }), [
      'a',
      'b',
      'd',
    ]);
    assert.deepEqual(chosen({ extent: 'usual', usualFamilies: ['C'] }, programs, { extent: 'usual' }), ['a']);
    assert.deepEqual(chosen({ extent: 'usual', usualFamilies: ['C'] }, programs).length, 4);
    assert.deepEqual(chosen({ extent: 'all' }, programs, { extent: 'usual', workload: /cell 0/ }), ['a', 'd']);
  });

  it('says which chosen drivers cannot run, and nothing about the others', () => {
    const programs = [program('a'), program('b', { missing: 'no python3' }), program('c', { missing: 'no redis' })];
    const missing = (driver?: RegExp) =>
      select([{ name: 'made up', about: '', cells: fakeCells({}) }], programs, {
        extent: 'all',
        fdLimit: 20_000,
        driver,
      })
        .flatMap((entry) => entry.missing)
        .map(({ name }) => name);
    assert.deepEqual(missing(), ['b', 'c']);
    assert.deepEqual(missing(/a|b/), ['b']);
    assert.deepEqual(missing(/a/), []);
  });
});

describe('nothingText', () => {
  const programs = [program('c-epoll'), program('c-poll'), program('python-select', { missing: 'no python3' })];
  const workloads = [{ name: 'made up', about: '', cells: fakeCells({ name: 'echo, 64 connections' }) }];
  const text = (choice: { driver?: RegExp; workload?: RegExp }, broken: Found['broken'] = []) =>
    nothingText(workloads, { programs, broken, versions: {} }, { extent: 'all', fdLimit: 20_000, ...choice });

  it('names near matches of a wrong driver, workload or cell', () => {
    assert.match(
      text({ driver: /^c-epol$|^x/ }),
      /^no driver has a name that matches '[^']+'; near names: c-epoll, c-poll,/,
    );
    assert.equal(
      text({ workload: /ecko, 64/ }),
      "no workload or cell has a name that matches 'ecko, 64'; near names: echo, 64 connections, made up",
    );
  });

  it('says why a driver cannot run, or that its file is broken', () => {
    assert.equal(text({ driver: /^python/ }), 'python-select cannot run: no python3');
    assert.match(
      text({ driver: /^go$/ }, [{ file: 'go.go', reason: 'needs go, which was not found' }]),
      /; the drivers of go\.go are not known, because it needs go, which was not found$/,
    );
  });

  it('says that no driver has the role', () => {
    assert.match(text({ driver: /c-/, workload: /echo/ }), /^none of the chosen drivers can serve/);
  });
});

describe('distinctCells', () => {
  const distinct = (...data: Partial<CellData>[]) =>
    distinctCells([
      { name: 'made up', about: '', cells: fakeCells(...data.slice(0, 1)) },
      { name: 'other', about: '', cells: fakeCells(...data.slice(1)).map((cell) => ({ ...cell, workload: 'other' })) },
    ]);

  it('joins two cells that put the same load on the servers, and keeps both names', () => {
    const [cell, ...others] = distinct(
      {
        name: 'a',
        parameters: { connections: 64 },
        load: load('echo', { connections: 64, size: 64 }),
        families: ['C'],
      },
      {
        name: 'b',
        parameters: { connections: 64, idle: 0 },
        load: load('echo', { size: 64, connections: 64, idle: 0 }),
        extent: 'quick',
      },
    );
    assert.deepEqual(others, []);
    assert.deepEqual([cell!.name, cell!.alsoIn], ['a', [{ workload: 'other', name: 'b' }]]);
    assert.deepEqual(cell!.parameters, { connections: 64, idle: 0 });
    assert.deepEqual([cell!.extent, cell!.families], ['quick', undefined]);
    assert.deepEqual(
      ['made up', 'other', 'third'].map((workload) => isPartOf(cell!, workload)),
      [true, true, false],
    );
  });

  it('joins no cells with another role, another argument or another length', () => {
    const one = { load: load('echo', { connections: 64 }) };
    for (const other of [
      { load: load('echo', { connections: 1 }) },
      { ...one, role: 'reply' as const },
      { ...one, stretch: 2 },
    ])
      assert.equal(distinct(one, other).length, 2);
    assert.equal(distinct({ kind: 'call', load: ['r', '10'] }, { kind: 'call', load: ['rx', '10'] }).length, 2);
  });

  it('finds one cell for each load of the real workloads', async () => {
    const workloads = await findWorkloads(join(root, 'benchmarks/workloads'), join(dist, 'benchmarks/workloads'));
    const all = workloads.flatMap(({ cells }) => cells.map(({ name }) => name));
    const named = distinctCells(workloads).map(({ name, alsoIn = [] }) => [name, ...alsoIn.map((other) => other.name)]);
    assert.deepEqual(named.flat().sort(), all.sort());
    assert.deepEqual(
      named.filter(({ length }) => length > 1),
      [['echo, 64 connections, 64 B', 'echo, 64 active among 0 idle, 64 B']],
    );
  });
});

describe('interleave', () => {
  const entry = (cell: Cell, ...drivers: string[]) => ({
    cell,
    programs: drivers.map((name) => program(name)),
    missing: [],
  });
  const names = (entries: Parameters<typeof interleave>[0], repetitions: number, seed = 1): string[] =>
    interleave(entries, repetitions, seed).map(
      ({ cell, program: { driver }, repetition }) => `${cell.name} ${driver.name} ${repetition}`,
    );

  it('spreads the repetitions over the whole run, and keeps the drivers of a cell together', () => {
    const [first, second] = fakeCells({}, {}) as [Cell, Cell];
    const order = names([entry(first, 'A', 'B', 'C'), entry(second, 'A', 'B')], 3);
    assert.equal(new Set(order).size, 15);
    assert.deepEqual(
      order.map((text) => Number(text.at(-1))),
      [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2],
    );
    for (const repetition of [0, 1, 2]) {
      const own = order.filter((text) => text.endsWith(String(repetition))).map((text) => text.slice(0, 6));
      assert.equal(own.filter((text, index) => text !== own[index - 1]).length, 2, own.join());
    }
  });

  it('shuffles the drivers of each repetition, in the same way for the same seed', () => {
    const [cell] = fakeCells({}) as [Cell];
    const entries = [entry(cell, 'A', 'B', 'C', 'D')];
    assert.deepEqual(names(entries, 50, 7), names(entries, 50, 7));
    assert.notDeepEqual(names(entries, 50, 7), names(entries, 50, 8));
    const firsts = names(entries, 200).filter((_, index) => index % 4 === 0);
    for (const name of ['A', 'B', 'C', 'D']) {
      const count = firsts.filter((text) => text.includes(` ${name} `)).length;
      assert.ok(count > 25 && count < 75, `${name} is first in ${count} of 200 repetitions`);
    }
  });

  it('lets cells with the same load take turns, since their figures are compared', () => {
    const [lines, batch] = fakeCells({ name: 'lines', parameters: {} }, { name: 'batch', parameters: {} }) as [
      Cell,
      Cell,
    ];
    const [other] = fakeCells({ name: 'other', parameters: { other: 1 } }) as [Cell];
    const order = names([entry(lines, 'A'), entry(other, 'A'), entry(batch, 'A')], 20).map(
      (text) => text.split(' ')[0],
    );
    for (let at = 0; at < order.length; at += 3) assert.notEqual(order[at + 1], 'other');
  });
});
