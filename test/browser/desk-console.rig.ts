/** A tab on a desk's console, and whatever it asked of another address or the browser complained of in it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { ComposedDesk } from '../composed/desk.rig.ts';
import type { DeskSession } from '../composed/desk-session.rig.ts';

export interface DeskTab {
  readonly page: Page;
  /** Errors in the console of the browser, and uncaught ones. */
  readonly complaints: string[];
  /** Addresses elsewhere that something in the tab asked for. */
  readonly elsewhere: string[];
}

/** Closed at the end of the test. */
export async function deskTab(
  browser: Browser,
  desk: Pick<ComposedDesk, 'url'>,
  options: BrowserContextOptions = {},
): Promise<DeskTab> {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1_280, height: 900 },
    ...options,
    baseURL: desk.url,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  context.on('request', (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && new URL(request.url()).origin !== new URL(desk.url).origin)
      elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    // What is refused is told by the page, and by the browser too.
    if (message.type() === 'error' && !/status of [45]\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints, elsewhere };
}

/** Signs in as whoever sits at the desk does. */
export async function enterConsole(page: Page, { account, password }: DeskSession, view = ''): Promise<void> {
  if (page.url() === 'about:blank') await page.goto(`/#/${view}`);
  await page.fill('input[name=account]', account);
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.shell');
}
