import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { summarize } from '../../benchmarks/harness/summary.ts';
import type { Cell, Driver, Results, Sample } from '../../benchmarks/harness/results.ts';
import { writeReport } from '../../benchmarks/report/report.ts';
import { inventedResults } from '../support/benchmark-results.ts';

const invented = inventedResults(2);
let directory: string;
let full: Record<string, string>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
  full = await report(invented);
});
after(() => rm(directory, { recursive: true }));

async function report(results: Results): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const file of await writeReport(
    results,
    join(directory, 'made', 'for it'),
    join(directory, 'made', 'a run.json'),
  )) {
    contents[basename(file)] = await readFile(file, 'utf8');
  }
  return contents;
}

function page(results: Results): Promise<string> {
  return report(results).then((files) => files['report.html']!);
}

/** The cells of the first row under a caption whose heading is `name`, as text. */
function row(html: string, caption: string, name: string): string[] {
  const tables = html.split(/<caption>\s*/).filter((part) => part.startsWith(`${caption}\n`));
  const rows = tables.join('').match(/<tr>.*?<\/tr>/gs) ?? [];
  const texts = rows.map((text) => [...text.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((match) => match[1]!.trim()));
  return texts.find(([first]) => first === name) ?? [];
}

/** What a reader sees in the charts of a page: the description, texts, tooltips, and on the x axis the ticks and the samples. */
function charts(html: string) {
  const svgs = [...html.matchAll(/<svg role="img" aria-label="([^"]*)".*?<\/svg>/gs)];
  return svgs.map(([svg, label = '']) => {
    const group = (name: string) => new RegExp(`aria-label="${name}".*?</g>`, 's').exec(svg)?.[0] ?? '';
    const textsOf = (part: string) => [...part.matchAll(/<text[^>]*>([^<]+)/g)].map(([, text = '']) => text);
    const ticks = [...group('x-axis tick label').matchAll(/translate\(([\d.]+),[^>]*>([^<]+)</g)];
    return {
      label,
      titles: [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, text]) => text),
      texts: textsOf(svg),
      ticks: ticks.map(([, x, text]) => [Number(text!.replace('k', '000')), Number(x)] as const),
      samples: [...group('tick').matchAll(/x1="([\d.]+)"/g)].map(([, x]) => Number(x)),
    };
  });
}

function notANumber(html: string): string | undefined {
  return /.{0,80}(NaN|Infinity|undefined|null)/.exec(html)?.[0];
}

const driver = (name: string, family: string, rest: Partial<Driver> = {}): Driver => ({
  name,
  label: name,
  family,
  mechanism: 'epoll',
  roles: ['echo'],
  collects: false,
  ...rest,
});
const echo: Cell = {
  name: 'echo, 2 connections',
  workload: 'echo',
  role: 'echo',
  parameters: { connections: 2 },
  kind: 'load',
  load: [],
  countsSyscalls: true,
  extent: 'usual',
  comparesMechanisms: false,
};

function small(drivers: Driver[], samples: Sample[], rest: Partial<Results> = {}): Results {
  const workloads = [{ name: 'echo', about: 'One message.' }];
  return { ...inventedResults(1), workloads, cells: [echo], drivers, samples, syscalls: [], ...rest };
}

function cpu(name: string, ...microseconds: number[]): Sample[] {
  return microseconds.map((value, repetition) => ({
    cell: echo.name,
    driver: name,
    repetition,
    cpuMicrosecondsPerMessage: value,
    messagesPerSecond: value * 1000,
  }));
}

describe('writeReport', () => {
  it('has all cells and drivers in the page and in the tables', () => {
    const results = invented;
    const files = full;
    assert.deepEqual(Object.keys(files).sort(), ['report.html', 'summary.md', 'tables.md']);
    for (const { name } of [...results.cells, ...results.workloads]) {
      assert.ok(files['report.html']!.includes(name), name);
      assert.ok(files['tables.md']!.includes(name), name);
    }
    for (const { label } of results.drivers) {
      assert.ok(files['report.html']!.includes(label), label);
      assert.ok(files['tables.md']!.includes(label), label);
    }
    for (const text of ['0123456789abcdef-dirty', 'An Invented CPU @ 2.50GHz', 'kernel 6.1.0', 'cubic', '2026-01-02']) {
      assert.ok(files['report.html']!.includes(text), text);
    }
  });

  it('shows medians, ranges and ratios of the same repetition', async () => {
    const drivers = [driver('ours', 'tripoll'), driver('limit', 'C'), driver('net', 'node:net')];
    const samples = [...cpu('ours', 6, 20, 9, 7), ...cpu('limit', 5, 10, 10, 4), ...cpu('net', 12, 10, 18, 28)];
    const files = await report(small(drivers, samples));
    // Of 6/5, 20/10, 9/10 and 7/4; of 6/12, 20/10, 9/18 and 7/28.
    const [, count, median, range, c, net, perSecond] = row(files['report.html']!, `Medians: ${echo.name}`, 'ours');
    assert.deepEqual(
      [count, median, range, c, net],
      ['4', '8.00', '6.00–20.0', '1.48× (0.900–2.00)', '0.500× (0.250–2.00)'],
    );
    assert.equal(perSecond, '8,000');
    const line = `| ${echo.name} | epoll | Server CPU, µs a message | 8.00 (6.00–20.0) | 1.48× (0.900–2.00) | 0.500× (0.250–2.00) | – |`;
    assert.ok(files['summary.md']!.includes(line), files['summary.md']);
    assert.ok(files['tables.md']!.includes('| ours | 8.00 | 6.00–20.0 | 1.48× (0.900–2.00) | 0.500× (0.250–2.00) |'));
  });

  it('compares a batch a turn with C and node:net under the same load', async () => {
    const batch = { ...echo, name: 'lines, a batch a turn', role: 'batch' as const };
    const drivers = [driver('ours', 'tripoll', { roles: ['batch'] }), driver('limit', 'C')];
    const samples = [...cpu('limit', 8, 8, 8), ...cpu('ours', 2, 4, 6).map((one) => ({ ...one, cell: batch.name }))];
    const html = await page(small(drivers, samples, { cells: [echo, batch] }));
    assert.equal(row(html, `Medians: ${batch.name}`, 'ours')[4], '0.500× (0.250–0.750)');
  });

  it('counts system calls a message', async () => {
    const calls = { recvfrom: 100, sendto: 100, epoll_wait: 50 };
    const syscalls = [{ cell: echo.name, driver: 'ours', messages: 100, calls }];
    const waits = [{ cell: echo.name, driver: 'ours', messages: 1000, waits: 400, found: 1200 }];
    const files = await report(small([driver('ours', 'tripoll')], cpu('ours', 5), { syscalls, waits }));
    const html = files['report.html']!;
    const [, ...counts] = row(html, `System calls a message: ${echo.name}`, 'ours');
    assert.deepEqual(counts, ['3.00', '0.400', '2.50', 'recvfrom 1.00, sendto 1.00, epoll_wait 0.500']);
    assert.equal(row(html, `Medians: ${echo.name}`, 'ours').at(-1), '3.00');
    assert.match(files['tables.md']!, /Events a turn \|\n[^\n]*\n\| ours .*\| 3\.00 \|$/m);
  });

  it('shows user and system time beside those of C and node:net', async () => {
    const drivers = [driver('ours', 'tripoll'), driver('limit', 'C'), driver('net', 'node:net')];
    const divided = (name: string, user: number, system: number): Sample => ({
      ...cpu(name, user + system)[0]!,
      userMicrosecondsPerMessage: user,
      systemMicrosecondsPerMessage: system,
    });
    const files = await report(
      small(drivers, [divided('ours', 1.5, 6), divided('limit', 0.25, 5.5), divided('net', 5, 7)]),
    );
    assert.ok(files['summary.md']!.includes('| 7.50 | 1.30× | 0.625× | 6.00 / 5.50 / 7.00 |'), files['summary.md']);
    assert.ok(files['tables.md']!.includes('| ours | 7.50 | – | 1.30× | 0.625× | 1.50 | 6.00 |'), files['tables.md']);
    assert.deepEqual(row(files['report.html']!, `Medians: ${echo.name}`, 'limit').slice(6, 8), ['0.250', '5.50']);
  });

  it('marks load-limited samples and servers that do not keep up, in Markdown too', async () => {
    const paced = { ...echo, name: 'paced', parameters: { pace: 1000 } };
    const drivers = [driver('ours', 'tripoll'), driver('limit', 'C')];
    const at = (cell: Cell, name: string, rest: Partial<Sample>) => ({ ...cpu(name, 5)[0]!, cell: cell.name, ...rest });
    const samples = [
      at(echo, 'ours', { limitedByLoad: true }),
      at(paced, 'ours', { messagesPerSecond: 900 }),
      at(paced, 'limit', { messagesPerSecond: 1000 }),
    ];
    const files = await report(small(drivers, samples, { cells: [echo, paced] }));
    assert.match(files['summary.md']!, /^\| echo, 2 connections \| epoll \| Server CPU, µs a message \| 5\.00† \|/m);
    assert.match(files['summary.md']!, /^\| paced \| epoll \| Server CPU, µs a message \| 5\.00‡ \| 1\.00× \|/m);
    assert.match(files['summary.md']!, /^† In some samples the load generator was the limit: [^]+^‡ In some samples/m);
    assert.match(files['tables.md']!, /^\| ours † \|[^]+^\| ours ‡ \|[^]+^\| limit \|/m);
    const unmarked = await report(small(drivers, [at(paced, 'limit', {})], { cells: [paced] }));
    assert.doesNotMatch(unmarked['summary.md']!, /[†‡]/);
  });

  it('says at which number of clients another mechanism becomes cheaper', async () => {
    const drivers = (['select', 'epoll'] as const).map((mechanism) => driver(mechanism, 'C', { mechanism }));
    const cells = [0, 1000].map((idle) => ({ ...echo, name: `echo among ${idle}`, parameters: { idle } }));
    const at = (index: number, name: string, value: number) => ({ ...cpu(name, value)[0]!, cell: cells[index]!.name });
    const samples = [at(0, 'select', 4), at(0, 'epoll', 8), at(1, 'select', 16), at(1, 'epoll', 8)];
    const html = await page(small(drivers, samples, { cells }));
    const text = 'select 2.00× cheaper at 0, epoll 2.00× cheaper at 1,000, equal at about 330';
    assert.ok(html.includes(`C, by idle clients: select and epoll: ${text}.`));
  });

  it('lists load-limited samples, missing drivers and errors', async () => {
    const [first, second] = cpu('ours', 5, 5);
    const failed = { cell: echo.name, driver: 'ours', repetition: 2, errors: ['reset <on> 7'] };
    const drivers = [driver('ours', 'tripoll'), driver('uvloop', 'Python', { missing: 'it is not installed' })];
    const html = await page(small(drivers, [{ ...first!, limitedByLoad: true }, second!, failed]));
    assert.match(html, /limit in 1 of 3 samples/);
    assert.equal(row(html, `Medians: ${echo.name}`, 'ours')[1], '3, 1 load-limited†');
    assert.match(html, /Not measured: uvloop, because it is not installed\./);
    assert.match(html, /repetition 2: reset &lt;on&gt; 7/);
  });

  it('draws no throughput when the load chooses it, and counts the samples that do not keep up', async () => {
    const paced = { ...echo, parameters: { connections: 100, batch: 16, pace: 1000, pile: 0 } };
    const [kept, late] = cpu('ours', 5, 5);
    const samples = [
      { ...kept!, messagesPerSecond: 16_000 * 0.995 },
      { ...late!, messagesPerSecond: 16_000 * 0.985 },
    ];
    const html = await page(small([driver('ours', 'tripoll')], samples, { cells: [paced] }));
    assert.equal(row(html, `Medians: ${echo.name}`, 'ours')[1], '2, 1 behind‡');
    assert.ok(html.includes(`rate or pace in some samples. ${echo.name}: 1 of 2.`));
    assert.ok(!html.includes('Throughput, messages a second, of'));
    const free = await page(small([driver('ours', 'tripoll')], samples));
    assert.equal(row(free, `Medians: ${echo.name}`, 'ours')[1], '2');
    assert.ok(free.includes('Throughput, messages a second, of'));
  });

  it('shows what a crowd does to the honest client, the timer and the memory', async () => {
    const crowd: Cell = { ...echo, name: 'crowd, 2 clients', role: 'crowd', workload: 'crowd', countsSyscalls: false };
    const latencyUs = { p50: 11, p90: 12, p99: 13, 'p99.9': 14, 'p99.99': 15, max: 16, mean: 12, count: 100 };
    const figures = { messagesPerSecond: 2000, latencyUs, peakBytesAboveRest: 42e6, closedClients: 7 };
    const samples = ['ours', 'other'].map((name): Sample => ({
      cell: crowd.name,
      driver: name,
      repetition: 0,
      ...figures,
      ...(name === 'ours' ? { timerUs: { p99: 17, max: 18, count: 100 } } : {}),
    }));
    const rest = { cells: [crowd], workloads: [{ name: 'crowd', about: 'A crowd.' }] };
    const results = small([driver('ours', 'tripoll'), driver('other', 'Redis')], samples, rest);
    const files = await report(results);
    const html = files['report.html']!;
    const heads = row(html, `Medians: ${crowd.name}`, 'Driver');
    const of = (name: string) => {
      const cells = row(html, `Medians: ${crowd.name}`, name);
      return Object.fromEntries(heads.map((head, index) => [head, cells[index]]));
    };
    const shown = {
      'Latency p50, µs': '11.0',
      'Latency p99, µs': '13.0',
      'Latency max, µs': '16.0',
      'Timer late p99, µs': '17.0',
      'Timer late max, µs': '18.0',
      'Peak memory above rest, MB': '42.0',
      'Throughput, messages a second': '2,000',
      'Closed by the server, clients': '7.00',
    };
    const found = of('ours');
    for (const [head, text] of Object.entries(shown)) assert.equal(found[head], text, head);
    assert.equal(of('other')['Timer late max, µs'], '–');
    assert.equal(heads.includes('× C'), false);
    assert.deepEqual(
      charts(html).map(({ label }) => /^[^,:]+/.exec(label)![0]),
      ['Honest client', 'Honest client', 'Timer late', 'Peak memory above rest', 'Throughput'],
    );
    const [line] = files['tables.md']!.split('\n').filter((text) => text.startsWith('| ours'));
    for (const text of ['11.0', '13.0', '16.0', '17.0', '18.0', '42.0', '2,000']) {
      assert.ok(line!.includes(` ${text} |`), `${text} in ${line}`);
    }
    const text = summarize(results);
    for (const head of ['Latency max, µs', 'Timer late max, µs', 'Peak memory above rest, MB', 'Throughput'])
      assert.ok(text.includes(head), head);
    assert.match(text, /^ {2}ours +11\.0 [^\n]+ 42\.0 [^\n]+ 2,000 +7\.00/m);
  });

  it('escapes all texts of the results', async () => {
    const name = '<script>"it"&\'s</script>|';
    const drivers = [driver(name, name), driver('limit', 'C', { label: name })];
    const machine = { cpu: name, cpus: name, memory: name, kernel: name, system: name };
    const cells = [{ ...echo, name, workload: name }];
    const samples = [...cpu(name, 5, 6), ...cpu('limit', 5, 6)].map((one) => ({ ...one, cell: name, errors: [name] }));
    const syscalls = [{ cell: name, driver: name, messages: 1, calls: { [name]: 1 } }];
    const workloads = [{ name, about: name }];
    const rest = {
      machine,
      cells,
      syscalls,
      workloads,
      commit: name,
      versions: { [name]: name },
      limits: { [name]: name },
    };
    const files = await report(small(drivers, samples, rest));
    assert.ok(!files['report.html']!.includes('<script'));
    assert.ok(files['report.html']!.includes('&lt;script&gt;&quot;it&quot;&amp;&#39;s&lt;/script&gt;|'));
    assert.doesNotMatch(files['summary.md']!, /[^\\]<|[^\\]script>/);
    const cellsOf = files['tables.md']!.split('\n').find((line) => line.startsWith('| \\<'))!;
    assert.equal(cellsOf.split(/(?<!\\)\|/).length, 7, 'five cells a line');
  });

  it('shows each driver in the charts with its median, its range and its ratio', async () => {
    const drivers = [driver('ours', 'tripoll'), driver('limit', 'C')];
    const [chart] = charts(await page(small(drivers, [...cpu('ours', 6, 20, 9, 7), ...cpu('limit', 5, 10, 10, 4)])));
    assert.match(chart!.label, /^Server CPU, µs a message, of 2 drivers; echo, 2 connections\./);
    assert.deepEqual(chart!.titles, ['ours: 8.00 (6.00–20.0)', 'limit: 7.50 (4.00–10.0)']);
    for (const text of ['tripoll', 'ours', 'C', 'limit', 'median', '8.00', '× C', '1.48×']) {
      assert.ok(chart!.texts.includes(text), `${text} in ${chart!.texts.join('; ')}`);
    }
  });

  it('puts the numbers where the axis says, in linear and in logarithmic charts', async () => {
    for (const values of [
      [10, 15, 20],
      [10, 100, 1000],
    ]) {
      const [chart] = charts(await page(small([driver('ours', 'tripoll')], cpu('ours', ...values))));
      const isLogarithmic = values[2]! > 100;
      const measure = (value: number) => (isLogarithmic ? Math.log10(value) : value);
      const [[first, from], [last, to]] = [chart!.ticks[0]!, chart!.ticks.at(-1)!];
      const expected = values.map(
        (value) => from + ((to - from) * (measure(value) - measure(first))) / (measure(last) - measure(first)),
      );
      for (const [index, x] of chart!.samples.entries()) {
        assert.ok(Math.abs(x - expected[index]!) < 0.5, `${chart!.samples.join()} is not ${expected.join()}`);
      }
      assert.equal(chart!.samples.length, 3);
    }
  });

  it('labels each line of a sweep, and shows the range at each point', async () => {
    const drivers = (['select', 'epoll'] as const).map((mechanism) => driver(`C, ${mechanism}`, 'C', { mechanism }));
    const cells = [0, 1000].map((idle) => ({ ...echo, name: `echo among ${idle}`, parameters: { idle } }));
    const at = (index: number, name: string, ...values: number[]) =>
      cpu(name, ...values).map((sample) => ({ ...sample, cell: cells[index]!.name }));
    const samples = [
      ...at(0, 'C, select', 4, 5, 6),
      ...at(1, 'C, select', 16, 20),
      ...at(0, 'C, epoll', 8, 8),
      ...at(1, 'C, epoll', 7, 9),
    ];
    const [chart] = charts(await page(small(drivers, samples, { cells })));
    assert.match(chart!.label, /^Cost against idle clients: Server CPU, µs a message; C\./);
    assert.deepEqual(chart!.titles, [
      'C, select: 5.00 (4.00–6.00)',
      'C, select: 18.0 (16.0–20.0)',
      'C, epoll: 8.00 (8.00–8.00)',
      'C, epoll: 8.00 (7.00–9.00)',
    ]);
    for (const text of ['select', 'epoll', 'idle clients', '0', '1k']) assert.ok(chart!.texts.includes(text), text);
  });

  it('is one page that loads nothing', () => {
    const html = full['report.html']!;
    assert.equal(/.{0,80}(https?:|\bsrc=|<link|<script|@import|url\(|<iframe|<image)/i.exec(html)?.[0], undefined);
    const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, target]) => target!);
    const [raw] = targets.filter((target) => !target.startsWith('#'));
    assert.equal(raw, '../a%20run.json');
    for (const target of targets.filter((one) => one !== raw))
      assert.ok(html.includes(`id="${target.slice(1)}"`), target);
  });

  it('lists all its sections in the contents', () => {
    const html = full['report.html']!;
    const contents = /<nav aria-label="Contents">.*?<\/nav>/s.exec(html)![0];
    const sections = [...html.matchAll(/<section id="([^"]*)"/g)]
      .map(([, id]) => id!)
      .filter((id) => id !== 'conclusion');
    assert.deepEqual(
      [...contents.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id),
      sections,
    );
    assert.ok(html.indexOf('Conclusion') < html.indexOf('aria-label="Contents"'));
  });

  it('explains each plot, and draws the CPU time against the offered rate', () => {
    const html = full['report.html']!;
    for (const caption of html.match(/<figcaption>.*?<\/figcaption>/gs)!)
      assert.match(caption, /<small>.{80,}<\/small>/s, caption.slice(0, 80));
    assert.match(html, /By offered rate: Server CPU, µs a message; tripoll\./);
  });

  it('draws no latency of a closed loop, which is not the time of the service', () => {
    const drawn = charts(full['report.html']!).filter(({ label }) => label.startsWith('Latency, µs: median'));
    assert.ok(drawn.length > 0);
    for (const { label } of drawn) assert.match(label, /; (open loop|wake-up)/);
    const heads = row(full['report.html']!, 'Medians: echo, 1 connections, 64 B', 'Driver');
    assert.ok(heads.includes('Closed-loop round trip p50, µs') && !heads.includes('Latency p50, µs'), heads.join('; '));
  });

  it('gives each line of a chart of percentiles a label, and a dash or colour of its own', () => {
    const start = full['report.html']!.indexOf('aria-label="Latency by percentile, Python;');
    const svg = full['report.html']!.slice(start, full['report.html']!.indexOf('</svg>', start));
    const lines = [...svg.matchAll(/<g[^>]*aria-label="line"[^>]*>/g)].map(([group]) =>
      ['stroke', 'stroke-dasharray'].map((name) => new RegExp(` ${name}="([^"]*)"`).exec(group)?.[1]).join(),
    );
    assert.equal(lines.length, 6, 'three of Python, and tripoll, C and node:net');
    assert.equal(new Set(lines).size, 6, lines.join('; '));
    for (const label of ['select', 'selectors', 'asyncio', 'tripoll', 'C', 'node:net'])
      assert.ok(svg.includes(`>${label}<`), label);
  });

  it('draws nothing that is not a number', () => {
    assert.equal(notANumber(full['report.html']!), undefined);
  });

  // Few drivers, because a gap does not depend on their number.
  const every = invented.drivers.filter(({ name }) =>
    /^(c-|node-net|tripoll-epoll|python-(asyncio|uvloop))/.test(name),
  );
  const all = invented.samples.filter((sample) => every.some(({ name }) => name === sample.driver));
  const { cells } = invented;
  const gaps: Record<string, Partial<Results>> = {
    'no samples at all': { samples: [], syscalls: [] },
    'no cells': { cells: [], samples: [], syscalls: [] },
    'no drivers': { drivers: [], samples: [], syscalls: [] },
    'one driver': { drivers: every.filter(({ name }) => name === 'node-net') },
    'one sample a cell': { samples: cells.flatMap(({ name }) => all.find(({ cell }) => cell === name) ?? []) },
    'a cell without samples': { samples: all.filter(({ cell }) => cell !== cells[0]!.name) },
    'samples without figures': {
      samples: all.map(({ cell, driver: name, repetition }) => ({ cell, driver: name, repetition })),
    },
    'latencies without histograms': { samples: all.map((sample) => ({ ...sample, histogram: [] })) },
    'figures that are 0': {
      samples: all.map((sample) => ({
        ...sample,
        cpuMicrosecondsPerMessage: 0,
        messagesPerSecond: 0,
        cpuMicrosecondsPerCall: 0,
        bytesPerConnection: 0,
      })),
    },
    'a family of its own': { drivers: every.map((one) => ({ ...one, family: `${one.family}!` })) },
  };
  for (const [name, gap] of Object.entries(gaps)) {
    it(`works with ${name}`, async () => {
      const html = await page({ ...invented, drivers: every, samples: all, ...gap });
      assert.equal(notANumber(html), undefined);
      assert.ok(html.includes('<h1>tripoll benchmarks</h1>') && html.trimEnd().endsWith('</html>'));
    });
  }
});
