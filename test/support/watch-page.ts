import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';

import { type BrowserContext, chromium, type Page } from 'playwright-core';

import { readPage } from '../../src/watch/page-files.ts';
import { sampleTrace } from './watch-trace.ts';

// In functions that the browser runs.
declare const document: PageDocument;
declare function requestAnimationFrame(callback: () => void): void;

const files = readPage();
const CHROMIUM = '/usr/bin/chromium';
const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What tests read of an element in the page: the project's own types have no DOM. */
export interface PageElement {
  readonly id: string;
  readonly dataset: Readonly<Record<string, string | undefined>>;
  readonly textContent: string;
  readonly innerText: string;
  readonly outerHTML: string;
  readonly scrollWidth: number;
  readonly clientWidth: number;
  scrollTop: number;
  readonly max?: string;
  readonly labels?: ArrayLike<PageElement> | null;
  hasAttribute(name: string): boolean;
  getBoundingClientRect(): { readonly left: number; readonly width: number };
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** What tests read of the page's document. */
export interface PageDocument {
  readonly activeElement: PageElement;
  readonly documentElement: PageElement;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/**
 * Whether tests have to be skipped because there is no browser.
 * @returns `false` where there is one, else the reason.
 * @throws {Error} The reason, where TRIPOLL_FORBID_SKIPS is set.
 */
export function skipWithoutChromium(): string | false {
  if (existsSync(CHROMIUM)) return false;
  const reason = `needs ${CHROMIUM}`;
  if (process.env.TRIPOLL_FORBID_SKIPS) throw new Error(reason);
  return reason;
}

/** The page's files and a trace over HTTP, as `tripoll watch` serves them, with lines and answers that a test gives. */
export class PageStub {
  /** What was posted to /act. */
  readonly acted: unknown[] = [];
  /** What was posted to /control. */
  readonly controlled: unknown[] = [];
  /** What /act and /control answer. */
  answer: unknown = { ok: true, text: 'It happens.' };
  readonly #lines: object[];
  readonly #actions: readonly object[];
  readonly #streams = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    response.setHeader('content-security-policy', "default-src 'self'");
    if (pathname === '/trace') this.#stream(response);
    else if (pathname === '/actions')
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.#actions));
    else if (pathname === '/act' || pathname === '/control')
      request.setEncoding('utf8').on('data', (text: string) => {
        (pathname === '/act' ? this.acted : this.controlled).push(JSON.parse(text));
        response.setHeader('content-type', 'application/json').end(JSON.stringify(this.answer));
      });
    else sendFile(pathname, response);
  });

  constructor(lines: readonly object[], actions: readonly object[] = []) {
    this.#lines = [...lines];
    this.#actions = actions;
  }

  /** Begins to listen; gives the page's address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The trace goes on. */
  write(...lines: readonly object[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      for (const stream of this.#streams) stream.write(eventOf(line));
    }
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const line of this.#lines) response.write(eventOf(line));
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }
}

function eventOf(line: object): string {
  return `data: ${JSON.stringify(line)}\n\n`;
}

function sendFile(path: string, response: ServerResponse): void {
  const file = files.get(path);
  if (file === undefined) response.writeHead(404).end();
  else response.setHeader('content-type', file.type).end(file.body);
}

/** A browser with a user directory of its own, and what its pages complained about. */
export class Browser {
  /** Errors and warnings of the console, failed requests among them, and errors of scripts. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #directory: string;

  private constructor(context: BrowserContext, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  /** Starts Chromium. */
  static async start(): Promise<Browser> {
    const directory = mkdtempSync(join(tmpdir(), 'tripoll-chromium-'));
    const options = { executablePath: CHROMIUM, args: OPTIONS, viewport: { width: 1280, height: 800 } };
    return new Browser(await chromium.launchPersistentContext(directory, options), directory);
  }

  /** Opens a page, before which a script may run, and waits until it shows a turn, or something else. */
  async open(url: string, shown = '#fd-table tbody tr', script?: () => void): Promise<Page> {
    const page = await this.#context.newPage();
    if (script !== undefined) await page.addInitScript(script);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.goto(url);
    await page.waitForSelector(shown, { timeout: 20_000 });
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Presses a key; what it does is drawn with the next frame. */
export async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => {
          requestAnimationFrame(resolve);
        });
      }),
  );
}

/** Waits until the page is at a turn: `3 of`. */
export async function settled(page: Page, position: string): Promise<void> {
  await page.waitForFunction((text) => document.querySelector('#position')!.textContent.startsWith(text), position);
}

/** The text of an element, as it is shown. */
export function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).innerText();
}

/** Goes to a turn with the slider. */
export async function slideTo(page: Page, index: number): Promise<void> {
  await page.locator('#slider').fill(String(index));
  await settled(page, `${index + 1} of`);
}

/**
 * For a suite whose tests each have a page of their own, in one browser, with a trace; it must not complain.
 * @param lines The trace.
 * @returns What has the page, within a test.
 */
export function useSamplePage(lines: readonly object[] = sampleTrace()): { readonly page: Page } {
  const last = String(lines.filter((line) => 'type' in line && line.type === 'turn').length - 1);
  let browser: Browser | undefined;
  let stub: PageStub | undefined;
  let page: Page | undefined;
  before(async () => {
    browser = await Browser.start();
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    stub = new PageStub(lines);
    page = await browser!.open(await stub.listen());
    await page.waitForSelector(`#slider[max="${last}"]`);
  });
  afterEach(async () => {
    await page?.close();
    stub?.[Symbol.dispose]();
    assert.deepEqual(browser?.complaints.splice(0), []);
  });
  return {
    get page() {
      return page!;
    },
  };
}
