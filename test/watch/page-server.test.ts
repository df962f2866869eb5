import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { actions } from '../../src/watch/demo/actions.ts';
import { PageServer } from '../../src/watch/page-server.ts';
import { parseHeader, parseLine } from '../../src/trace/parser.ts';
import { StoredTrace } from '../../src/trace/stored-trace.ts';
import { until } from '../support/child.ts';
import { countFds } from '../support/fds.ts';
import { watched, Watched } from '../support/watch.ts';

// fetch sets Host and Origin itself.
async function ask(
  { url }: Watched,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  const asked = request({ host: '127.0.0.1', port: url.port, path, method, headers });
  asked.end();
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  response.destroy();
  return { status: response.statusCode!, headers: response.headers };
}

// Reads server-sent events until there are enough.
async function events(subject: Watched, count: number, lastId?: number): Promise<{ id: number; data: string }[]> {
  const gone = new AbortController();
  const headers = lastId === undefined ? {} : { 'last-event-id': String(lastId) };
  const response = await subject.fetch('/trace', { headers, signal: gone.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.split('\n\n').length > count) break;
  }
  gone.abort();
  return text
    .split('\n\n')
    .slice(0, count)
    .map((event) => {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(event)!;
      return { id: Number(id), data: data! };
    });
}

describe('PageServer', () => {
  it('answers only requests with the token, for this machine, from its own origin', async () => {
    await watched('select', async (subject) => {
      const { host, port, pathname } = subject.url;
      const root = pathname.slice(0, -1);
      const paths = ['/', '/trace', '/trace.jsonl', '/actions', '/nothing'];
      const refused: [string, Record<string, string>][] = [
        ['', { host }],
        ['/', { host }],
        [`/${'0'.repeat(32)}`, { host }],
        [root.slice(0, -1), { host }],
        [`${root}0`, { host }],
        [root.toUpperCase().replace(/[\dA-F]$/, 'x'), { host }],
        [root, { host: `example.org:${port}` }],
        [root, { host: '127.0.0.1' }],
        [root, { host: `127.0.0.1:1` }],
        [root, { host, origin: 'http://example.org' }],
        [root, { host, origin: 'null' }],
        [root, { host, origin: `https://${host}` }],
        ['', { host, cookie: `token=${root.slice(1)}` }],
        [`${root}/..`, { host }],
        [`${root}/%2e%2e`, { host }],
      ];
      for (const [from, headers] of refused) {
        for (const path of paths) assert.equal((await ask(subject, from + path, headers)).status, 403, from + path);
        for (const path of ['/act', '/control']) {
          assert.equal((await ask(subject, from + path, headers, 'POST')).status, 403);
        }
      }
      assert.equal((await ask(subject, root, { host })).status, 403);
      assert.equal((await ask(subject, `/?token=${root.slice(1)}`, { host })).status, 403);
      for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
        assert.equal((await ask(subject, pathname, { host: `${name}:${port}` })).status, 200);
        const own = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
        assert.equal((await ask(subject, `${root}/actions`, own)).status, 200);
      }
    });
  });

  it('sets no cookie, which a browser would send to every port, and tells no other site the URL', async () => {
    await watched('select', async (subject) => {
      const { headers } = await subject.fetch('/');
      assert.equal(headers.get('set-cookie'), null);
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.match(headers.get('content-security-policy')!, /^default-src 'self';/);
    });
  });

  it('serves files that name each other relative to the token', async () => {
    await watched('select', async (subject) => {
      const html = await (await subject.fetch('/')).text();
      const names = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, name]) => name!);
      assert.ok(names.length >= 4);
      for (const name of names) {
        const response = await fetch(new URL(name, subject.url));
        assert.equal(response.status, 200, name);
        await response.body?.cancel();
      }
    });
  });

  it('answers 404 for an unknown path, and 405 with the allowed methods', async () => {
    await watched('select', async (subject) => {
      const { host } = subject.url;
      const status = async (path: string, method: string) =>
        await ask(subject, subject.url.pathname.slice(0, -1) + path, { host }, method);
      for (const path of ['/nothing', '/page/../package.json', '/%2e/page-server.js', '/constructor', '//act']) {
        assert.equal((await status(path, 'GET')).status, 404, path);
      }
      for (const [path, method, allow] of [
        ['/', 'POST', 'GET, HEAD'],
        ['/trace', 'PUT', 'GET, HEAD'],
        ['/act', 'GET', 'POST'],
        ['/act', 'DELETE', 'POST'],
        ['/control', 'GET', 'POST'],
      ] as const) {
        const answer = await status(path, method);
        assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`);
      }
    });
  });

  it('answers HEAD as it answers GET, without a body', async () => {
    await watched('select', async (subject) => {
      for (const path of ['/', '/actions', '/trace', '/trace.jsonl', '/page.js']) {
        const asked = new AbortController();
        const get = await subject.fetch(path, { signal: asked.signal });
        const head = await subject.fetch(path, { method: 'HEAD' });
        assert.equal(await head.text(), '');
        assert.deepEqual(
          [head.status, head.headers.get('content-type')],
          [200, get.headers.get('content-type')],
          `HEAD ${path}`,
        );
        asked.abort();
      }
    });
  });

  it('keeps at most 16 streams of the trace, and takes another reader when one has gone', async () => {
    await watched('select', async (subject) => {
      const readers: AbortController[] = [];
      const read = async (): Promise<number> => {
        const gone = new AbortController();
        readers.push(gone);
        return (await subject.fetch('/trace', { signal: gone.signal })).status;
      };
      for (let i = 0; i < 16; i++) assert.equal(await read(), 200);
      assert.equal(await read(), 503);
      assert.equal((await subject.fetch('/')).status, 200);
      readers[0]!.abort();
      // The server sees the end of that connection a moment later.
      let status = 503;
      for (let tries = 0; status === 503 && tries < 500; tries++) {
        await setTimeout(10);
        status = await read();
      }
      assert.equal(status, 200);
      for (const reader of readers) reader.abort();
    });
  });

  it('keeps at most 64 connections', async () => {
    await watched('epoll', async (subject) => {
      const clients: Socket[] = [];
      for (let i = 0; i < 65; i++) {
        const client = connect(Number(subject.url.port), '127.0.0.1');
        client.on('error', () => undefined);
        clients.push(client);
        await once(client, 'connect');
      }
      await once(clients[64]!.resume(), 'close');
      for (const client of clients.slice(0, 64)) {
        assert.equal(client.closed, false);
        client.destroy();
      }
    });
  });

  it('refuses an unknown action, and a body that is too long', async () => {
    await watched('select', async (subject) => {
      for (const body of [
        '',
        '{',
        'null',
        '{"action":1}',
        '{"action":"__proto__"}',
        `{"action":"${'x'.repeat(10_000)}"}`,
      ]) {
        const response = await subject.fetch('/act', { method: 'POST', body });
        assert.equal(response.status, 400, body.slice(0, 30));
        assert.equal(((await response.json()) as { ok: boolean }).ok, false);
      }
      const listed = (await (await subject.fetch('/actions')).json()) as object[];
      assert.deepEqual(
        listed,
        actions.map(({ name, label, look }) => ({ name, label, look })),
      );
    });
  });

  it('pauses the loop, lets it make single turns, and lets it continue', async () => {
    await watched('epoll', async (subject) => {
      using client = subject.client();
      await until(() => subject.server.connections.size === 1);
      assert.deepEqual(await subject.control({ step: 1 }), { status: 409, ok: false, error: 'the server is not held' });
      assert.deepEqual(await subject.control({ held: true }), { status: 200, ok: true });
      const isHeld = async () => (await subject.lines()).findLast((line) => line.type === 'hold')?.held;
      while (!(await isHeld()));
      // The action waits for a turn that accepts its client. While the loop is paused it waits longer than usual.
      const stopping = subject.act('stop-reading');
      await setTimeout(2500);
      client.send('x');
      const { turns } = subject.server.stats();
      assert.equal((await subject.act('connect')).ok, true);
      assert.equal((await subject.lines()).at(-1)!.type, 'action');
      assert.equal(subject.server.stats().turns, turns);
      assert.deepEqual(await subject.control({ step: 1 }), { status: 200, ok: true });
      await client.receive(1);
      assert.equal(subject.server.stats().turns, turns + 1);
      assert.deepEqual(await subject.control({ held: false }), { status: 200, ok: true });
      assert.equal(await isHeld(), false);
      assert.equal((await stopping).ok, true);
      await until(() => subject.server.stats().turns > turns + 3);
      assert.deepEqual(await subject.control({ held: false }), { status: 200, ok: true });
    });
  });

  it('refuses an unknown command, and to pause a recorded trace', async () => {
    await watched('select', async (subject) => {
      for (const command of [
        {},
        [],
        { held: 1 },
        { held: 'true' },
        { step: 2 },
        { step: true },
        { held: true, step: 1 },
      ]) {
        const { status, ok } = await subject.control(command);
        assert.deepEqual([status, ok], [400, false], JSON.stringify(command));
      }
      assert.equal(subject.server.held, false);
    });
    const page = await PageServer.open(0, {
      source: new StoredTrace('/nonexistent'),
      actions: [],
      act: () => Promise.reject(new Error('there is none')),
    });
    const response = await fetch(new URL('control', page.url), { method: 'POST', body: '{"held":true}' });
    assert.equal(response.status, 409);
    assert.equal(((await response.json()) as { ok: boolean }).ok, false);
    await page.close();
  });

  it('answers a body that is too long while the client still sends it', async () => {
    await watched('select', async (subject) => {
      const asked = request(subject.at('/act'), { method: 'POST' });
      asked.write('x'.repeat(10_000));
      const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
      assert.equal(response.statusCode, 400);
      asked.destroy();
    });
  });

  it('sends the end of the trace to its readers before it closes', async () => {
    for (let round = 0; round < 5; round++) {
      const subject = await Watched.open('poll');
      const streams = [await subject.fetch('/trace'), await subject.fetch('/trace')];
      const texts = streams.map((stream) => stream.text());
      const began = performance.now();
      await subject.close();
      assert.ok(performance.now() - began < 400, 'it waited, though all had read the end');
      for (const text of texts) assert.match(await text, /data: \{"type":"end".*\}\n\n$/);
    }
  });

  it('waits half a second for a reader that does not read, and closes', async () => {
    const page = await PageServer.open(0, {
      source: {
        async *lines(_after, _isFollowing, signal) {
          for (let id = 0; !signal.aborted; id++) yield await Promise.resolve({ id, text: 'x'.repeat(65_536) });
        },
      },
      actions: [],
      act: () => Promise.reject(new Error('there is none')),
    });
    const url = new URL('trace', page.url);
    const slow = connect(Number(url.port), '127.0.0.1').pause();
    slow.on('error', () => undefined);
    slow.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await setTimeout(300);
    const began = performance.now();
    await page.close();
    const tookMs = performance.now() - began;
    slow.destroy();
    assert.ok(tookMs > 450 && tookMs < 3000, `${tookMs} ms`);
  });

  it('streams the trace so far and then live, and continues after the last line of a reader', async () => {
    await watched('select', async (subject) => {
      const first = await events(subject, 4);
      assert.equal(parseHeader(first[0]!.data).backend, 'select');
      for (const { data } of first.slice(1)) assert.equal(parseLine(data)?.type, 'turn');
      const last = first[2]!;
      const [next] = await events(subject, 1, last.id);
      assert.deepEqual(next, first[3]);
    });
  });

  it('uses no memory for a slow reader, and lets others continue', async () => {
    await watched('select', async (subject) => {
      const slow = connect(Number(subject.url.port), '127.0.0.1').pause();
      slow.write(`GET ${subject.at('/trace').pathname} HTTP/1.1\r\nHost: ${subject.url.host}\r\n\r\n`);
      using client = subject.client();
      const before = process.memoryUsage().rss;
      for (let sent = 0; sent < 800; sent++) {
        client.send('x');
        await client.receive(1);
      }
      assert.ok(process.memoryUsage().rss - before < 60e6);
      const [header] = await events(subject, 2);
      assert.equal(parseHeader(header!.data).tripollTrace, 1);
      slow.destroy();
    });
  });

  it('leaves no fd open when it closes with open streams', async () => {
    await watched('select', async () => setTimeout(1));
    const before = countFds();
    for (let round = 0; round < 3; round++) {
      const subject = await Watched.open('epoll');
      const stream = get(subject.at('/trace'));
      stream.on('error', () => undefined);
      const [response] = (await once(stream, 'response')) as [import('node:http').IncomingMessage];
      response.on('error', () => undefined).resume();
      const closed = new Promise((resolve) => response.once('close', resolve));
      await subject.act('connect');
      await subject.close();
      await closed;
    }
    await until(() => countFds() <= before);
  });
});
