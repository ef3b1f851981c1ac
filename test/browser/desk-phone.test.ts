/** A guest's phone at the console: the code on the screen is read as a camera reads it, and a wallet of others answers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AxeBuilder } from '@axe-core/playwright';
import { setGlobalConfig } from '@openid4vc/oauth2';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { signIn } from '../composed/desk-session.rig.ts';
import { type PhoneDesk, startPhoneDesk } from '../composed/phone.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';

let desk: PhoneDesk;
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } });
  [desk, browser] = await Promise.all([startPhoneDesk({ publicUrl: null }), openBrowser()]);
  // The browser of a test knows the desk by loopback, which no phone would.
  setGlobalConfig({ allowInsecureUrls: true });
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

/** The check-in. `before`: what the page has before anything of it runs. */
async function openCheckIn(before: (page: Page) => Promise<unknown> = async () => {}) {
  const tab = await deskTab(browser, desk.desk);
  await before(tab.page);
  await enterConsole(tab.page, await signIn(desk.desk, 'clerk'), 'check-in');
  await tab.page.waitForSelector('[data-phone]');
  return tab;
}

/** What a phone's camera reads on the screen. */
async function codeOn(page: Page): Promise<string> {
  const picture = await page.locator('svg.phone-code').screenshot();
  const [code] = await readBarcodes(new Uint8Array(picture));
  return code?.text ?? '';
}

const stateOf = (page: Page, state: string) => page.waitForSelector(`[data-phone="${state}"]`);

async function showCode(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Show a code' }).click();
  await stateOf(page, 'made');
  return codeOn(page);
}

test.runIf(hasBrowser)('the guest scans the code, agrees, and the clerk sees the result', async () => {
  const { page, complaints, elsewhere } = await openCheckIn();
  const wallet = desk.wallet();
  const resolved = await wallet.scan(await showCode(page));
  await stateOf(page, 'fetched');
  expect(await page.$('svg.phone-code'), 'a code that was used is not shown').toBeNull();
  expect((await wallet.post(resolved, 'mdoc')).status).toBe(200);
  await stateOf(page, 'judged');
  const result = page.locator('.result[data-outcome="allow"]');
  await result.getByText('Zhang').waitFor();
  expect([complaints, elsewhere]).toEqual([[], []]);
});

test.runIf(hasBrowser)('an address that no phone reaches is said so, and the time that is left', async () => {
  const { page } = await openCheckIn();
  await showCode(page);
  await page.getByText('Phones cannot reach localhost: set hotel.public_url').waitFor();
  expect(await page.getByRole('timer').textContent()).toMatch(/^[45]:\d\d left$/);
});

test.runIf(hasBrowser)('a guest who does not agree is told in words, and another code is shown', async () => {
  const { page } = await openCheckIn();
  const { authorizationRequestPayload } = await desk.wallet().scan(await showCode(page));
  const { state } = authorizationRequestPayload as { state: string };
  await desk.postForm(authorizationRequestPayload, { error: 'access_denied', state });
  await stateOf(page, 'failed');
  await page.locator('.note.bad').getByText('The guest did not agree').waitFor();
  await page.getByRole('button', { name: 'Show a new code' }).click();
  await stateOf(page, 'made');
  await page.getByRole('button', { name: 'Stop' }).click();
  await stateOf(page, 'none');
});

/** The browser's own wallet: what it is asked is answered by `answer`. */
const browserWallet = (answer: (data: { request: string }) => Promise<unknown>) => async (page: Page) => {
  await page.exposeFunction('answerAsWallet', answer);
  await page.addInitScript(`
    CredentialsContainer.prototype.get = async ({ digital: { requests: [{ protocol, data }] } }) => {
      const answer = await answerAsWallet(data);
      if (answer === null) throw new DOMException('The user did not agree', 'NotAllowedError');
      return { protocol, data: answer };
    };`);
};

test.runIf(hasBrowser)('a document comes by the Digital Credentials API of the browser', async () => {
  const wallet = desk.wallet();
  const { page, complaints } = await openCheckIn(
    browserWallet(async (data) => {
      const { origin } = new URL(page.url());
      const { jarm } = await wallet.answer(await wallet.resolve(data, origin), 'sd-jwt', {}, origin);
      return { response: jarm?.responseJwt };
    }),
  );
  await page.getByRole('button', { name: 'Ask this device' }).click();
  await stateOf(page, 'judged');
  await page.locator('.result[data-outcome="allow"]').getByText('Zhang').waitFor();
  expect(complaints).toEqual([]);
});

test.runIf(hasBrowser)('where it gives nothing, that is said', async () => {
  const { page } = await openCheckIn(browserWallet(async () => null));
  await page.getByRole('button', { name: 'Ask this device' }).click();
  await page.getByText('The browser gave no document').waitFor();
});

test.runIf(hasBrowser)('a browser without it has no button for it', async () => {
  const { page } = await openCheckIn((each) => each.addInitScript('delete globalThis.DigitalCredential'));
  expect(await page.getByRole('button', { name: 'Show a code' }).count()).toBe(1);
  expect(await page.getByRole('button', { name: 'Ask this device' }).count()).toBe(0);
});

test.runIf(hasBrowser)(
  'nothing of it is in the way of anybody, light or dark, in either language',
  async () => {
    const { page } = await openCheckIn();
    await showCode(page);
    for (const theme of ['light', 'dark']) {
      for (const language of ['zh', 'en']) {
        await page
          .locator('select')
          .filter({ has: page.locator(`option[value=${theme}]`) })
          .selectOption(theme);
        await page
          .locator('select')
          .filter({ has: page.locator(`option[value=${language}]`) })
          .selectOption(language);
        const { violations } = await new AxeBuilder({ page }).include('[data-phone]').analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      }
    }
  },
);
