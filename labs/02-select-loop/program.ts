// The article's loop: one call of select waits for the listener and for all clients at once.
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const names = new Map([[listener, 'listener']]);
let clients = 0;

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  if (readable.length === 0) console.log('select: nothing for 1 s');
  else console.log(`select: readable: ${readable.map((s) => names.get(s)).join(', ')}`);
  for (const s of readable) {
    if (s === listener) {
      const [client] = listener.accept();
      inputs.push(client);
      names.set(client, `client ${++clients}`);
      console.log(`accept: client ${clients}`);
      continue;
    }
    const data = s.recv(1024);
    console.log(`recv from ${names.get(s) ?? ''}: ${JSON.stringify(data.toString())}`);
    // Lesson 3 explains these two lines. The article's program does not have them.
    if (data.length === 0) inputs.splice(inputs.indexOf(s), 1);
    if (data.length === 0) s.close();
  }
}
