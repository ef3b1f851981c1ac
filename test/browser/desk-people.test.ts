/** People at the console: signing in by keyboard and by passkey, accounts, API clients, the audit log. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

let desk: ComposedDesk;
/** As browsers see it: passkeys are bound to a name. */
let named: { readonly url: string };
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([startDesk(), openBrowser()]);
  named = { url: desk.url.replace('127.0.0.1', 'localhost') };
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

const serious = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.flatMap(({ id, impact }) =>
    impact === 'serious' || impact === 'critical' ? [id] : [],
  );

test.runIf(hasBrowser)(
  'by keyboard alone: sign in, add a passkey, and sign in with it next time',
  async () => {
    const clerk = await signIn(desk, 'clerk');
    const { page, complaints, elsewhere } = await deskTab(browser, named);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
    await page.goto('/#/me');
    await page.waitForSelector('input[name=account]');
    // The first field has the focus.
    await page.keyboard.type(clerk.account);
    await page.keyboard.press('Tab');
    await page.keyboard.type(clerk.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h2#passkeys');
    await page.focus('input[name=passkey-name]');
    await page.keyboard.type('blue key');
    await page.keyboard.press('Enter');
    await page.waitForSelector('li strong:text-is("blue key")');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForSelector('input[name=account]');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.shell');
    expect(await page.textContent('.top')).toContain(clerk.account);
    expect([complaints, elsewhere]).toEqual([[], []]);
  },
);

test.runIf(hasBrowser)('a manager makes an account and a client, whose secrets are shown once', async () => {
  const manager = await signIn(desk, 'manager');
  const { page, complaints } = await deskTab(browser, desk);
  await enterConsole(page, manager, 'accounts');
  await page.fill('input[name=new-account]', 'evening');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] [data-once]');
  const password = (await page.textContent('[data-once]')) ?? '';
  expect(password).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
  expect(await serious(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  expect(await page.content()).not.toContain(password);
  await page
    .getByRole('row', { name: /evening/ })
    .getByRole('button', { name: 'Disable' })
    .click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.waitForSelector('tr:has-text("evening") .pill.bad');
  await page.fill('input[name=client-title]', 'Front office system');
  await page.getByLabel('stays:read').check();
  await page.getByRole('button', { name: 'Make a client' }).click();
  await page.waitForSelector('dialog[open] [data-once]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('li strong:text-is("Front office system")');
  expect(await serious(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test.runIf(hasBrowser)('an auditor reads who did what, on a phone, in the dark, in Chinese', async () => {
  const auditor = await signIn(desk, 'auditor');
  const { page, complaints } = await deskTab(browser, desk, {
    ...{ locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  });
  await enterConsole(page, auditor, 'audit');
  await page.waitForSelector('td:text-is("session.opened")');
  expect(await page.textContent('main h1')).toBe('审计日志');
  expect(await serious(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  expect(complaints).toEqual([]);
});
