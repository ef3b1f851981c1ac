/** The page at `/` of the address for operators: who gets it, what it may load, and that it shows what is so, in a browser. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type ComposedGateway,
  type ComposedOptions,
  startComposed,
} from '../composed/composed-gateway.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';

const TOKEN = 'the-token-of-operators';

async function composed(options: ComposedOptions = {}): Promise<ComposedGateway> {
  const started = await startComposed(options);
  onTestFinished(() => started.stop());
  return started;
}

function withToken(): ComposedOptions {
  const token_file = join(temporaryFolder(), 'token');
  writeFileSync(token_file, TOKEN);
  return { settings: { admin: { page: true, token_file } } };
}

test('without the setting there is no page, and in public there is none at all', async () => {
  const { address } = await composed();
  for (const url of [
    `${address.admin}/`,
    `${address.admin}/page.js`,
    `${address.admin}/about`,
    `${address.http}/`,
  ]) {
    expect((await fetch(url)).status, url).toBe(404);
  }
});

test('who shows no token gets the page and the documentation, and nothing of this gateway', async () => {
  const { address, settings } = await composed(withToken());
  const page = await fetch(`${address.admin}/`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  const open = await Promise.all(
    ['/', '/page.css', '/page.js', '/docs/protocol.md', '/cluster', '/cluster.js', '/cluster.css'].map(
      async (path) => {
        const reply = await fetch(address.admin + path);
        return { status: reply.status, text: await reply.text() };
      },
    ),
  );
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  for (const { text } of open) expect(text).not.toContain(settings.gateway_id);
  for (const path of ['/about', '/metrics', '/mode', '/readyz']) {
    expect((await fetch(address.admin + path)).status, path).toBe(401);
  }
  expect((await fetch(`${address.admin}/`, { method: 'POST' })).status).toBe(405);
});

test.each([
  '/docs/../package.json',
  '/docs/%2e%2e/package.json',
  '/docs//etc/passwd',
  '/docs/',
  '/page/../page.js',
])('only pages that came along are read from the disk: %s', async (path) => {
  const { address } = await composed({ settings: { admin: { page: true } } });
  // As it stands: fetch would make it another path.
  const { port } = new URL(address.admin);
  const [answer] = await once(request({ host: '127.0.0.1', port, path }).end(), 'response');
  answer.resume();
  expect(answer.statusCode).toBe(404);
});

test('a gateway that is no demonstration has nothing to try', async () => {
  const { address } = await composed({ settings: { admin: { page: true } } });
  expect((await fetch(`${address.admin}/try/fresh`, { method: 'POST' })).status).toBe(404);
  expect(await (await fetch(`${address.admin}/about`)).json()).toMatchObject({ canTry: false });
});

let browser: Browser | null = null;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
});

/** A tab of a reader of English or Chinese, and what the browser complains of in it. */
async function tab(locale: string, width = 1_280) {
  const page = await browser?.newPage({ viewport: { width, height: 844 }, locale });
  if (!page) throw new Error('there is no browser');
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A refused token is told by the page, and by the browser too.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

test.runIf(hasBrowser)(
  'it asks for the token, and shows mode, decisions and links with the right one',
  async () => {
    const gateway = await composed(withToken());
    const { address, city, settings } = gateway;
    const client = await PlainClient.connect(gateway.target());
    const [card = 0] = goodCards(city, 'sm2');
    await client.tap(0, rideCodeOf(city, card).binary);
    const { page, complaints } = await tab('en-GB');
    await page.goto(`${address.admin}/`);
    await page.fill('#token', 'a-token-that-is-wrong');
    await page.click('#ask button');
    await page.waitForSelector('#token-fault:not(:empty)');
    expect(await page.isHidden('#shown')).toBe(true);
    await page.fill('#token', TOKEN);
    await page.click('#ask button');
    await page.waitForSelector('#codes li');
    expect(await page.textContent('#codes li')).toBe('allow.good1');
    expect(await page.textContent('#who')).toContain(settings.gateway_id);
    expect(await page.textContent('#mode')).toMatch(/^(live|lists)$/);
    expect(await page.textContent('#gates')).toBe('1');
    // Of the taps since the page looked before: it may have looked again since the first.
    let seq = 0;
    await becomes(
      'the latency is shown',
      async () => {
        seq += 1;
        await client.tap(
          seq,
          rideCodeOf(city, card, { nowMs: Date.now() - 1_000 * seq, validity_s: 600 }).binary,
        );
        return await page.textContent('#p99');
      },
      (p99) => /^[\d.,]+$/.test(p99 ?? ''),
    );
    expect(await page.isHidden('#try')).toBe(true);
    const openApi = await page.getAttribute('#links a', 'href');
    expect(openApi).toBe(`${address.http}/openapi.json`);
    expect(await (await fetch(openApi ?? '')).json()).toMatchObject({
      openapi: expect.stringMatching(/^3\./),
    });
    expect(complaints).toEqual([]);
    await client.bye();
  },
);

test.runIf(hasBrowser)(
  'a demonstration leads there from its public address, and a button shows a ride code',
  async () => {
    const tried: string[] = [];
    const { address } = await composed({
      settings: { admin: { page: true } },
      gateway: {
        demonstration: {
          tryOut: async (what) => {
            tried.push(what);
            return { outcome: 'deny', code: 'deny.replayed' };
          },
        },
      },
    });
    const { page, complaints } = await tab('zh-CN', 360);
    await page.goto(`${address.http}/`);
    expect(page.url()).toBe(`${address.admin}/`);
    await page.click('[data-try=again]');
    await page.waitForSelector('#tried:not(:empty)');
    expect([await page.textContent('#tried'), tried]).toEqual(['deny: deny.replayed', ['try_again']]);
    expect(await page.textContent('[data-word=decisions]')).toBe('启动以来各代码的判定');
    expect(await page.getAttribute('html', 'lang')).toBe('zh');
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  },
);

test.runIf(hasBrowser)('says that the JavaScript engine is slow', async () => {
  const gateway = await composed({ settings: { admin: { page: true } } });
  const { address, city } = gateway;
  const client = await PlainClient.connect(gateway.target());
  // What proves says its engine with the first batch.
  await client.tap(0, rideCodeOf(city, goodCards(city, 'sm2')[0] ?? 0).binary);
  await client.bye();
  const { page } = await tab('en-GB');
  await page.route('**/metrics', async (route) => {
    const reply = await route.fetch();
    const text = (await reply.text()).replace(/(onecard_engine_info\{engine=")[^"]*/, '$1portable');
    await route.fulfill({ response: reply, body: text });
  });
  await page.goto(`${address.admin}/`);
  await page.waitForSelector("#engine:text-is('portable')");
  expect(await page.textContent('#engine-about')).toBe('slow: JavaScript');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});
