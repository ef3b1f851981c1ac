/** The console's shell in a real browser: signing in and out, languages, themes, keys; nothing leaves the desk's address. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
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

const headingOf = (page: Page) => page.textContent('main h1');

test.runIf(hasBrowser)(
  'a wrong password is told in words, the right one opens the console, and signing out ends it',
  async () => {
    const clerk = await signIn(desk, 'clerk');
    const { page, complaints } = await deskTab(browser, desk, { locale: 'en-GB' });
    await page.goto(desk.url);
    await page.getByLabel('Account').fill(clerk.account);
    await page.getByLabel('Password').fill('not the password of anybody');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.note.bad');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await enterConsole(page, clerk);
    expect(await page.textContent('.top')).toContain(clerk.account);
    await page.reload();
    await page.waitForSelector('.shell');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForSelector('input[name=password]');
    await page.reload();
    await page.waitForSelector('input[name=password]');
    expect(complaints).toEqual([]);
  },
);

test.runIf(hasBrowser)('a one-time password is changed before anything else', async () => {
  const manager = await signIn(desk, 'manager');
  const made = await manager.json<{ one_time_password: string }>('/v1/operators', {
    body: { account: 'new-here', role: 'clerk' },
  });
  const { page } = await deskTab(browser, desk, { locale: 'en-GB' });
  await page.goto(desk.url);
  await page.getByLabel('Account').fill('new-here');
  await page.getByLabel('Password').fill(made.one_time_password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=new]');
  await page.fill('input[name=old]', made.one_time_password);
  await page.fill('input[name=new]', 'a boat on the evening water');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.shell');
});

test.runIf(hasBrowser)('language and theme are as chosen, and remembered', async () => {
  const { page } = await deskTab(browser, desk, { locale: 'zh-CN' });
  await page.goto(desk.url);
  expect(await headingOf(page)).toBe('登录');
  expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  await page.getByLabel('外观').selectOption('dark');
  const dark = await ground();
  await page.getByLabel('外观').selectOption('light');
  expect(await ground()).not.toBe(dark);
  await page.getByLabel('语言').selectOption('en');
  expect(await headingOf(page)).toBe('Sign in');
  await page.reload();
  expect([await headingOf(page), await page.getAttribute('html', 'data-theme')]).toEqual([
    'Sign in',
    'light',
  ]);
});

test.runIf(hasBrowser)('F1 says what the keys do, and Escape gives the focus back', async () => {
  const { page } = await deskTab(browser, desk, { locale: 'en-GB' });
  await enterConsole(page, await signIn(desk, 'clerk'));
  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('F1');
  await page.waitForSelector('dialog[open] kbd:text-is("F1")');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Sign out');
});

test.runIf(hasBrowser)(
  'a session that ended elsewhere is said, and nothing of it stays on the screen',
  async () => {
    const clerk = await signIn(desk, 'clerk');
    const { page } = await deskTab(browser, desk, { locale: 'en-GB' });
    await enterConsole(page, clerk);
    await page.context().clearCookies();
    await page.reload();
    await page.waitForSelector('input[name=password]');
    expect(await page.$('.shell')).toBeNull();
  },
);
