// A driver for the tests of the harness. It counts lines. Most of its names stand for a kind of error.
import { createServer } from 'node:net';

const roles = ['lines', 'call'];
const common = { label: 'a fake', family: 'fake', mechanism: 'epoll', collects: false };
const drivers = ['honest', 'liar', 'mute', 'mortal', 'late'].map((name) => ({ name, roles, ...common }));
const absent = { name: 'absent', roles, ...common, missing: 'it was never there' };

const [name] = process.argv.slice(2);
if (name === '--describe') console.log(JSON.stringify({ drivers: [...drivers, absent], versions: { fake: '1.2' } }));
else if (process.argv[3] === 'call') console.log(JSON.stringify({ microseconds: 1.5 }));
else if (name === 'mortal') fail('this machine is not mine');
else serve();

function fail(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}

function serve(): void {
  const counters = { connections: 0, messages: 0, bytes: 0, checksum: 0, turns: 7, events: null };
  const server = createServer((socket) => {
    counters.connections++;
    socket.on('data', (chunk) => {
      if (name === 'late') process.exit(3);
      counters.bytes += chunk.length;
      counters.messages += chunk.toString().split('\n').length - 1;
    });
  });
  server.listen({ fd: 3 }, () => {
    console.log('ready');
  });
  process.once('SIGTERM', () => {
    if (name === 'liar') counters.messages++;
    if (name !== 'mute') console.log(JSON.stringify(counters));
    process.exit();
  });
}
