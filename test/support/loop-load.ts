/**
 * A process of clients that keep a server busy until the process is killed. `loop-load.js echo PORT COUNT` always sends
 * the bytes that came back, on COUNT connections; `loop-load.js http PORT COUNT` makes requests in COUNT loops. It
 * prints a line when each connection or loop has received an answer.
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
  // The server has closed with unread input, because the test is over.
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
