/** The board of operators and the banner of a gateway without its platform, in a real browser. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { startTapping } from '../composed/tapping.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

let desk: ComposedDesk;
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([startDesk(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

async function seriousFaults(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
}

test.runIf(hasBrowser)(
  'the board shows what gates tap, in both languages and themes, and on a phone',
  async () => {
    const manager = await signIn(desk, 'manager');
    const { page, complaints, elsewhere } = await deskTab(browser, desk);
    const tapping = await startTapping(desk.composed);
    await enterConsole(page, manager, 'board');
    await page.waitForSelector('[data-board=shown] .chart canvas');
    await vi.waitFor(
      async () => expect(Number(await page.textContent('[data-class=gate] td'))).toBeGreaterThan(0),
      20_000,
    );
    await tapping.stop();
    expect(await page.textContent('main')).toMatch(/Answer time at gates/);
    for (const [language, theme] of [
      ['en', 'light'],
      ['zh', 'dark'],
    ]) {
      await page
        .locator('.top select')
        .nth(0)
        .selectOption(language ?? '');
      await page
        .locator('.top select')
        .nth(1)
        .selectOption(theme ?? '');
      await page.waitForSelector('.chart canvas');
      expect(await seriousFaults(page)).toEqual([]);
    }
    expect(await page.textContent('main h1')).toBe('运行看板');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect([complaints, elsewhere]).toEqual([[], []]);
  },
);

test.runIf(hasBrowser)(
  'a clerk sees since when the platform is gone, what is still accepted, and that it is back',
  async () => {
    const clerk = await signIn(desk, 'clerk');
    const { page, complaints } = await deskTab(browser, desk);
    await enterConsole(page, clerk);
    const { platform } = desk.composed;
    platform.setFault({ fault: 'down' });
    await page.waitForSelector('[data-mode=lists]');
    const banner = await page.textContent('[data-mode=lists]');
    expect(banner).toMatch(/Offline: cards are checked by the lists at hand.*since \d\d:\d\d/);
    expect(banner).toMatch(/Still accepted.*Hotel front desk \(card chips/);
    expect(await seriousFaults(page)).toEqual([]);
    platform.setFault(null);
    await page.waitForSelector('[data-mode]', { state: 'detached' });
    await page.locator('[role=alert]', { hasText: 'The platform is back.' }).waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
  },
);
