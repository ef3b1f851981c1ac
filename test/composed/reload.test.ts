/** What a running gateway takes up anew, in the wiring: the token on every way to the platform, and whose policy a record names. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { type ComposedGateway, type ComposedOptions, startComposed } from './composed-gateway.rig.ts';

const eventually = (what: () => unknown) => expect.poll(what, { timeout: 20_000 });

async function composedForTest(options: ComposedOptions = {}): Promise<ComposedGateway> {
  const composed = await startComposed(options);
  onTestFinished(() => composed.stop());
  return composed;
}

afterEach(() => {
  delete process.env['ONECARD_TEST_HOLD_FOLDER'];
});

/** Asked again and again: whether it answers, by the main thread; and for changes of the card list, by the link. */
const OF_MAIN_THREAD = 'v1/health';
const OF_LINK = 'v1/lists';

test('the platform is shown the new token by the main thread and by that of the link', async () => {
  const shown = new Map<string, Set<string>>();
  const composed = await composedForTest({
    through: async (platformUrl) => {
      const server = createServer((incoming, response) => {
        const token = incoming.headers.authorization ?? '';
        // What a way is called: /v1/health, /v1/tuf, /v1/cards …
        const way = (incoming.url ?? '').split(/[/?]/).slice(1, 3).join('/');
        shown.set(token, (shown.get(token) ?? new Set()).add(way));
        void fetch(platformUrl + incoming.url, {
          headers: { authorization: 'Bearer composed-test-token' },
        }).then(async (reply) => {
          response.writeHead(reply.status).end(Buffer.from(await reply.arrayBuffer()));
        });
      });
      server.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: async () => {
          server.closeAllConnections();
          server.close();
        },
      };
    },
    settings: { platform: { delta_wait_ms: 200 } },
  });
  const before = 'Bearer composed-test-token';
  for (const way of [OF_MAIN_THREAD, OF_LINK]) {
    await eventually(() => [...(shown.get(before) ?? [])]).toContain(way);
  }
  expect([...shown.keys()]).toEqual([before]);
  const { settings, folder } = composed;
  writeFileSync(join(folder, 'platform-token'), 'another-token');
  expect(await composed.gateway.reload(settings)).toEqual({ taken: ['platform token'], needRestart: [] });
  const after = 'Bearer another-token';
  const isShown = async () => {
    for (const way of [OF_MAIN_THREAD, OF_LINK]) {
      await eventually(() => [...(shown.get(after) ?? [])]).toContain(way);
    }
  };
  await isShown();
  // What was under way with the earlier one has ended by now.
  shown.clear();
  await isShown();
  expect([...shown.keys()]).toEqual([after]);
  expect(await composed.gateway.reload(settings)).toEqual({ taken: [], needRestart: [] });
});

test('a tap on its way when the scenes change is recorded under the revision it is judged by', async () => {
  const folder = temporaryFolder();
  process.env['ONECARD_TEST_HOLD_FOLDER'] = folder;
  const composed = await composedForTest({
    gateway: { threadEntry: new URL('../fixtures/held-thread.ts', import.meta.url) },
    settings: { workers: { threads: 1, hang_ms: 19_000 } },
  });
  const { settings, dataFolder } = composed;
  const [card = 0] = goodCards(composed.city, 'sm2');
  const client = await PlainClient.connect(composed.target());
  mkdirSync(join(folder, 'holding'));
  const under = client.tap(0, chipTapOf(composed.city, card).binary);
  await eventually(() => existsSync(join(folder, 'batch-1'))).toBe(true);
  const first = loadScenes(PRESENTABLE_FAMILIES);
  const city = cityFile({ ...shippedCity(), revision: 'newer' }, folder);
  expect((await composed.gateway.reload({ ...settings, city })).taken).toEqual(['scenes']);
  mkdirSync(join(folder, 'go-1'));
  expect((await under).message['code']).toBe('allow.good');
  mkdirSync(join(folder, 'go-2'));
  await client.tap(1, chipTapOf(composed.city, card).binary);
  await client.bye();
  await composed.stopGateway();
  const reader = openJournalReader(join(dataFolder, 'journal'));
  const revisions = reader.after(0, 2).map(({ policyRevision }) => policyRevision);
  await reader.close();
  expect(revisions).toEqual([first.revision, expect.stringMatching(/^newer\+[0-9a-f]{8}$/)]);
  await composed.start();
});
