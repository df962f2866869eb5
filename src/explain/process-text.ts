import { columns, paragraph } from './columns.ts';
import type { FdReport, ProcessReport, WaitedDescriptor } from './process.ts';
import { type Doing, rounded, type Wait } from './wait.ts';

const HEAD = ['fd', 'waits for', 'kind', 'what it is'];
const DESCRIPTION = 3;
// A longer list would hide the rest of the text.
const MAX_NAMED_FDS = 12;
const STATES: Readonly<Record<string, string>> = { r: 'readable', w: 'writable', x: 'exceptional' };

/** Describes a process in words. `width` is the number of characters in a line; Infinity wraps nothing. */
export function processText(report: ProcessReport, width: number): string {
  const { pid, command, state, doing, fds } = report;
  return [
    paragraph(command, `process ${pid}: `, width),
    paragraph(doingText(doing, state), 'main thread: ', width),
    ...('call' in doing ? [paragraph(doing.call, 'system call: ', width)] : []),
    '',
    ...columns([HEAD, ...fds.map(cellsOf)], DESCRIPTION, width),
    '',
  ].join('\n');
}

function doingText(doing: Doing, state: string): string {
  if (state === 'T') return 'stopped by a signal';
  if ('unknown' in doing) return `unknown: ${doing.unknown}`;
  if ('running' in doing) return 'runs; it does not wait in a system call';
  if ('kind' in doing) return waitText(doing);
  return `is in ${doing.name}${doing.fd === undefined ? '' : `, on fd ${doing.fd}`}`;
}

function waitText(wait: Wait): string {
  const { timeoutSeconds } = wait;
  const until = timeoutSeconds === null ? 'without a timeout' : `for at most ${rounded(timeoutSeconds)} s`;
  return `waits in ${wait.kind} ${until}, ${reasonText(wait)}`;
}

function reasonText({ kind, fds, epfd }: Wait): string {
  if (kind === 'epoll') return `until one of the fds of epoll object ${epfd ?? ''} is ready`;
  if (fds.length === 0) return 'for no fd: it only sleeps';
  if (kind === 'poll') return `until one of ${named(fds)} is ready`;
  return `until ${Object.entries(STATES)
    .map(([letter, word]) => [fds.filter(({ events }) => events.includes(letter)), word] as const)
    .filter(([set]) => set.length > 0)
    .map(([set, word]) => `${named(set)} is ${word}`)
    .join(', or ')}`;
}

function named(fds: readonly { readonly fd: number }[]): string {
  const numbers = fds.slice(0, MAX_NAMED_FDS).map(({ fd }) => String(fd));
  if (fds.length > MAX_NAMED_FDS) numbers.push(`${fds.length - MAX_NAMED_FDS} more`);
  const last = numbers.pop() ?? '';
  return `fd ${numbers.length === 0 ? last : `${numbers.join(', ')} or ${last}`}`;
}

function cellsOf({ fd, waitedFor, kind, text, nonBlocking }: WaitedDescriptor): string[] {
  return [String(fd), waitedFor, kind, descriptionText(text, nonBlocking)];
}

function descriptionText(text: string, nonBlocking: boolean): string {
  return [text, ...(nonBlocking ? ['non-blocking'] : [])].filter((part) => part !== '').join(', ');
}

/** Describes an fd of this process in words. `width` is the number of characters in a line; Infinity wraps nothing. */
export function fdText(report: FdReport, width: number): string {
  const { fd, kind, text, nonBlocking, ready } = report;
  const [select, poll, poll0, byEpoll] = ready.map((value) => (value === '' ? '0' : value));
  const epollText = byEpoll === poll ? 'the same as poll' : byEpoll;
  const rows = [
    [`fd ${fd}`, [kind, descriptionText(text, nonBlocking)].filter((part) => part !== '').join(', ')],
    ['select', `${select}: r readable, w writable, x exceptional`],
    ['poll', `${poll} when asked for IN, PRI, OUT and RDHUP; ${poll0} when asked for nothing`],
    [
      'epoll',
      `${epollText}${byEpoll === 'EPERM' ? ': epoll does not accept this kind of file, which is always ready' : ''}`,
    ],
  ];
  return `${columns(rows, 1, width).join('\n')}\n`;
}
