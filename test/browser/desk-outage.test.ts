/** The console while the platform is away and after it came back; and guests for whom a clerk decides. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { type DeskSession, signIn } from '../composed/desk-session.rig.ts';
import { ADULT, checkIn, verifyPhone } from '../composed/desk-stays.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

const BACK_MS = 30_000;
let desk: ComposedDesk;
let browser: Browser;
let clerk: DeskSession;
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([
    startDesk({ settings: { platform: { poll_ms: 200 } } }),
    openBrowser(),
  ]);
  clerk = await signIn(desk, 'clerk');
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

test.runIf(hasBrowser)(
  'the platform goes during the session and comes back: work goes on, and what was accepted is never shown as failed',
  {
    timeout: 90_000,
  },
  async () => {
    const { platform, city } = desk.composed;
    const { page, complaints } = await deskTab(browser, desk);
    await enterConsole(page, clerk);
    await page.waitForSelector('textarea[name=pasted]');
    platform.setFault({ fault: 'down' });
    await page.waitForSelector('[data-mode=lists]', { timeout: BACK_MS });
    const [card = 0] = goodCards(city, 'rsa');
    const { json } = rideCodeOf(city, card, { validity_s: 600 });
    await page.fill('textarea[name=pasted]', (json.credential as { hex: string }).hex);
    await page.getByRole('button', { name: 'Verify it' }).click();
    await page.waitForSelector('.result[data-outcome=allow] [data-evidence="status:list"]');
    await page.fill('input[name=full_name]', 'Sun Shangxiang');
    await page.fill('input[name=document_number]', ADULT);
    await page.fill('input[name=room]', '310');
    await page.keyboard.press('Alt+Enter');
    await page.waitForSelector('[data-done]');
    await platform.publish({ cards: [{ index: card, state: 'lost' }] });
    platform.setFault(null);
    await page.waitForSelector('[data-mode]', { state: 'detached', timeout: BACK_MS });
    await page.keyboard.press('Alt+2');
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Alt+r');
          return (await page.textContent('tr[data-guest]')) ?? '';
        },
        { timeout: BACK_MS, interval: 500 },
      )
      .toMatch(/In the house.*Accepted then, would be refused now/);
    expect(complaints).toEqual([]);
  },
);

test.runIf(hasBrowser)(
  'a guest whose name differs is referred, and a clerk decides with a reason',
  async () => {
    const phone = await verifyPhone(desk, clerk, 7);
    const declared = { full_name: 'Somebody Else' };
    await checkIn(clerk, [{ verification_id: phone.verification_id, declared }]);
    const { page } = await deskTab(browser, desk);
    await enterConsole(page, clerk, 'guests');
    await page.waitForSelector('tr[data-guest]');
    // What was asked for before comes last, and must not replace what the clerk looks at.
    const everybody = Promise.withResolvers<void>();
    await page.route('**/v1/guests', async (route) => {
      await everybody.promise;
      await route.continue();
    });
    await page.keyboard.press('Alt+r');
    await page.getByRole('button', { name: 'To decide' }).click();
    await page.waitForSelector('tr[data-guest]');
    const late = page.waitForResponse(/\/v1\/guests$/);
    everybody.resolve();
    await (await late).finished();
    await page.click('tr[data-guest] button:has-text("Open")');
    await page.getByRole('button', { name: 'Decide', exact: true }).click();
    await page.fill('dialog input[name=reason]', 'maiden name, seen in the passport');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.waitForSelector('main p:has-text("There are no guests")');
    const { guests } = await clerk.json<{ guests: { state: string }[] }>('/v1/guests?state=held');
    expect(guests.map(({ state }) => state)).toEqual(['held']);
  },
);
