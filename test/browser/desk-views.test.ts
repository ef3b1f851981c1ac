/** Every view of the console in both languages and both themes: axe-core finds nothing serious, nothing overflows a phone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../hotel/people/actor.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

/** Asks for pictures of all that is looked at here. */
const PICTURES = process.env['ONECARD_CONSOLE_PICTURES'] === '1';
const FOLDER = join(import.meta.dirname, '../../bench-results/console');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1_280, height: 900 };
/** Both languages and both themes; every pair of them, and every role, where all is asked for. */
const IS_FULL = process.env['ONECARD_FULL'] === '1' || PICTURES;
const LOOKS = [
  ['zh', 'dark'],
  ['en', 'light'],
  ...(IS_FULL
    ? ([
        ['zh', 'light'],
        ['en', 'dark'],
      ] as const)
    : []),
] as const;
const ROLES: readonly Role[] = IS_FULL ? ['manager', 'auditor', 'operator'] : ['manager'];

let desk: ComposedDesk;
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([startDesk(), openBrowser()]);
  if (PICTURES) mkdirSync(FOLDER, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

/** What is serious of it, as rule and place. */
async function seriousIn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

async function lookAt(page: Page, name: string): Promise<void> {
  const selects = { language: page.locator('select').filter({ hasText: 'English' }) };
  for (const [language, theme] of LOOKS) {
    await selects.language.selectOption(language);
    await page.locator('select:has(option[value=system])').selectOption(theme);
    const at = `${name} ${language} ${theme}`;
    expect(await seriousIn(page), at).toEqual([]);
    if (PICTURES) await takePictures(page, at.replaceAll(' ', '-'));
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), name).toBeLessThanOrEqual(
    0,
  );
  await page.setViewportSize(DESKTOP);
}

async function takePictures(page: Page, name: string): Promise<void> {
  for (const [kind, size] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ] as const) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(FOLDER, `${name}-${kind}.png`), fullPage: true });
  }
  await page.setViewportSize(DESKTOP);
}

describe.runIf(hasBrowser)('in Chinese and English, light and dark', () => {
  test('signing in', async () => {
    const { page } = await deskTab(browser, desk);
    await page.goto(desk.url);
    await page.waitForSelector('input[name=account]');
    await lookAt(page, 'sign-in');
  });

  test.each(ROLES)('all views that a %s has', { timeout: 240_000 }, async (role) => {
    const { page, complaints, elsewhere } = await deskTab(browser, desk);
    await enterConsole(page, await signIn(desk, role));
    const paths = await page
      .locator('.ways a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    // Whose role has no view is told so.
    if (paths.length === 0) await lookAt(page, `${role} nothing`);
    for (const path of paths) {
      await page.click(`.ways a[href="${path}"]`);
      await page.waitForSelector('main h1');
      await page.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => undefined);
      await lookAt(page, `${role} ${path.slice(2)}`);
    }
    expect([complaints, elsewhere]).toEqual([[], []]);
  });

  test('what a guest showed, accepted and refused', async () => {
    const { page } = await deskTab(browser, desk);
    await enterConsole(page, await signIn(desk, 'clerk'), 'check-in');
    await page.waitForSelector('textarea[name=pasted]');
    const [card = 0] = goodCards(desk.composed.city, 'sm2');
    const { json } = rideCodeOf(desk.composed.city, card, { validity_s: 600 });
    for (const outcome of ['allow', 'deny']) {
      await page.fill('textarea[name=pasted]', (json.credential as { hex: string }).hex);
      await page.locator('textarea[name=pasted] + div button').click();
      await page.waitForSelector(`.result[data-outcome=${outcome}]`);
      await lookAt(page, outcome);
    }
  });

  test('a document written down', async () => {
    const { page } = await deskTab(browser, desk);
    await enterConsole(page, await signIn(desk, 'clerk'), 'check-in');
    await page.waitForSelector('.camera');
    await page.keyboard.press('Alt+d');
    await page.waitForSelector('[data-outcome=by_hand]');
    await lookAt(page, 'by-hand');
  });
});
