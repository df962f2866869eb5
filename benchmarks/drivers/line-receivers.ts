// Programs that receive lines over TCP and write them: `tripoll serve` with its three back-ends, and what an operator would use
// instead, rsyslog (imptcp and omfile, one worker) and socat (a process for each client).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { AF_INET, fromfd, SOCK_STREAM } from 'tripoll/socket';

import type { Driver, OutputRole } from '../harness/results.ts';
import { makeOutput, type OutputKind, withParent } from './lib/line-outputs.ts';
import { type Counters, LISTENER, ready, run } from './lib/program.ts';
import { checkLines } from './lib/received-lines.ts';

const START_MS = 10_000;
const POLL_MS = 10;
const BACKLOG = 4096;

// What a role writes, and where.
const outputs: Readonly<Record<OutputRole, { readonly kind: OutputKind; readonly isJson: boolean }>> = {
  'text-file': { kind: 'file', isJson: false },
  'json-file': { kind: 'file', isJson: true },
  'text-pipe': { kind: 'pipe', isJson: false },
  'json-pipe': { kind: 'pipe', isJson: true },
  'text-null': { kind: 'null', isJson: false },
  'json-null': { kind: 'null', isJson: true },
  'text-reopened': { kind: 'reopened', isJson: false },
  'text-slow-pipe': { kind: 'slow-pipe', isJson: false },
};
const roles = Object.keys(outputs) as OutputRole[];
const isText = (role: OutputRole): boolean => !outputs[role].isJson;

const tripollDrivers = (['select', 'poll', 'epoll'] as const).map((mechanism): Driver => ({
  name: `tripoll-serve-${mechanism}`,
  label: `tripoll serve, ${mechanism}`,
  family: 'tripoll',
  mechanism,
  roles,
  collects: false,
  justInTime: true,
}));

const rsyslog = installed('rsyslogd', '-v', 'rsyslog', {
  name: 'rsyslog',
  label: 'rsyslog',
  family: 'rsyslog',
  mechanism: 'epoll',
  roles,
  collects: false,
});

// It copies bytes and knows no lines, so it may cut them. It makes no JSON and reopens no file.
const socat = installed('socat', '-V', 'socat', {
  name: 'socat',
  label: 'socat',
  family: 'socat',
  mechanism: 'select',
  roles: roles.filter((role) => isText(role) && role !== 'text-reopened'),
  collects: false,
});

function installed(program: string, versionFlag: string, debianPackage: string, driver: Driver): Driver {
  if (spawnSync(program, [versionFlag], { env: pathWithSbin() }).status === 0) return driver;
  return { ...driver, missing: `${program} is not installed (Debian: apt install ${debianPackage})` };
}

// Debian does not have /usr/sbin, and rsyslogd in it, in the path of a user.
function pathWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
}

/** Everything that is needed to start a receiver. */
interface Job {
  readonly driver: Driver;
  readonly path: string;
  readonly isPipe: boolean;
  readonly isJson: boolean;
  readonly port: number;
  readonly folder: string;
}

function start(job: Job): Promise<ChildProcess> {
  if (job.driver.name === 'rsyslog') return startRsyslog(job);
  return job.driver.name === 'socat' ? startSocat(job) : startTripoll(job);
}

async function startTripoll({ driver, path, isPipe, isJson }: Job): Promise<ChildProcess> {
  const stdout = isPipe ? openSync(path, 'w') : 'ignore';
  const settings = {
    fd: LISTENER,
    framing: 'line',
    backend: driver.mechanism,
    output: isJson ? 'json' : 'text',
    'log-lines-per-second': 1,
    ...(isPipe ? {} : { file: path }),
  };
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [program = '', ...rest] = withParent([process.execPath, main, 'serve', ...args]);
  const child = spawn(program, rest, { stdio: ['ignore', stdout, 'pipe', LISTENER] });
  if (typeof stdout === 'number') closeSync(stdout);
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('listening on')) resolve();
    });
    child.once('close', () => {
      reject(new Error(`tripoll serve ended: ${log}`));
    });
  });
  return child;
}

async function startRsyslog({ path, isJson, port, folder }: Job): Promise<ChildProcess> {
  const configuration = join(folder, 'rsyslog.conf');
  // It must not look up the names of the clients, and a message that begins with a digit is no octet count. The queue is short: what is in it at the end is not measured.
  writeFileSync(
    configuration,
    `global(workDirectory="${folder}" maxMessageSize="8k" net.enableDNS="off")
main_queue(queue.type="FixedArray" queue.size="10000" queue.workerThreads="1")
module(load="imptcp" threads="1")
template(name="text" type="string" string="%rawmsg%\\n")
template(name="json" type="list" option.jsonf="on") {
  property(outname="time" name="timegenerated" dateFormat="rfc3339" format="jsonf")
  property(outname="peer" name="fromhost-ip" format="jsonf")
  property(outname="message" name="rawmsg" format="jsonf")
}
input(type="imptcp" address="127.0.0.1" port="${port}" socketBacklog="${BACKLOG}" supportOctetCountedFraming="off")
action(type="omfile" file="${path}" template="${isJson ? 'json' : 'text'}")
`,
  );
  const [program = '', ...args] = withParent(['rsyslogd', '-n', '-i', 'NONE', '-f', configuration]);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: pathWithSbin() });
  await untilListening(port);
  return child;
}

async function startSocat({ path, isPipe, port }: Job): Promise<ChildProcess> {
  const address = `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,backlog=${BACKLOG}`;
  const output = isPipe || path === '/dev/null' ? `OPEN:${path},wronly` : `OPEN:${path},wronly,creat,append`;
  const [program = '', ...args] = withParent(['socat', '-u', address, output]);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilListening(port);
  return child;
}

async function untilListening(port: number): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const isListening = new RegExp(`^ *\\d+: \\S+:${local} \\S+ 0A `, 'm');
  while (!isListening.test(readFileSync('/proc/net/tcp', 'utf8'))) {
    if (performance.now() > deadlineMs) throw new Error(`nobody listens on port ${port}`);
    await setTimeout(POLL_MS);
  }
}

async function serve(driver: Driver, role: OutputRole, counters: Counters): Promise<void> {
  const { kind, isJson } = outputs[role];
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-bench-'));
  try {
    const port = listenerPort();
    // The others make their own listener.
    if (driver.family !== 'tripoll') closeSync(LISTENER);
    const output = makeOutput(kind, folder);
    const isPipe = kind === 'pipe' || kind === 'slow-pipe';
    const receiver = await start({ driver, path: output.path, isPipe, isJson, port, folder });
    output.start?.(receiver);
    const stopped = once(process, 'SIGTERM');
    ready(receiver.pid);
    await stopped;
    Object.assign(counters, usageOf(receiver.pid!, driver));
    const ended = once(receiver, 'close');
    receiver.kill('SIGTERM');
    await ended;
    Object.assign(counters, await received(await output.end(), isJson, driver));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function listenerPort(): number {
  using listener = fromfd(LISTENER, AF_INET, SOCK_STREAM);
  return (listener.getsockname() as [string, number])[1];
}

async function received(files: readonly string[], isJson: boolean, driver: Driver): Promise<Partial<Counters>> {
  const { messages, bytes, broken, firstBroken } = await checkLines(files, isJson);
  if (broken > 0 && driver.name !== 'socat')
    throw new Error(`${broken} lines are not as sent, the first: ${firstBroken}`);
  return { messages, bytes, brokenLines: broken };
}

/** The peak of the resident memory, and for socat the CPU time of all its processes, which the load generator does not see. */
function usageOf(pid: number, { name }: Driver): Partial<Counters> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const peakBytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  if (name !== 'socat') return { peakBytes };
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  // utime, stime, and those of the children that have ended, in hundredths of a second: proc_pid_stat(5).
  const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
  return { cpuSeconds: ticks / 100 };
}

await run({ drivers: [...tripollDrivers, rsyslog, socat], serve });
