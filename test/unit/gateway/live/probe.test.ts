/** The probe against a platform on a real socket, and by a simulated clock. */
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Probe, startProbe } from '../../../../gateway/live/probe.ts';
import { ExchangeError, type KeepAliveClient } from '../../../../gateway/outbound/keep-alive-client.ts';
import {
  liveSettings,
  reset,
  type StatusHandler,
  sendJson,
  statusPlatform,
  TOKEN,
} from './status-platform.rig.ts';

afterEach(() => void vi.useRealTimers());

const healthy: StatusHandler = ({ response }) => sendJson(response, { ok: true, now_ms: Date.now() });

test('sees a platform go and come back', async () => {
  const platform = await statusPlatform(healthy);
  const changes: boolean[] = [];
  const faults = new Set<string | null>();
  const probe = startProbe({
    endpoint: { url: platform.url, token: TOKEN },
    settings: liveSettings({ probe_ms: 5, probe_timeout_ms: 5_000, recover_ms: 30 }),
    events: { probed: (fault) => faults.add(fault), changed: (answers) => changes.push(answers) },
  });
  onTestFinished(() => probe.stop());
  expect(probe.answers).toBe(false);
  await expect.poll(() => changes).toEqual([true]);
  expect(platform.requests[0]).toMatchObject({
    url: '/v1/health',
    method: 'GET',
    authorization: `Bearer ${TOKEN}`,
  });
  platform.handler = reset;
  await expect.poll(() => changes).toEqual([true, false]);
  platform.handler = healthy;
  await expect.poll(() => changes).toEqual([true, false, true]);
  expect(probe.answers).toBe(true);
  expect([...faults].sort()).toEqual([null, 'reset'].sort());
});

test.each<[string, StatusHandler, string]>([
  ['garbage', ({ response }) => response.end('\u0001\u0002'), 'malformed'],
  ['a platform that says it is not well', ({ response }) => sendJson(response, { ok: false }), 'malformed'],
  ['an error', ({ response }) => response.writeHead(503).end(), 'status'],
  ['a body without end', ({ response }) => response.end('x'.repeat(100_000)), 'too_large'],
])('%s is no health', async (_, handler, fault) => {
  const platform = await statusPlatform(handler);
  const seen = new Promise<string | null>((resolve) => {
    const probe = startProbe({
      endpoint: { url: platform.url, token: TOKEN },
      settings: liveSettings({ probe_timeout_ms: 5_000 }),
      events: { probed: resolve, changed: () => expect.unreachable() },
    });
    onTestFinished(() => probe.stop());
  });
  expect(await seen).toBe(fault);
});

/** A platform whose looks the test answers, by a clock the test moves. */
function simulated(answer: (at: number) => 'ok' | 'hang' | 'refuse') {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const looks: number[] = [];
  const changes: [number, boolean][] = [];
  let underWay = 0;
  let most = 0;
  const client: KeepAliveClient = {
    async exchange({ timeoutMs }) {
      const at = performance.now();
      looks.push(at);
      underWay += 1;
      most = Math.max(most, underWay);
      const how = answer(at);
      if (how === 'hang') await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      underWay -= 1;
      if (how === 'ok') return { body: Buffer.from('{"ok":true,"now_ms":0}'), seal: null };
      throw new ExchangeError(how === 'hang' ? 'timeout' : 'unreachable');
    },
    close() {},
  };
  const probe: Probe = startProbe({
    endpoint: { url: 'http://127.0.0.1', token: TOKEN },
    settings: liveSettings(),
    random: () => 0.5,
    client,
    events: { probed() {}, changed: (answers) => changes.push([performance.now(), answers]) },
  });
  onTestFinished(() => probe.stop());
  return { probe, looks, changes, most: () => most };
}

test('looks never overlap, and a platform that swallows them is out of reach within a second', async () => {
  const { changes, looks, most } = simulated((at) => (at < 1_010 ? 'ok' : 'hang'));
  await vi.advanceTimersByTimeAsync(3_000);
  const start = looks[0] ?? 0;
  expect(changes.map(([, answers]) => answers)).toEqual([true, false]);
  expect((changes[1]?.[0] ?? 0) - start - 1_010).toBeLessThan(1_000);
  expect(most()).toBe(1);
});

test('a failed request brings the next look forward, once', async () => {
  let up = true;
  const { probe, looks, changes } = simulated(() => (up ? 'ok' : 'refuse'));
  await vi.advanceTimersByTimeAsync(10);
  expect(looks).toHaveLength(1);
  up = false;
  for (let i = 0; i < 50; i += 1) probe.requestSeen(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(looks).toHaveLength(2);
  expect(changes.map(([, answers]) => answers)).toEqual([true, false]);
  for (let i = 0; i < 50; i += 1) probe.requestSeen(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(2);
});

test('a platform that flaps each second goes once, and comes back after its rest', async () => {
  const { changes } = simulated((at) => (at < 60_000 && Math.floor(at / 1_000) % 2 === 1 ? 'refuse' : 'ok'));
  await vi.advanceTimersByTimeAsync(70_000);
  expect(changes.map(([, answers]) => answers)).toEqual([true, false, true]);
});

test('a probe that was stopped looks no more', async () => {
  const { probe, looks } = simulated(() => 'ok');
  await vi.advanceTimersByTimeAsync(1_000);
  probe.stop();
  const before = looks.length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(looks).toHaveLength(before);
});
