/** The page of a cluster at the address for operators: what it shows is so, in both languages, on a desktop and on a phone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { clusterReport, isClusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { type ComposedGateway, startComposed } from '../composed/composed-gateway.rig.ts';
import { NOW, wordOf } from '../unit/gateway/cluster/members/words.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { hasBrowser, openBrowser } from './browser.rig.ts';

const TOKEN = 'the-token-of-operators';

/** One of many, with neither bus nor store: it knows of itself. */
async function composed(more: object = {}): Promise<ComposedGateway> {
  const folder = temporaryFolder();
  const [keys_file, token_file] = [join(folder, 'keys'), join(folder, 'token')];
  writeFileSync(keys_file, `${'ab'.repeat(32)}\n`);
  writeFileSync(token_file, TOKEN);
  const cluster = { name: 'city', keys_file };
  const started = await startComposed({ settings: { admin: { page: true, token_file }, cluster, ...more } });
  onTestFinished(() => started.stop());
  return started;
}

let browser: Browser | null = null;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
});

async function tab(locale: string, width: number, colorScheme: 'light' | 'dark') {
  const page = await browser?.newPage({ viewport: { width, height: 844 }, locale, colorScheme });
  if (!page) throw new Error('there is no browser');
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/40[14]/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}

test('who shows the token is told how the cluster stands; a gateway alone has nothing to tell', async () => {
  const { address, settings } = await composed();
  expect((await fetch(`${address.admin}/v1/cluster`)).status).toBe(401);
  expect((await fetch(`${address.http}/v1/cluster`)).status).toBe(404);
  const answer = await fetch(`${address.admin}/v1/cluster`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const report: unknown = await answer.json();
  if (!isClusterReport(report)) throw new Error('it is no report');
  expect(report).toMatchObject({ cluster: 'city', asked: settings.gateway_id, sees: 'alone', ok: true });
  expect(report.members).toMatchObject([{ state: 'here', word: { ready: true, store: null, bus: null } }]);
  const alone = await startComposed({ settings: { admin: { page: true } } });
  onTestFinished(() => alone.stop());
  expect((await fetch(`${alone.address.admin}/v1/cluster`)).status).toBe(404);
  expect(await (await fetch(`${alone.address.admin}/about`)).json()).toMatchObject({ hasCluster: false });
});

test.runIf(hasBrowser)('it asks for the token, and the page of the gateway leads to it', async () => {
  const { address, settings } = await composed();
  const { page, complaints } = await tab('en-GB', 1_280, 'light');
  await page.goto(`${address.admin}/`);
  await page.fill('#token', TOKEN);
  await page.click('#ask button');
  await page.click('#links a[href="/cluster"]');
  await page.fill('#token', 'a-token-that-is-wrong');
  await page.click('#ask button');
  await page.waitForSelector('#token-fault:not(:empty)');
  await page.fill('#token', TOKEN);
  await page.click('#ask button');
  await page.waitForSelector('#members tr');
  expect(await page.textContent('#members td')).toBe(settings.gateway_id);
  expect(await page.textContent('#state')).toBe('all is well');
  expect(complaints).toEqual([]);
});

const word = wordOf('gw-2', {
  station: 'lianglukou',
  outages: [{ from_ms: NOW - 90_000, to_ms: NOW - 60_000, accepted: 12, compared: 10, twice: 1 }],
});
const report = clusterReport(
  {
    ...{ cluster: 'city', asked: 'gw-1', nowMs: NOW, busReachable: true },
    members: [
      { word: wordOf('gw-1'), state: 'here', heardAtMs: NOW, clockOffsetMs: 0 },
      { word, state: 'here', heardAtMs: NOW, clockOffsetMs: 0 },
      { word: wordOf('gw-3'), state: 'gone', heardAtMs: NOW - 30_000, clockOffsetMs: 0 },
    ],
  },
  { lagMax: 1_000, outboxMax: 100_000, clockToleranceMs: 10_000 },
);

test.runIf(hasBrowser).each([
  ['en-GB', 1_280, 'light', 'gone for 30 s', 'something is wrong', /^gw-3 has been silent/],
  ['zh-CN', 390, 'dark', '已失联 30 秒', '有故障', /^gw-3 未告离开便已失联/],
] as const)(
  'what is wrong stands first, with what to do (%s, %i px)',
  async (locale, width, colours, gone, state, problem) => {
    const { address } = await composed({ admin: { page: true } });
    const { page, complaints } = await tab(locale, width, colours);
    await page.route('**/v1/cluster', (route) => route.fulfill({ json: report }));
    await page.goto(`${address.admin}/cluster`);
    await page.waitForSelector('#members tr');
    expect(await page.textContent('#state')).toBe(state);
    expect(await page.textContent('#problems li:first-child')).toMatch(problem);
    expect(await page.locator('#problems li.fault-level').count()).toBe(1);
    expect(await page.textContent('#members tr:nth-child(3) td:nth-child(2)')).toBe(gone);
    expect(await page.textContent('#members tr:nth-child(2) td')).toBe('gw-2lianglukou');
    expect(await page.textContent('#outages')).toMatch(/12.*10.*1/);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  },
);
