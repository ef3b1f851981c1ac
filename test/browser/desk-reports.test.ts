/** Reports on the console: what is due is ended with a typed receipt by keyboard alone, and nothing is found by axe. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestClocks } from '../composed/composed-gateway.rig.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { ADULT, checkIn } from '../composed/desk-stays.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

const HOUR_MS = 3_600_000;
const clocks = new TestClocks(Date.now() - 3 * HOUR_MS);
let desk: ComposedDesk;
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([startDesk({ clocks }), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

test.runIf(hasBrowser)(
  'an overdue report is above every view, and a clerk ends it by keyboard alone',
  async () => {
    const early = await signIn(desk, 'clerk');
    const declared = { full_name: '李明', document_kind: 'id-card', document_number: ADULT };
    await checkIn(early, [{ declared, person_compared: true }]);
    clocks.pass(3 * HOUR_MS);
    const clerk = await signIn(desk, 'clerk');
    const { page, complaints, elsewhere } = await deskTab(browser, desk, { locale: 'en-GB' });
    await enterConsole(page, clerk, 'check-in');
    const banner = page.getByText('Reports to public security that are overdue: 1');
    await banner.waitFor();
    await page.getByRole('link', { name: 'See the reports' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('tr[data-report]');
    const row = page.locator('tr[data-report]');
    expect(await row.textContent()).toContain('overdue by');
    expect(await row.textContent()).not.toContain(ADULT);
    for (const theme of ['light', 'dark'] as const) {
      await page.getByLabel('Appearance').or(page.getByLabel('Theme')).selectOption(theme);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
    }
    await page.getByRole('button', { name: 'Type in the receipt' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.getByRole('button', { name: 'Show what to type in' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(ADULT).waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    if (process.env['ONECARD_SHOTS'])
      await page.screenshot({ path: `${process.env['ONECARD_SHOTS']}/dialog.png` });
    await page.getByRole('textbox', { name: 'Receipt' }).focus();
    await page.keyboard.type('GA-2026-17');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing is to be done.').waitFor();
    await banner.waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByLabel('Show').selectOption('accepted');
    await page.waitForSelector('tr[data-report]');
    expect(await page.evaluate('document.documentElement.scrollWidth <= 360')).toBe(true);
    if (process.env['ONECARD_SHOTS'])
      await page.screenshot({ path: `${process.env['ONECARD_SHOTS']}/phone.png` });
    expect([complaints, elsewhere]).toEqual([[], []]);
  },
);
