import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { describe, it } from 'node:test';

import { sendOnce, until } from '../support/child.ts';
import { Folder, NetClient, serve } from '../support/serve.ts';
import { UnreadFifo } from '../support/unread-fifo.ts';

// The capacity of a pipe: pipe(7).
const PIPE_BYTES = 65536;

describe('tripoll serve --file with a FIFO', () => {
  it('ends at once with one sentence and exit code 1 when nobody reads the FIFO', async () => {
    using folder = new Folder();
    spawnSync('mkfifo', [folder.file('fifo')]);
    using server = serve('--file', folder.file('fifo'));
    assert.deepEqual(await server.exit, { code: 1, signal: null });
    assert.equal(server.stderr, `tripoll: --file: nobody reads the FIFO '${folder.file('fifo')}'\n`);
  });

  it('goes on with the open file when SIGHUP finds a FIFO that nobody reads, and SIGTERM ends it', async () => {
    using folder = new Folder();
    const [file, rotated] = [folder.file('messages'), folder.file('messages.1')];
    using server = serve('--framing', 'line', '--file', file);
    const port = await server.servePort();
    await sendOnce(port, 'one\n');
    renameSync(file, rotated);
    spawnSync('mkfifo', [file]);
    server.kill('SIGHUP');
    await until(() => server.stderr.includes(`SIGHUP: nobody reads the FIFO '${file}'; the open file stays in use\n`));
    await sendOnce(port, 'two\n');
    await until(() => readFileSync(rotated, 'utf8') === 'one\ntwo\n');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });

  it('writes what a full FIFO has not taken to the new file after SIGHUP, and tears no line', async () => {
    using fifo = new UnreadFifo();
    using server = serve('--framing', 'line', '--file', fifo.path);
    const before = fifo.leaveRoomForPage();
    using client = new NetClient(await server.servePort());
    const lines = Array.from({ length: 200 }, (_, number) => `${number} ${'x'.repeat(5000)}\n`);
    await client.send(lines.slice(0, 100).join(''));
    await until(() => fifo.unreadBytes === PIPE_BYTES);
    renameSync(fifo.path, `${fifo.path}.1`);
    server.kill('SIGHUP');
    await until(() => server.stderr.includes('reopened the file'));
    await client.send(lines.slice(100).join(''));
    // The FIFO gets the rest of the line that it has taken in part, when somebody reads.
    let inFifo = '';
    const all = before + lines.join('');
    await until(() => (inFifo += fifo.read()).length + readFileSync(fifo.path).length === all.length);
    assert.ok(inFifo.endsWith('\n'));
    assert.equal(inFifo + readFileSync(fifo.path, 'utf8'), all);
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });

  it('serves all clients of the new file while nobody reads the old FIFO, and says at the end that a line is cut', async () => {
    using fifo = new UnreadFifo();
    using server = serve('--framing', 'line', '--file', fifo.path, '--drain-seconds', '1');
    fifo.leaveRoomForPage();
    const port = await server.servePort();
    const line = `${'x'.repeat(4999)}\n`;
    using first = new NetClient(port);
    await first.send(line.repeat(10));
    await until(() => fifo.unreadBytes === PIPE_BYTES);
    renameSync(fifo.path, `${fifo.path}.1`);
    server.kill('SIGHUP');
    await until(() => server.stderr.includes('reopened the file'));
    const clients = [1, 2, 3].map(() => new NetClient(port));
    await Promise.all(clients.map((client) => client.send(line.repeat(80))));
    for (const client of clients) client.socket.end();
    await until(() => readFileSync(fifo.path).length === (9 + 3 * 80) * line.length);
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 1, signal: null });
    assert.match(server.stderr, /tripoll: nobody reads the output; 1 message is lost\n$/);
  });

  it('waits for the next reader with --on-output-error retry, and fails without it', async () => {
    for (const [action, code] of [
      ['stop', 1],
      ['retry', 0],
    ] as const) {
      using folder = new Folder();
      const path = folder.file('fifo');
      spawnSync('mkfifo', [path]);
      using reader = UnreadFifo.reader(path);
      using server = serve('--framing', 'line', '--file', path, '--on-output-error', action);
      const port = await server.servePort();
      reader[Symbol.dispose]();
      await sendOnce(port, 'one\n');
      await until(() => server.stderr.includes('--file: EPIPE: broken pipe, write; '));
      if (action === 'retry') {
        using next = UnreadFifo.reader(path);
        let text = '';
        await until(() => (text += next.read()) === 'one\n');
        server.kill('SIGTERM');
      }
      assert.deepEqual(await server.exit, { code, signal: null });
    }
  });
});
