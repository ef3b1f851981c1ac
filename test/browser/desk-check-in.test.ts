/** Reading documents on the console, in a real browser: by camera, by scanners that type, pasted and from pictures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onlineCode } from '../../platform/online-codes.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { type DeskSession, signIn } from '../composed/desk-session.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';
import { deskTab, enterConsole } from './desk-console.rig.ts';
import { cameraFlags, modulesOf, writeCamera } from './fake-camera.rig.ts';

const IN_VIEW = 20_000;
let desk: ComposedDesk;
let browser: Browser;
let clerk: DeskSession;
let cards: number[];
const folder = mkdtempSync(join(tmpdir(), 'onecard-camera-'));
const film = join(folder, 'camera.y4m');
beforeAll(async () => {
  if (!hasBrowser) return;
  desk = await startDesk();
  browser = await openBrowser(cameraFlags(film));
  clerk = await signIn(desk, 'clerk');
  cards = goodCards(desk.composed.city, 'sm2');
});
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Of a card that no other test shows. */
const rideCode = () => {
  const { code } = rideCodeOf(desk.composed.city, cards.shift() ?? 0, { validity_s: 600 }).binary
    .credential as {
    code: Uint8Array;
  };
  return code;
};
const textCode = () =>
  onlineCode({ city: desk.composed.city, index: cards.shift() ?? 0, atMs: Date.now(), nonce: '' });

async function opened() {
  const tab = await deskTab(browser, desk);
  await tab.page.context().grantPermissions(['camera'], { origin: desk.url });
  const asked: string[] = [];
  tab.page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/v1/verifications')) {
      asked.push(request.postData() ?? '');
    }
  });
  await enterConsole(tab.page, clerk);
  await tab.page.waitForSelector('.camera');
  return { ...tab, asked };
}

const outcomeOf = (page: Page) =>
  page
    .waitForSelector('.result[data-outcome]', { timeout: IN_VIEW })
    .then((shown) => shown.getAttribute('data-outcome'));

test.runIf(hasBrowser)(
  'a ride code before the camera, moving and blurred, is judged once, and the time it took is shown',
  async () => {
    writeCamera(film, { codes: [rideCode()] });
    const { page, asked, complaints, elsewhere } = await opened();
    await page.keyboard.press('Alt+c');
    expect(await outcomeOf(page)).toBe('allow');
    await page.waitForSelector('[data-took]');
    expect(await page.textContent('.result .verdict')).toContain('Verified');
    // It stays in view for longer than a code is remembered.
    await page.waitForTimeout(1_500);
    expect(asked.length).toBe(1);
    await page.keyboard.press('Alt+c');
    await page.waitForSelector('.camera[data-state=off]');
    expect([complaints, elsewhere]).toEqual([[], []]);
  },
);

test.runIf(hasBrowser)(
  'a code of text is read by the camera as well, and two different codes in view are none',
  async () => {
    writeCamera(film, { codes: [textCode()], scale: 6, blurPasses: 2 });
    const { page, asked } = await opened();
    await page.keyboard.press('Alt+c');
    expect(await outcomeOf(page)).toBe('allow');
    await page.keyboard.press('Alt+c');
    await page.waitForSelector('.camera[data-state=off]');
    writeCamera(film, { codes: [textCode(), textCode()], scale: 5, movePixels: 1, blurPasses: 0 });
    await page.keyboard.press('Alt+c');
    await page.waitForSelector('.camera .note.bad', { timeout: IN_VIEW });
    expect(asked.length).toBe(1);
  },
);

test.runIf(hasBrowser)(
  'a scanner that types is heard wherever the cursor is, and leaves nothing in the field',
  async () => {
    const { page } = await opened();
    await page.fill('input[name=room]', '12');
    await page.focus('input[name=room]');
    await typed(page, textCode());
    expect(await outcomeOf(page)).toBe('allow');
    expect(await page.inputValue('input[name=room]')).toBe('12');
    // A scanner that is set to hex sends the bytes of a ride code.
    await page.keyboard.press('Alt+x');
    await page.waitForSelector('.result:not([data-outcome])');
    await typed(page, Buffer.from(rideCode()).toString('hex'), 'Tab');
    expect(await outcomeOf(page)).toBe('allow');
  },
);

test.runIf(hasBrowser)('what a person types is no code, however long', async () => {
  const { page, asked } = await opened();
  await page.focus('input[name=room]');
  await page.keyboard.type('1203 by the harbour', { delay: 45 });
  expect(await page.inputValue('input[name=room]')).toBe('1203 by the harbour');
  expect(asked).toEqual([]);
});

test.runIf(hasBrowser)(
  'an input method that is on while a scanner types is said, and nothing is taken of it',
  async () => {
    const { page, asked } = await opened();
    await page.focus('input[name=room]');
    const devtools = await page.context().newCDPSession(page);
    const composed = textCode();
    for (let length = 1; length <= 14; length += 1) {
      void devtools.send('Input.imeSetComposition', {
        text: composed.slice(0, length),
        selectionStart: length,
        selectionEnd: length,
      });
    }
    await page.waitForSelector('.note.bad:has-text("input method")');
    expect(asked).toEqual([]);
  },
);

test.runIf(hasBrowser)('pasted text, a picture of a code, and pictures that are none', async () => {
  const { page } = await opened();
  await page.fill('textarea[name=pasted]', Buffer.from(rideCode()).toString('hex'));
  await page.getByRole('button', { name: 'Verify it' }).click();
  expect(await outcomeOf(page)).toBe('allow');
  await page.keyboard.press('Alt+x');
  await page.waitForSelector('.result:not([data-outcome])');
  const chosen = (name: string, buffer: Buffer) =>
    page.setInputFiles('input[type=file]', { name, mimeType: 'image/png', buffer });
  await chosen('code.png', pictureOf(rideCode()));
  expect(await outcomeOf(page)).toBe('allow');
  await chosen(
    'blank.png',
    png(50, 50, () => false),
  );
  await page.waitForSelector('.note.bad:has-text("no code in the picture")', { timeout: IN_VIEW });
  await chosen('text.png', Buffer.from('this is no picture'));
  await page.waitForSelector('.note.bad:has-text("no picture that can be read")');
  // Claims 10^10 pixels in some bytes.
  await chosen(
    'bomb.png',
    png(8, 8, () => false, 100_000),
  );
  await page.waitForSelector('.note.bad:has-text("too large")');
});

test.runIf(hasBrowser)('the worker that may compile WebAssembly is under a policy of its own', async () => {
  const { page } = await opened();
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/workers/')),
    page.keyboard.press('Alt+c'),
  ]);
  const policy = (await answer.allHeaders())['content-security-policy'] ?? '';
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'wasm-unsafe-eval'", "trusted-types 'none'"]),
  );
});

async function typed(page: Page, text: string, end = 'Enter'): Promise<void> {
  // As a scanner does: the browser stamps each stroke as it comes.
  const devtools = await page.context().newCDPSession(page);
  const strokes = [...text].map((character) =>
    devtools.send('Input.dispatchKeyEvent', { type: 'keyDown', text: character, key: character }),
  );
  await Promise.all(strokes);
  await page.keyboard.press(end);
}

const pictureOf = (code: Uint8Array): Buffer => {
  const { size, isDark } = modulesOf(code);
  const side = (size + 8) * 5;
  return png(side, side, (x, y) => {
    const [mx, my] = [Math.floor(x / 5) - 4, Math.floor(y / 5) - 4];
    return mx >= 0 && my >= 0 && mx < size && my < size && isDark(mx, my);
  });
};

/** Eight bits of grey a pixel (W3C PNG). `claimed`: width and height that the head says. */
function png(
  width: number,
  height: number,
  isDark: (x: number, y: number) => boolean,
  claimed?: number,
): Buffer {
  const rows = Buffer.alloc(height * (width + 1), 255);
  for (let y = 0; y < height; y += 1) {
    rows[y * (width + 1)] = 0;
    for (let x = 0; x < width; x += 1) if (isDark(x, y)) rows[y * (width + 1) + 1 + x] = 0;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(claimed ?? width, 0);
  head.writeUInt32BE(claimed ?? height, 4);
  head[8] = 8;
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const around = Buffer.alloc(8);
    around.writeUInt32BE(data.length, 0);
    around.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
