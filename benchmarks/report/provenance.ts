import type { Results } from '../harness/results.ts';

/** What was measured on what: terms and texts. */
export function provenance(results: Results): [term: string, text: string][] {
  const { date, commit, machine, versions, limits, congestionControl, options, samples } = results;
  return [
    ['Date', `${date.slice(0, 16).replace('T', ' ')} UTC`],
    ['Commit', commit ?? 'unknown'],
    ['Processor', `${machine.cpu}, ${machine.cpus}`],
    ['Memory', machine.memory],
    ['System', `${machine.system}, kernel ${machine.kernel}`],
    ['Versions', pairs(versions)],
    ['Limits', pairs(limits)],
    ['TCP congestion control', congestionControl],
    ['Repetitions', `${options.repetitions}, each of ${options.seconds} s, in a fresh process; drivers in turn`],
    ['Warm-up', warmupText(options)],
    ['Samples', samples.length.toLocaleString('en-US')],
  ];
}

function warmupText({ warmup }: Results['options']): string {
  return warmup === undefined ? 'unknown' : `${warmup} s where code is compiled while it runs`;
}

function pairs(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
