import { expect, onTestFinished, test } from 'vitest';
import { PlatformClient } from '../../gateway/platform/client.ts';
import { jittered } from '../../gateway/platform/pause.ts';
import { type PollerOptions, startPolling } from '../../gateway/platform/poller.ts';
import { temporaryFolder } from '../journal/temporary-folder.ts';
import {
  cardsPayload,
  keys,
  scriptedPlatform,
  send,
  signed,
  TOKEN,
  trustPayload,
} from './scripted-platform.ts';

function polling(url: string, options: Partial<PollerOptions> = {}) {
  const inForce: string[] = [];
  const faults: string[] = [];
  const client = new PlatformClient({
    endpoint: { url, token: TOKEN, timeoutMs: 1_000 },
    publicKey: keys.publicKey,
    folder: temporaryFolder(),
    maxDocumentBytes: 10_000,
  });
  const poller = startPolling({
    client,
    pollMs: 5,
    putInForce: {
      trust: ({ revision }) => void inForce.push(`trust ${revision}`),
      cards: ({ revision }) => void inForce.push(`cards ${revision}`),
    },
    onFault: (kind, { fault }) => faults.push(`${kind} ${fault}`),
    ...options,
  });
  onTestFinished(() => poller.stop());
  return { poller, inForce, faults };
}

test('new revisions are put in force as they come', async () => {
  let revision = 1;
  const platform = await scriptedPlatform(async ({ path }, response) => {
    const payload = path === '/v1/trust' ? trustPayload('t1', 1) : cardsPayload(`c${revision}`, revision);
    send(response, await signed(payload));
  });
  const { inForce, faults } = polling(platform.url);
  await expect.poll(() => [...inForce].sort()).toEqual(['cards c1', 'trust t1']);
  revision = 2;
  await expect.poll(() => inForce.at(-1)).toBe('cards c2');
  expect(inForce).toHaveLength(3);
  expect(faults).toEqual([]);
});

test('one kind that fails does not hold up the other, and is tried again', async () => {
  let broken = true;
  const platform = await scriptedPlatform(async ({ path }, response) => {
    if (path === '/v1/trust') send(response, await signed(trustPayload('t1', 1)));
    else if (broken) response.writeHead(500).end();
    else send(response, await signed(cardsPayload('c1', 1)));
  });
  const { inForce, faults } = polling(platform.url);
  await expect.poll(() => faults.length).toBeGreaterThanOrEqual(3);
  expect(inForce).toEqual(['trust t1']);
  expect(new Set(faults)).toEqual(new Set(['cards status']));
  broken = false;
  await expect.poll(() => inForce).toEqual(['trust t1', 'cards c1']);
});

test('stops at once, though the platform does not answer', async () => {
  const platform = await scriptedPlatform(() => {});
  const { poller, faults } = polling(platform.url);
  await expect.poll(() => platform.received.length).toBe(2);
  await poller.stop();
  expect(faults).toEqual([]);
});

test('waits differ, by no more than asked', () => {
  const waits = Array.from({ length: 1_000 }, () => jittered(100, 0.2));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(80);
  expect(Math.max(...waits)).toBeLessThanOrEqual(120);
  expect(new Set(waits).size).toBeGreaterThan(900);
});
