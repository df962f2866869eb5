import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { type CpuProfile, stacksOfPerf, stacksOfProfile } from '../../benchmarks/harness/cpu-profile.ts';
import { flameGraph } from '../../benchmarks/report/flame-graph.ts';
import { Child, dist } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';

const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0 });

describe('stacksOfProfile', () => {
  it('follows the children of each node, and leaves out the root and the idle time', () => {
    const profile: CpuProfile = {
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 4] },
        { id: 2, callFrame: frame('a'), children: [3] },
        { id: 3, callFrame: frame('b') },
        { id: 4, callFrame: frame('(idle)') },
      ],
      samples: [3, 2, 4, 3],
      timeDeltas: [10, 20, 40, 5],
    };
    assert.deepEqual(stacksOfProfile(profile), [
      { frames: ['a', 'b'], weight: 15 },
      { frames: ['a'], weight: 20 },
    ]);
  });
});

describe('stacksOfPerf', () => {
  it('reads the frames of each sample, from the outermost one', () => {
    const script = `c-server
	ffffffff8151a2b1 do_epoll_wait+0x91 ([kernel.kallsyms])
	    7f1c2e0d0e9f epoll_wait (/usr/lib/libc.so.6)

c-server
	    55d0c0a01234 operator new(int)+0x4 (/cache/c-1)
	          401136 main (/cache/c-1)
`;
    assert.deepEqual(stacksOfPerf(script), [
      { frames: ['epoll_wait', 'do_epoll_wait'], weight: 1 },
      { frames: ['main', 'operator new(int)'], weight: 1 },
    ]);
    assert.deepEqual(stacksOfPerf(''), []);
  });
});

describe('flameGraph', () => {
  it('draws each function as wide as its share, below the function that called it', () => {
    const svg = flameGraph('a <driver>', [
      { frames: ['a', 'b'], weight: 3 },
      { frames: ['a'], weight: 1 },
      { frames: ['<c>'], weight: 4 },
    ]);
    const boxes = [
      ...svg.matchAll(/<title>([^<]*)<\/title>\s*<rect\s+class="h\d"\s+x="([\d.]+)"\s+y="(\d+)"\s+width="([\d.]+)"/g),
    ];
    assert.deepEqual(
      boxes.map(([, title, x, y, width]) => [title, Number(x), Number(y), Number(width)]),
      [
        ['all: 100 %', 0, 48, 1200],
        ['a: 50 %', 0, 66, 600],
        ['b: 38 %', 0, 84, 450],
        ['&lt;c&gt;: 50 %', 600, 66, 600],
      ],
    );
    assert.ok(svg.startsWith('<svg') && svg.includes('a &lt;driver&gt;'));
    assert.equal(/(href|src)=|url\(|<script/.exec(svg), null);
  });

  it('draws an empty profile', () => {
    assert.doesNotMatch(flameGraph('nothing', []), /NaN|Infinity/);
  });
});

describe('npm run bench -- --flame', { skip: skipWithout('cc') }, () => {
  const bench = async (...args: string[]) => {
    const child = new Child(process.execPath, join(dist, 'benchmarks/main.js'), ...args);
    const { code } = await child.exit;
    return { code, stdout: child.stdout, stderr: child.stderr };
  };

  it('writes an SVG file with the functions of the driver', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tripoll-flame-'));
    try {
      const out = join(folder, 'made/flame.svg');
      const { code, stdout, stderr } = await bench('--flame', 'tripoll-epoll', '--seconds', '0.3', '--out', out);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), out);
      const svg = readFileSync(out, 'utf8');
      assert.match(svg, /tripoll-epoll: fixed rate, 40,000 a second/);
      assert.match(svg, /<title>\w+ src\/server\/loop\/[\w-]+\.js:\d+: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names near drivers when there is no such driver', async () => {
    const { code, stderr } = await bench('--flame', 'tripol-epoll');
    assert.equal(code, 1);
    assert.match(stderr, /no driver has a name that matches [^;]+; near names: tripoll-epoll, /);
  });
});
