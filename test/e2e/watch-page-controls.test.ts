import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import { turnSentence } from '../../src/watch/page/model/sentences.ts';
import {
  type PageDocument,
  type PageElement,
  press,
  settled,
  skipWithoutChromium,
  slideTo,
  textOf,
  useSamplePage,
} from '../support/watch-page.ts';
import { sampleTimeline } from '../support/watch-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;
declare const window: { readonly innerWidth: number };

const skip = skipWithoutChromium();
const timeline = sampleTimeline();
const LAST = timeline.length - 1;

async function assertSays(page: Page, index: number): Promise<void> {
  assert.equal(await textOf(page, '#sentence'), turnSentence(timeline.at(index)));
}

describe('the controls of the watch page', { skip }, () => {
  const opened = useSamplePage();

  it('runs with the result hidden during the wait, pauses, and stops at the end', async () => {
    const { page } = opened;
    await page.selectOption('#speed', { label: 'one turn in 3 s' });
    await page.click('#run');
    await page.waitForFunction(() => document.querySelector('#sentence')!.textContent.endsWith('the thread sleeps.'));
    assert.equal(await page.locator('[data-card=returned] .chip.ready').count(), 0);
    await page.click('#run');
    await page.waitForFunction(() => document.querySelector('#run-label')!.textContent === 'Run');
    await assertSays(page, 0);
    await page.selectOption('#speed', { label: 'ten times as fast' });
    await page.click('#run');
    await settled(page, `${LAST + 1} of`);
    await page.waitForFunction(() => document.querySelector('#run-label')!.textContent === 'Run');
    await assertSays(page, LAST);
  });

  it('asks for a prediction, and judges right and wrong ticks', async () => {
    const { page } = opened;
    await slideTo(page, 4);
    await page.click('#predict');
    await page.waitForSelector('[data-tick]');
    assert.doesNotMatch((await textOf(page, '#turn')) + (await textOf(page, '#fds')), /recv|until|returned\b.*22/);
    assert.equal(await page.locator('.history li').first().getAttribute('data-turn'), '5');
    assert.equal(await page.locator('.is-ready, [data-after], [data-count]:not([data-list])').count(), 0);
    await page.check('[data-tick="21R"]');
    await page.check('[data-tick="20R"]');
    await page.click('#step');
    await page.waitForSelector('[data-verdict]');
    const verdicts = await page
      .locator('.predict tbody tr')
      .evaluateAll((rows: PageElement[]) =>
        rows.map((row) => [...row.querySelectorAll('[data-verdict]')].map(({ dataset }) => dataset.verdict)),
      );
    assert.deepEqual(verdicts, [['wrong'], ['right', 'none'], ['missed', 'none']]);
    const score = '1 right, 1 wrong, 1 missed';
    assert.equal(await textOf(page, '#score'), `This turn: ${score}. So far: ${score}.`);
    await page.click('#step');
    await page.check('[data-tick="22W"]');
    await press(page, 'Enter');
    await page.waitForSelector('[data-verdict]');
    assert.equal(await textOf(page, '#score'), 'All right: 1 of 1. So far: 2 right, 1 wrong, 1 missed.');
  });

  it('works with the keyboard alone', async () => {
    const { page } = opened;
    for (const [key, position] of [
      ['ArrowRight', '2 of'],
      ['n', '3 of'],
      ['ArrowLeft', '2 of'],
      ['End', `${LAST + 1} of`],
      ['Home', '1 of'],
    ] as const) {
      await press(page, key);
      await settled(page, position);
    }
    await press(page, '4');
    assert.equal(await page.locator('.call').count(), 3);
    await page.focus('#tab-all');
    await press(page, 'ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-select');
    assert.equal(await page.locator('.call').count(), 1);
    await press(page, 'End');
    assert.equal(await page.getAttribute('#tab-all', 'aria-selected'), 'true');
    assert.equal(await textOf(page, '#position'), '1 of 16 · 0.000 s');

    await press(page, 'p');
    await page.waitForSelector('[data-tick]:focus');
    await press(page, ' ');
    await press(page, 'Enter');
    await page.waitForSelector('[data-verdict=wrong]');
    await press(page, 'p');

    await press(page, '?');
    assert.equal(await page.isVisible('#help'), true);
    assert.match(await textOf(page, '#keys'), /run through the turns, or pause/);
    await press(page, 'Escape');
    assert.equal(await page.isVisible('#help'), false);
  });

  it('has a name for each control, and a letter for each shape', async () => {
    const { page } = opened;
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, select, a, [role=tabpanel], section')]
        .filter((element) => !element.hasAttribute('aria-labelledby') && !element.hasAttribute('aria-label'))
        .filter((element) => element.innerText.trim() === '' && !element.labels?.[0]?.innerText)
        .map((element) => element.outerHTML.slice(0, 80)),
    );
    assert.deepEqual(nameless, []);
    const marks = await page.locator('.mark:not(.none)').allInnerTexts();
    assert.ok(marks.length > 5 && marks.every((text) => /^\s*[RWX]\s*$/.test(text)));
  });

  for (const width of [1280, 400]) {
    it(`fits into ${width} pixels, in every tab and in Predict`, async () => {
      const { page } = opened;
      await page.setViewportSize({ width, height: 800 });
      for (const index of [0, 5, 7, 14]) {
        await slideTo(page, index);
        for (const key of ['1', '2', '3', '4']) {
          await press(page, key);
          const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(excess <= 0, `turn ${index + 1}, tab ${key}: ${excess} pixels too wide`);
        }
      }
      await press(page, 'Home');
      await press(page, 'p');
      await page.waitForSelector('[data-tick]');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    });
  }
});
