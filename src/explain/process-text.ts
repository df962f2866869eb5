import { columns, paragraph } from './columns.ts';
import type { FdReport, ProcessReport, WaitedDescriptor } from './process.ts';
import { type Doing, rounded, type Wait } from './wait.ts';

const HEAD = ['fd', 'waits for', 'kind', 'what it is'];
const WHAT = 3;
// More would hide the rest.
const MOST_NAMED = 12;
const SETS: Readonly<Record<string, string>> = { r: 'readable', w: 'writable', x: 'exceptional' };

/**
 * A process in words.
 * @param report The process.
 * @param width The characters in a line; Infinity for as many as it takes.
 * @returns The text.
 */
export function processText(report: ProcessReport, width: number): string {
  const { pid, command, state, doing, fds } = report;
  return [
    paragraph(command, `process ${pid}: `, width),
    paragraph(doingText(doing, state), 'main thread: ', width),
    ...('call' in doing ? [paragraph(doing.call, 'system call: ', width)] : []),
    '',
    ...columns([HEAD, ...fds.map(cellsOf)], WHAT, width),
    '',
  ].join('\n');
}

function doingText(doing: Doing, state: string): string {
  if (state === 'T') return 'stopped by a signal';
  if ('unknown' in doing) return `not known: ${doing.unknown}`;
  if ('running' in doing) return 'runs: it is in no system call that waits';
  if ('kind' in doing) return waitText(doing);
  return `is in ${doing.name}${doing.fd === undefined ? '' : `, of fd ${doing.fd}`}`;
}

function waitText(wait: Wait): string {
  const { timeoutSeconds } = wait;
  const until = timeoutSeconds === null ? 'for ever' : `for at most ${rounded(timeoutSeconds)} s`;
  return `waits in ${wait.kind} ${until}, ${reasonText(wait)}`;
}

function reasonText({ kind, fds, epfd }: Wait): string {
  if (kind === 'epoll') return `until one of the fds of epoll object ${epfd ?? ''} is ready`;
  if (fds.length === 0) return 'for no fd: it sleeps';
  if (kind === 'poll') return `until one of ${named(fds)} is ready`;
  return `until ${Object.entries(SETS)
    .map(([letter, word]) => [fds.filter(({ events }) => events.includes(letter)), word] as const)
    .filter(([set]) => set.length > 0)
    .map(([set, word]) => `${named(set)} is ${word}`)
    .join(', or ')}`;
}

function named(fds: readonly { readonly fd: number }[]): string {
  const numbers = fds.slice(0, MOST_NAMED).map(({ fd }) => String(fd));
  if (fds.length > MOST_NAMED) numbers.push(`${fds.length - MOST_NAMED} more`);
  const last = numbers.pop() ?? '';
  return `fd ${numbers.length === 0 ? last : `${numbers.join(', ')} or ${last}`}`;
}

function cellsOf({ fd, waitedFor, kind, text, nonBlocking }: WaitedDescriptor): string[] {
  return [String(fd), waitedFor, kind, whatText(text, nonBlocking)];
}

function whatText(text: string, nonBlocking: boolean): string {
  return [text, ...(nonBlocking ? ['non-blocking'] : [])].filter((part) => part !== '').join(', ');
}

/**
 * An fd of ours in words.
 * @param report The fd.
 * @param width The characters in a line; Infinity for as many as it takes.
 * @returns The text.
 */
export function fdText(report: FdReport, width: number): string {
  const { fd, kind, text, nonBlocking, ready } = report;
  const [select, poll, poll0, byEpoll] = ready.map((value) => (value === '' ? '0' : value));
  const epollText = byEpoll === poll ? 'the same' : byEpoll;
  const rows = [
    [`fd ${fd}`, [kind, whatText(text, nonBlocking)].filter((part) => part !== '').join(', ')],
    ['select', `${select}: r readable, w writable, x exceptional`],
    ['poll', `${poll}, asked for IN, PRI, OUT and RDHUP; ${poll0}, asked for nothing`],
    ['epoll', `${epollText}${byEpoll === 'EPERM' ? ': it takes no such file, which is always ready' : ''}`],
  ];
  return `${columns(rows, 1, width).join('\n')}\n`;
}
