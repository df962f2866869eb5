import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { turnSentence } from '../../src/watch/page/model/sentences.ts';
import { until } from '../support/child.ts';
import {
  Browser,
  type PageDocument,
  PageStub,
  press,
  settled,
  skipWithoutChromium,
  textOf,
} from '../support/watch-page.ts';
import { sampleTimeline, sampleTrace } from '../support/watch-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;

const skip = skipWithoutChromium();
const timeline = sampleTimeline();

const ACTIONS = [
  { name: 'send', label: 'Send', look: 'Its fd is readable.' },
  { name: 'urgent', label: 'Urgent byte', look: 'Its fd is exceptional.' },
];

describe('the watch page, live', { skip }, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
  });

  it('follows the turns as they come, until the reader goes back', async () => {
    const lines = sampleTrace();
    using stub = new PageStub(lines.slice(0, 2), ACTIONS);
    const page = await browser.open(await stub.listen());
    assert.equal(await textOf(page, '#connection'), 'live');
    stub.write(...lines.slice(2, 6));
    await settled(page, '3 of 3');
    await press(page, 'ArrowLeft');
    await settled(page, '2 of 3');
    stub.write(...lines.slice(6, 30));
    await page.waitForFunction(() => Number(document.querySelector('#slider')!.max) > 2);
    assert.match(await textOf(page, '#position'), /^2 of/);
    await press(page, 'l');
    await page.waitForFunction(() => !document.querySelector('#position')!.textContent.startsWith('2 of'));
    assert.equal(await page.getAttribute('#live', 'aria-pressed'), 'true');
    stub.write(...lines.slice(30));
    await page.waitForFunction(() => document.querySelector('#connection')!.textContent === 'the program has ended');
    const { length } = timeline;
    // Drawn with the next frame.
    await settled(page, `${length} of ${length}`);
    assert.equal(await textOf(page, '#sentence'), turnSentence(timeline.at(length - 1)));
    assert.deepEqual(browser.complaints, []);
    await page.close();
  });

  it('has a button for each action, says what to look for, and what the action did', async () => {
    using stub = new PageStub(sampleTrace().slice(0, 2), ACTIONS);
    const page = await browser.open(await stub.listen());
    await page.focus('[data-action=urgent]');
    assert.equal(await textOf(page, '#look'), 'Its fd is exceptional.');
    await press(page, 'Enter');
    await until(() => stub.acted.length === 1);
    assert.deepEqual(stub.acted, [{ action: 'urgent' }]);
    await page.waitForFunction(() => document.querySelector('#look')!.textContent.startsWith('It happens.'));
    stub.answer = { ok: false, error: 'there is no client.' };
    await page.click('[data-action=send]');
    await page.waitForFunction(() => document.querySelector('#look')!.textContent.includes('there is no client.'));
    assert.deepEqual(browser.complaints, []);
    await page.close();
  });

  it('starts with the call that the program makes, and keeps the tab that the reader has chosen', async () => {
    const [header, ...rest] = sampleTrace();
    using stub = new PageStub([{ ...header, backend: 'epoll' }, ...rest.slice(0, 2)], ACTIONS);
    const page = await browser.open(await stub.listen());
    assert.equal(await page.getAttribute('#tab-epoll', 'aria-selected'), 'true');
    await press(page, '2');
    stub.write(...rest.slice(2, 6));
    await settled(page, '3 of 3');
    assert.equal(await page.getAttribute('#tab-poll', 'aria-selected'), 'true');
    await page.close();
  });

  it('refuses a trace of another version in one sentence', async () => {
    using stub = new PageStub([{ ...sampleTrace()[0], tripollTrace: 9 }], ACTIONS);
    const page = await browser.open(await stub.listen(), '#connection[data-state=refused]');
    assert.equal(await textOf(page, '#connection'), 'This trace has version 9; this page reads version 1.');
    await page.close();
  });
});
