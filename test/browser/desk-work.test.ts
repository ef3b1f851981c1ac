/** A clerk's work on the console, in a real browser: checking in, undoing, finding, confirming, revealing, checking out. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

let desk: ComposedDesk;
let browser: Browser;
let cards: number[];
beforeAll(async () => {
  if (!hasBrowser) return;
  [desk, browser] = await Promise.all([startDesk(), openBrowser()]);
  cards = goodCards(desk.composed.city, 'sm2');
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

/** As hex: of a card that no other test shows. */
function rideCode(): string {
  const { json } = rideCodeOf(desk.composed.city, cards.shift() ?? 0, { validity_s: 600 });
  return (json.credential as { hex: string }).hex;
}

async function opened() {
  const tab = await deskTab(browser, desk);
  await enterConsole(tab.page, await signIn(desk, 'clerk'));
  await tab.page.waitForSelector('textarea[name=pasted]');
  return tab;
}

async function paste(page: Page, hex: string): Promise<string | null> {
  await page.fill('textarea[name=pasted]', hex);
  await page.getByRole('button', { name: 'Verify it' }).click();
  const shown = await page.waitForSelector('.result[data-outcome]');
  return shown.getAttribute('data-outcome');
}

async function checkIn(
  page: Page,
  { name, number, room }: Readonly<Record<'name' | 'number' | 'room', string>>,
) {
  await page.selectOption('select[name=document_kind]', 'id-card');
  await page.fill('input[name=full_name]', name);
  await page.fill('input[name=document_number]', number);
  await page.getByLabel('I compared the person').check();
  await page.fill('input[name=room]', room);
  await page.keyboard.press('Alt+Enter');
  await page.waitForSelector('[data-done]');
}

/** GB 11643: with its check digit. */
function citizenNumber(first17: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, index) => total + weight * Number(first17[index]), 0);
  return first17 + '10X98765432'.charAt(sum % 11);
}

describe.runIf(hasBrowser)('a clerk', () => {
  test('checks a guest in, finds the guest again, confirms who it is, looks and checks out', async () => {
    const { page, complaints, elsewhere } = await opened();
    const number = citizenNumber('31010119900307123');
    expect(await paste(page, rideCode())).toBe('allow');
    await checkIn(page, { name: '<img src=x onerror=alert(1)>Li Wei', number, room: '1203' });
    // Script in a name is text, in the page and in its attributes.
    expect(await page.textContent('[data-done] .name')).toContain('<img src=x');
    expect(await page.$('main img')).toBeNull();
    await page.keyboard.press('Alt+2');
    await page.waitForSelector('tr[data-guest]');
    const row = await page.textContent('tr[data-guest]');
    expect(row).not.toContain(number);
    await page.selectOption('select[name=way]', 'document_number');
    await page.fill('input[name=sought]', number);
    await page.keyboard.press('Enter');
    await page.waitForSelector('button:has-text("Back to today")');
    await page.click('tr[data-guest] button');
    // Nothing can be done with a row that was found before it is confirmed.
    await page.waitForSelector('input[name=confirm_digits]');
    expect(await page.getByRole('button', { name: 'Check out' }).count()).toBe(0);
    await page.fill('input[name=confirm_digits]', '0000');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog .note.bad');
    await page.fill('input[name=confirm_digits]', number.slice(-4));
    await page.keyboard.press('Enter');
    await page.fill('input[name=reveal_reason]', 'the guest asks for an invoice');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`[data-revealed] bdi:text-is("${number}")`);
    await page.getByRole('button', { name: 'Check out' }).click();
    await page.waitForSelector('dialog', { state: 'detached' });
    // The list of today is of whoever is in the house.
    await page.waitForSelector('main p:has-text("There are no guests")');
    expect([complaints, elsewhere]).toEqual([[], []]);
    expect(page.url()).not.toMatch(/Li|3101/);
  });

  test('works by keyboard alone: a guest without a card, and the check-in taken back', async () => {
    const { page } = await opened();
    await page.keyboard.press('Alt+d');
    await page.waitForSelector('[data-outcome=by_hand]');
    await tabTo(page, 'document_kind');
    await tabTo(page, 'full_name');
    await page.keyboard.type('Wang Fang', { delay: 25 });
    await tabTo(page, 'document_number');
    await page.keyboard.type(citizenNumber('31010119851111222'), { delay: 25 });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await tabTo(page, 'room');
    await page.keyboard.type('88', { delay: 25 });
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-done]');
    await page.keyboard.press('Alt+z');
    await page.waitForSelector('dialog input[name=reason]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-done] .verdict:has-text("Taken back")');
  });

  test('two guests are one stay, and two clerks at once do not meet', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    expect(await Promise.all([paste(one.page, rideCode()), paste(other.page, rideCode())])).toEqual([
      'allow',
      'allow',
    ]);
    await one.page.fill('input[name=full_name]', 'Zhou Min');
    await one.page.fill('input[name=document_number]', citizenNumber('31010119790101001'));
    await one.page.keyboard.press('Alt+n');
    await one.page.waitForSelector('.party li');
    await one.page.keyboard.press('Alt+d');
    await Promise.all([
      checkIn(one.page, { name: 'Zhou Lei', number: citizenNumber('31010119810202002'), room: '501' }),
      checkIn(other.page, { name: 'Sun Hao', number: citizenNumber('31010119820303003'), room: '502' }),
    ]);
    expect(await one.page.locator('[data-done] .party li').count()).toBe(2);
    expect(await other.page.locator('[data-done] .party li').count()).toBe(1);
  });

  test('a code shown again is refused with a next step, and cannot be checked in by', async () => {
    const { page } = await opened();
    const code = rideCode();
    expect(await paste(page, code)).toBe('allow');
    await page.keyboard.press('Alt+x');
    await page.waitForSelector('.result:not([data-outcome])');
    await page.waitForTimeout(1_200);
    expect(await paste(page, code)).toBe('deny');
    expect(await page.textContent('.result')).toMatch(/fresh code/);
    expect(await page.isDisabled('button.main[type=submit]')).toBe(true);
  });
});

/** By Tab alone. Throws where it is not reached. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement.name')) === name) return;
  }
  throw new Error(`${name} is not reached by Tab`);
}
