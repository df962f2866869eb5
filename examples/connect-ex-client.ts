// connect-ex-client.py, line by line. It has nothing else to do while it waits, so it uses the blocking select.
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';
import { constants } from 'node:os';
import process from 'node:process';
import { getSystemErrorName } from 'node:util';

const port = Number(process.argv[2] ?? 9002);
const text = process.argv[3] ?? 'Hello Server!';
const timeout = 5;

function fail(reason: string): never {
  console.error('connect-ex-client:', reason);
  process.exit(1);
}

const client = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
client.setblocking(false);
let error = client.connectEx(['127.0.0.1', port]);
if (error === constants.errno.EINPROGRESS) {
  const [, writable] = select.select([], [client], [], timeout);
  if (writable.length === 0) fail('timed out');
  error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR);
}
if (error !== 0) fail(getSystemErrorName(-error));

let unsent = Buffer.from(text);
let answer = Buffer.alloc(0);
const outputs = [client];
while (true) {
  const [readable, writable] = select.select([client], outputs, [], timeout);
  if (readable.length === 0 && writable.length === 0) fail('timed out');
  if (writable.length > 0) {
    const sent = client.send(unsent);
    unsent = unsent.subarray(sent);
    if (unsent.length === 0) {
      outputs.splice(outputs.indexOf(client), 1);
      client.shutdown(socket.SHUT_WR);
    }
  }
  if (readable.length > 0) {
    const chunk = client.recv(4096);
    if (chunk.length === 0) break;
    answer = Buffer.concat([answer, chunk]);
  }
}
client.close();
console.log(answer.toString());
