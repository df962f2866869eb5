// A load generator for the tests of the harness, with one connection: `--port N --server-pid P stream --messages N`.
import { connect } from 'node:net';

const options = new Map(
  process.argv.flatMap((word, i, words) => (word.startsWith('--') ? [[word, words[i + 1]]] : [])),
);
const messages = Number(options.get('--messages'));
const socket = connect(Number(options.get('--port')), '127.0.0.1');
socket.end('x\n'.repeat(messages));
const errors: string[] = [];
socket
  .on('error', (error) => errors.push(error.message))
  .on('close', () => {
    const counted = { messages, bytes: 2 * messages, checksum: 0 };
    const report = {
      mode: 'stream',
      seconds: 0.5,
      ...counted,
      total: counted,
      serverCpuSeconds: 0.1,
      serverUserSeconds: 0.04,
      serverSystemSeconds: 0.06,
      loadCpuSeconds: 0.4,
    };
    console.log(JSON.stringify({ ...report, latencyUs: null, errors, errorCount: errors.length }));
    process.exitCode = errors.length > 0 ? 1 : 0;
  });
socket.resume();
