/** Pairing a reader from the console, by keyboard: the code it shows is the one that an agent takes. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pair } from '../../client/reader/pairing.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { startAgent } from '../composed/desk-reader.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
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

test.runIf(hasBrowser)('a reader is paired, seen to come and go, and unpaired', async () => {
  const clerk = await signIn(desk, 'clerk');
  const { page, complaints, elsewhere } = await deskTab(browser, desk);
  await enterConsole(page, clerk, 'readers');
  const button = page.getByRole('button', { name: 'Pair a reader' });
  await button.focus();
  await page.keyboard.press('Enter');
  const code = (await page.getAttribute('[data-code]', 'data-code')) ?? '';
  expect(await page.textContent('[role=status] code')).toContain(
    `--desk ${desk.url.replace('127.0.0.1', new URL(page.url()).hostname)} --code ${code}`,
  );
  await pair({ url: desk.url, code, name: 'night PC', caFile: null });
  const row = page.getByRole('row', { name: /night PC/ });
  await row.getByText('Not connected').waitFor();

  const agent = await startAgent(clerk, desk);
  await page.getByText(/^virtual 127/).waitFor();
  for (const [language, theme] of [
    ['en', 'light'],
    ['zh', 'dark'],
  ] as const) {
    await page.getByLabel(/Language|语言/).selectOption(language);
    await page.getByLabel(/Theme|外观/).selectOption(theme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  await page.getByLabel('语言').selectOption('en');

  await row.getByRole('button', { name: 'Unpair night PC' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unpair' }).click();
  await row.waitFor({ state: 'detached' });
  await agent.stop();
  await page.getByText('Not connected').waitFor();
  expect([complaints, elsewhere]).toEqual([[], []]);
});

test.runIf(hasBrowser)(
  'a card is read by keyboard: asked for, put on the reader, and its result is on the screen',
  async () => {
    const clerk = await signIn(desk, 'clerk');
    const agent = await startAgent(clerk, desk);
    const { page, complaints } = await deskTab(browser, desk);
    await enterConsole(page, clerk, 'check-in');
    const panel = page.locator('[data-reader]');
    await panel.getByText('The reader is ready.').waitFor();
    await panel.getByRole('button', { name: 'Read a card' }).focus();
    await page.keyboard.press('Enter');
    await panel.getByText('Put the card on the reader').waitFor();
    const { city } = desk.composed;
    const [card = 0, second = 0] = goodCards(city, 'sm2');
    agent.virtual.put({
      chip: {
        ...city.card(card).chip,
        tap: (options) => {
          agent.virtual.remove();
          return city.card(card).chip.tap(options);
        },
      },
    });
    await panel.getByText(/The card left too early/).waitFor();
    agent.virtual.put({ chip: city.card(second).chip });
    await panel.locator('xpath=self::*[@data-reading="done"]').waitFor();
    await page.getByText('Verified', { exact: true }).first().waitFor();
    await agent.stop();
    await panel.getByText(/The reader is not connected/).waitFor();
    expect(complaints).toEqual([]);
  },
);
