/**
 * Run as a process: clients that keep a server busy until the process is killed. `loop-load.js echo PORT COUNT` sends
 * on COUNT connections, each time what came back; `loop-load.js http PORT COUNT` requests in COUNT loops. It prints a
 * line when each has been answered once.
 */
import { connect } from 'node:net';

const [kind, port, count] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
let answered = 0;

function first(): void {
  if (++answered === count) console.log('all answered');
}

function echo(): void {
  const client = connect(port, '127.0.0.1', () => client.write('x'.repeat(64)));
  client.once('data', first);
  client.on('data', (data) => client.write(data));
  // The test is over: the server has closed with input unread.
  client.on('error', () => process.exit());
}

async function request(): Promise<void> {
  const get = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await get();
  first();
  for (;;) await get();
}

for (let i = 0; i < count; i++) {
  if (kind === 'echo') echo();
  else void request();
}
