import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import {
  Browser,
  type PageDocument,
  type PageElement,
  PageStub,
  press,
  skipWithoutChromium,
  slideTo,
  textOf,
} from '../support/watch-page.ts';
import { crowdTrace } from '../support/watch-raw-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;
declare const performance: { now(): number };
declare let requestAnimationFrame: (callback: (nowMs: number) => void) => number;
declare const window: { frames: number[] };

const CLIENTS = 2000;
const TURNS = 24;

// Writes down how long each frame of the page takes, its layout included.
function timeFrames(): void {
  const times: number[] = [];
  window.frames = times;
  const request = requestAnimationFrame;
  requestAnimationFrame = (callback) =>
    request((nowMs) => {
      const startMs = performance.now();
      callback(nowMs);
      // To ask for the width makes the browser lay the page out.
      if (document.documentElement.scrollWidth > 0) times.push(performance.now() - startMs);
    });
}

// Scrolls through the list from its start.
async function readAll(): Promise<string[]> {
  const list = document.querySelector('.idle')!;
  const fds: string[] = [];
  for (let before = -1; before !== list.scrollTop;) {
    before = list.scrollTop;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    fds.push(...[...document.querySelectorAll('.idle-row')].map(({ dataset }) => dataset.fd!));
    list.scrollTop += 280;
  }
  return fds;
}

describe('the watch page with 2,000 idle clients', { skip: skipWithoutChromium() }, () => {
  let browser: Browser;
  let stub: PageStub;
  let url: string;
  let page: Page;
  before(async () => {
    browser = await Browser.start();
    stub = new PageStub(crowdTrace(CLIENTS, TURNS));
    url = await stub.listen();
    page = await browser.open(url);
    await page.waitForSelector(`#slider[max="${TURNS}"]`);
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    stub[Symbol.dispose]();
  });
  const seen = (): Promise<number[]> =>
    page.locator('.idle-row').evaluateAll((all: PageElement[]) => all.map(({ dataset }) => Number(dataset.fd)));

  it('folds idle fds below a button that the keyboard reaches', async () => {
    await slideTo(page, 5);
    assert.equal(await page.locator('#fd-table tbody tr').count(), 3);
    assert.equal(await textOf(page, '.fold'), 'Show 1,999 more fds, all quiet');
    assert.equal(await page.isVisible('.idle'), false);
    await page.focus('.fold');
    await press(page, 'Enter');
    assert.equal(await page.getAttribute('.fold', 'aria-expanded'), 'true');
    assert.equal(await page.isVisible('.idle'), true);
    await press(page, 'Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'idle-fds');
  });

  it('shows every fd when scrolled, also with the keys, and stays there in later turns', async () => {
    await page.focus('.idle');
    await press(page, 'Home');
    const all = new Set(await page.evaluate(readAll));
    assert.equal(all.size, CLIENTS - 1);
    assert.ok((await seen()).length < 30);
    await press(page, 'ArrowRight');
    assert.equal(await textOf(page, '#position'), `7 of ${TURNS + 1} · 0.060 s`);
    assert.ok((await seen()).includes(CLIENTS + 29));
    await press(page, 'Home');
    await page.waitForFunction(() => document.querySelector('.idle-row')!.dataset.fd === '30');
    assert.match(await textOf(page, '#position'), /^7 of/);
  });

  it('draws a turn fast', async (t) => {
    const timed = await browser.open(url, '#fd-table tbody tr', timeFrames);
    await timed.waitForSelector(`#slider[max="${TURNS}"]`);
    await slideTo(timed, 1);
    await timed.click('.fold');
    for (const key of ['1', '4']) {
      await press(timed, key);
      await slideTo(timed, 1);
      await timed.evaluate(() => (window.frames.length = 0));
      for (let turn = 2; turn < TURNS; turn++) await press(timed, 'ArrowRight');
      const times = (await timed.evaluate(() => window.frames)).filter((ms) => ms > 1).sort((a, b) => a - b);
      const [quick, median] = [times[times.length >> 2]!, times[times.length >> 1]!];
      t.diagnostic(
        `tab ${key}: a quarter of the frames within ${quick.toFixed(1)} ms, half within ${median.toFixed(1)} ms`,
      );
      assert.ok(times.length >= TURNS - 2);
      // What is measured is the page, not what else the machine does: hence not the slower frames.
      assert.ok(quick < 150, `${quick} ms`);
      const elements = await timed.evaluate(() => [...document.querySelectorAll('*')].length);
      assert.ok(elements < 1500, `${elements} elements`);
    }
    await timed.close();
  });
});
