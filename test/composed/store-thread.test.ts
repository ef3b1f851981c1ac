/** The thread that asks the store of a cluster, in a composed gateway: taps go on whatever becomes of it, and never pass by a guess. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const NOBODY_HAS_IT = '$-1\r\n';
const ANOTHER_HAS_IT = '$16\r\n0123456789abcdef\r\n';

/** Says of itself what Redis says, and answers every question with these bytes. */
async function startStore(answer: { bytes: string }): Promise<string> {
  const info = 'redis_version:7.2.4\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const command of chunk.toString('latin1').split('*').slice(1)) {
        socket.write(/\r\ninfo\r\n/i.test(command) ? `$${info.length}\r\n${info}\r\n` : answer.bytes);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('a thread that dies is a store that is away; it is said, started again, and asked again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-store-thread-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [keys, password] = [join(folder, 'keys'), join(folder, 'password')];
  writeFileSync(keys, 'ab'.repeat(32));
  writeFileSync(password, 'of-a-test');
  const answer = { bytes: NOBODY_HAS_IT };
  const store = { urls: [await startStore(answer)], password_file: password, deadline_ms: 2_000 };
  const composed = await startComposed({
    settings: { admin: { metrics_ms: 1 }, cluster: { name: 'c', keys_file: keys, store } },
    gateway: { storeEntry: new URL('../fixtures/mortal-store-thread.ts', import.meta.url) },
  });
  onTestFinished(() => composed.stop());
  const client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const tap = async () => {
    seq += 1;
    const card = goodCards(composed.city, 'sm2')[seq] ?? 0;
    const { binary } = rideCodeOf(composed.city, card);
    return (await client.tap(seq, { scene: '29/entry', ...binary })).message['code'];
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  };
  const asked = (outcome: string) => metric(`onecard_store_questions_total{outcome="${outcome}"}`);

  expect(await tap()).toBe('allow.good');
  answer.bytes = ANOTHER_HAS_IT;
  expect(await tap()).toBe('deny.replayed');
  const answered = await asked('answered');
  expect(answered).toBeGreaterThanOrEqual(2);

  writeFileSync(join(folder, 'die'), '');
  const said = () => composed.logLines.filter(({ reason }) => reason === 'it was to die');
  await vi.waitFor(() => expect(said()).toHaveLength(1), WAIT);
  expect(said()[0]).toMatchObject({ msg: 'the thread that asks the store ended, and is started again' });
  // It may be back by now: then the store is asked.
  expect(['allow.good', 'deny.replayed']).toContain(await tap());

  await vi.waitFor(async () => expect(await metric('onecard_store_up')).toBe(1), WAIT);
  expect(await tap()).toBe('deny.replayed');
  expect(await asked('answered')).toBeGreaterThan(answered);
  const heap = () => metric('onecard_memory_bytes{part="heap_store"}');
  await vi.waitFor(async () => expect(await heap()).toBeGreaterThan(0), WAIT);
});
