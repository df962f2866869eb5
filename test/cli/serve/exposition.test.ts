import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { counter, expositionText, gauge } from '../../../src/cli/serve/exposition.ts';
import { processMetrics } from '../../../src/cli/serve/process-metrics.ts';

describe('expositionText', () => {
  it('writes the help, the type and the number of each metric, in their order', () => {
    const metrics = [counter('a_total', 'Things.', () => 3), gauge('b', 'Now.', () => 0.5)];
    assert.equal(
      expositionText(metrics),
      '# HELP a_total Things.\n# TYPE a_total counter\na_total 3\n# HELP b Now.\n# TYPE b gauge\nb 0.5\n',
    );
  });

  it('writes a line for each value of a label', () => {
    const metrics = [counter('ends_total', 'Ends.', () => ({ eof: 1, reset: 0 }), 'reason')];
    assert.match(expositionText(metrics), /\nends_total\{reason="eof"\} 1\nends_total\{reason="reset"\} 0\n$/);
  });

  it('escapes what a client may have chosen, so that no value of a label becomes a line', () => {
    const metrics = [gauge('g', 'One \\ and\nanother.', () => ({ 'a"} 1\nb\\': 2 }), 'peer')];
    assert.equal(
      expositionText(metrics),
      '# HELP g One \\\\ and\\nanother.\n# TYPE g gauge\ng{peer="a\\"} 1\\nb\\\\"} 2\n',
    );
  });

  it('writes numbers as Prometheus reads them', () => {
    const numbers = { a: Infinity, b: -Infinity, c: NaN, d: 1e21, e: 2 ** 53, f: -0 };
    const text = expositionText([gauge('g', 'G.', () => numbers, 'l')]);
    assert.deepEqual(
      [...text.matchAll(/\} (.*)$/gm)].map(([, number]) => number),
      ['+Inf', '-Inf', 'NaN', '1e+21', '9007199254740992', '0'],
    );
  });

  it('adds up the buckets of a histogram', () => {
    const read = () => ({ bounds: [0.1, 1], counts: [2, 0, 3], sum: 7.5 });
    assert.equal(
      expositionText([{ type: 'histogram', name: 'h_seconds', help: 'H.', read }]),
      '# HELP h_seconds H.\n# TYPE h_seconds histogram\nh_seconds_bucket{le="0.1"} 2\nh_seconds_bucket{le="1"} 2\n' +
        'h_seconds_bucket{le="+Inf"} 5\nh_seconds_sum 7.5\nh_seconds_count 5\n',
    );
  });
});

describe('the metrics of the process', () => {
  const text = expositionText(processMetrics());
  for (const name of [
    'process_cpu_user_seconds_total',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_virtual_memory_bytes',
    'process_open_fds',
    'process_max_fds',
    'nodejs_heap_size_used_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_external_memory_bytes',
  ]) {
    it(`tell ${name}`, () => {
      assert.ok(Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) > 0, text);
    });
  }

  it('tell when the process started, and the version of Node', () => {
    const started = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]);
    assert.ok(Math.abs(started - (Date.now() / 1000 - process.uptime())) < 5);
    assert.match(text, new RegExp(`^nodejs_version_info\\{version="${process.version}"\\} 1$`, 'm'));
  });
});
