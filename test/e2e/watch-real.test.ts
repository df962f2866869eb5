import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { EVENT_EXCEPTIONAL, EVENT_WRITE } from 'tripoll/selectors';

import { tripoll, until } from '../support/child.ts';
import { Browser, type PageDocument, skipWithoutChromium, textOf } from '../support/watch-page.ts';

// In functions that the browser runs.
declare const document: PageDocument;

type Line = Readonly<Record<string, unknown>> & { readonly type?: string };
interface Turn {
  readonly ready: [number, number][];
  readonly did: [string, number, number][];
}

const turnWith =
  (test: (turn: Turn) => boolean) =>
  (line: Line): boolean =>
    line.type === 'turn' && test(line as unknown as Turn);
const did = (call: string, test: (result: number) => boolean = () => true) =>
  turnWith((turn) => turn.did.some(([name, , result]) => name === call && test(result)));
const readyFor = (event: number) => turnWith(({ ready }) => ready.some(([, events]) => (events & event) !== 0));
const closedWith = (reason: string) => (line: Line) => line.type === 'close' && line.reason === reason;

// What the trace has to have after each button.
const effects: Readonly<Record<string, (line: Line) => boolean>> = {
  connect: did('accept', (fd) => fd >= 0),
  send: did('recv', (count) => count > 0),
  urgent: readyFor(EVENT_EXCEPTIONAL),
  'half-close': did('recv', (count) => count === 0),
  reset: closedWith('reset'),
  'stop-reading': readyFor(EVENT_WRITE),
  vanish: (line) => line.type === 'action' && line.action === 'vanish',
  idle: (line) => line.type === 'open' && line.what === 'client',
  emfile: did('accept', (fd) => fd < 0),
  signal: (line) => line.type === 'signal' && line.name === 'SIGUSR2',
};

describe('tripoll watch in a browser', { skip: skipWithoutChromium() }, () => {
  it('does what each button says, shows it, and says when the program has ended', async () => {
    using watching = tripoll('watch', '--port', '0');
    const url = await until(() => /http:\/\/127\.0\.0\.1:\d+\/[\da-f]{32}\//.exec(watching.stderr)?.[0]);
    await using browser = await Browser.start();
    const page = await browser.open(url);
    const lines = async (): Promise<Line[]> => {
      const text = await page.evaluate(async () => (await fetch('trace.jsonl')).text());
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    };
    const buttons = page.locator('[data-action]');
    const names = await buttons.evaluateAll((all) =>
      (all as unknown as { dataset: { action: string } }[]).map(({ dataset }) => dataset.action),
    );
    assert.deepEqual(names.sort(), Object.keys(effects).sort());

    for (const [name, hasHappened] of Object.entries(effects)) {
      const before = (await lines()).length;
      await page.click(`[data-action=${name}]`);
      let seen = false;
      for (let tries = 0; !seen && tries < 100; tries++) {
        await setTimeout(100);
        seen = (await lines()).slice(before).some(hasHappened);
      }
      assert.ok(seen, `${name} has its effect`);
      assert.notEqual(await textOf(page, '#look'), '', `what to look for after ${name}`);
    }

    watching.kill('SIGINT');
    assert.deepEqual(await watching.exit, { code: 0, signal: null });
    await page.waitForFunction(() => document.querySelector('#connection')!.textContent === 'the program has ended');
    const errors = browser.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'));
    assert.deepEqual(errors, []);
  });
});
