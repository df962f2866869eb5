import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { actions } from '../src/watch/actions.ts';
import { parseHeader, parseLine } from '../src/watch/parse.ts';
import { until } from './support/child.ts';
import { countFds } from './support/fds.ts';
import { watched, Watched } from './support/watch.ts';

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

describe('the page', () => {
  it('is for who has the token, on this machine, from no other origin', async () => {
    await watched('select', async (subject) => {
      const { host, port, search } = subject.url;
      const paths = ['/', '/trace', '/trace.jsonl', '/actions', '/nothing'];
      const refused: [string, Record<string, string>][] = [
        ['', { host }],
        ['?token=', { host }],
        [`?token=${'0'.repeat(32)}`, { host }],
        [search.slice(0, -1), { host }],
        [search, { host: `example.org:${port}` }],
        [search, { host: '127.0.0.1' }],
        [search, { host: `127.0.0.1:1` }],
        [search, { host, origin: 'http://example.org' }],
        [search, { host, origin: 'null' }],
        [search, { host, origin: `https://${host}` }],
        ['', { host, cookie: `tripoll-${port}=${'0'.repeat(32)}` }],
      ];
      for (const [query, headers] of refused) {
        for (const path of paths) assert.equal((await ask(subject, path + query, headers)).status, 403, path + query);
        assert.equal((await ask(subject, `/act${query}`, headers, 'POST')).status, 403);
      }
      for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
        assert.equal((await ask(subject, `/${search}`, { host: `${name}:${port}` })).status, 200);
        const own = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
        assert.equal((await ask(subject, `/actions${search}`, own)).status, 200);
      }
    });
  });

  it('gives a cookie that no script and no other site can use, and takes it for the token', async () => {
    await watched('select', async (subject) => {
      const response = await subject.fetch('/');
      const cookie = response.headers.get('set-cookie')!;
      assert.match(cookie, /; HttpOnly; SameSite=Strict$/);
      assert.match(response.headers.get('content-security-policy')!, /^default-src 'self';/);
      const { host } = subject.url;
      const headers = { host, cookie: `other=1; ${cookie.split(';')[0]!}` };
      assert.equal((await ask(subject, '/actions', headers)).status, 200);
    });
  });

  it('answers 404 for what is not there, and 405 with what is allowed', async () => {
    await watched('select', async (subject) => {
      const { host, search } = subject.url;
      const status = async (path: string, method: string) => await ask(subject, path + search, { host }, method);
      for (const path of ['/nothing', '/../package.json', '/%2e%2e/page-server.js', '/constructor', '//act']) {
        assert.equal((await status(path, 'GET')).status, 404, path);
      }
      for (const [path, method, allow] of [
        ['/', 'POST', 'GET'],
        ['/trace', 'PUT', 'GET'],
        ['/act', 'GET', 'POST'],
        ['/act', 'DELETE', 'POST'],
      ] as const) {
        const answer = await status(path, method);
        assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`);
      }
    });
  });

  it('refuses what is no action, and too much of it', async () => {
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

  it('streams the trace so far and then live, and goes on where a reader was', async () => {
    await watched('select', async (subject) => {
      const first = await events(subject, 4);
      assert.equal(parseHeader(first[0]!.data).backend, 'select');
      for (const { data } of first.slice(1)) assert.equal(parseLine(data)?.type, 'turn');
      const last = first[2]!;
      const [next] = await events(subject, 1, last.id);
      assert.deepEqual(next, first[3]);
    });
  });

  it('lets a slow reader fill no memory, and others read on', async () => {
    await watched('select', async (subject) => {
      const slow = connect(Number(subject.url.port), '127.0.0.1').pause();
      slow.write(`GET /trace${subject.url.search} HTTP/1.1\r\nHost: ${subject.url.host}\r\n\r\n`);
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

  it('leaves no fd behind, with streams that are open', async () => {
    await watched('select', async () => setTimeout(1));
    const before = countFds();
    for (let round = 0; round < 3; round++) {
      const subject = await Watched.open('epoll');
      const stream = get(new URL(`/trace${subject.url.search}`, subject.url));
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
