/** A proving thread that dies and one that hangs, under load, in a real gateway with real taps. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../../client/answer.ts';
import { createGateClient, type GateClient } from '../../client/index.ts';
import { parseSettings } from '../../config/settings.ts';
import { createGateway, type Gateway, type GatewayAddress } from '../../gateway/compose/compose.ts';
import { checkDeviceJwk } from '../../gateway/devices/device-key.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { createLog } from '../../gateway/observe/log.ts';
import { createCity } from '../../platform/city.ts';
import { createPlatform, type Platform } from '../../platform/server.ts';

/** Generous: on a busy machine it takes long until a thread that spins has used its time on a core. */
const DEADLINE_MS = 10_000;
const city = createCity({ seed: 'threads', cards: 20, chips: 'rsa', rsaCardKeys: 2 });
const folder = mkdtempSync(join(tmpdir(), 'onecard-threads-'));
let platform: Platform;
let gateway: Gateway;
let address: GatewayAddress;
let client: GateClient;

beforeAll(async () => {
  platform = createPlatform({ city, token: 'a-token-of-the-test' });
  await platform.start();
  writeFileSync(join(folder, 'root.json'), platform.rootJson);
  writeFileSync(join(folder, 'token'), 'a-token-of-the-test');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const store = openDeviceStore(join(folder, 'devices'));
  await store.registry.enrol({
    deviceId: 'gate-1',
    class: 'gate',
    scenes: ['29/exit'],
    publicKeyJwk: checkDeviceJwk(publicKey.export({ format: 'jwk' })),
    enrolledAtMs: Date.now(),
  });
  await store.close();
  const settings = parseSettings({
    gateway_id: 'threads',
    data_dir: folder,
    listen: { port: 0 },
    platform: {
      url: platform.url,
      root_file: join(folder, 'root.json'),
      token_file: join(folder, 'token'),
    },
    workers: { threads: 2, hang_ms: 200 },
    // What is counted is asked for right after it happened.
    admin: { metrics_ms: 1 },
    limits: { deadline_gate_ms: DEADLINE_MS, deadline_desk_ms: DEADLINE_MS },
    log: { level: 'silent' },
  });
  gateway = createGateway(settings, {
    log: createLog('silent', 'threads'),
    threadEntry: new URL('../fixtures/mortal-thread.ts', import.meta.url),
  });
  address = await gateway.start();
  client = createGateClient({
    url: address.gate,
    gatewayId: 'threads',
    deviceId: 'gate-1',
    privateKey: privateKey.export({ format: 'jwk' }),
  });
  await client.whenReady();
});

afterAll(async () => {
  await client.close();
  await gateway.stop();
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

let counter = 0;
function tap(order?: 'die' | 'hang') {
  counter += 1;
  const number = Uint8Array.of(0, 0, counter >> 8, counter & 0xff);
  const { credential, context } = city.card(counter % city.size).chip.tap({
    mode: 'dda',
    counter,
    terminal: { '9F37': number },
  });
  const terminal = order
    ? { ...context.terminal, DF01: Uint8Array.of(order === 'die' ? 1 : 2) }
    : context.terminal;
  return { family: 'chip-oda', credential, context: { ...context, terminal } };
}

async function timed(answer: Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const began = performance.now();
  return { answer: await answer, ms: performance.now() - began };
}

async function metric(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${address.admin}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => pattern.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test.each([
  ['die', 'tap.worker_lost', 'lost'],
  ['hang', 'tap.worker_stuck', 'stuck'],
] as const)(
  'a thread told to %s under load: its taps get %s before their deadline, the others a decision',
  async (order, code, reason) => {
    const replaced = new RegExp(`^onecard_thread_replacements_total{reason="${reason}"}`);
    const replacedBefore = await metric(replaced);
    const answers: Promise<{ answer: Answer; ms: number }>[] = [];
    for (let i = 0; i < 200; i += 1) {
      answers.push(timed(client.tap(tap(i === 100 ? order : undefined))));
      await sleep(2);
    }
    const done = await Promise.all(answers);
    const codes = new Set(done.map(({ answer }) => (answer.kind === 'decision' ? 'decision' : answer.code)));
    expect(codes).toEqual(new Set(['decision', code]));
    expect(done[100]?.answer).toMatchObject({ kind: 'refusal', code, retry: true });
    const refused = done.filter(({ answer }) => answer.kind === 'refusal');
    // What the thread held: at most two batches of the few taps that had come together.
    expect(refused.length).toBeLessThan(60);
    // Not a matter of speed: the deadline is the promise.
    for (const { ms } of refused) expect(ms).toBeLessThan(DEADLINE_MS);
    expect((await metric(replaced)) - replacedBefore).toBe(1);

    for (let i = 0; i < 200 && (await room()) < 4; i += 1) await sleep(50);
    expect(await room()).toBe(4);
    const after = await Promise.all(Array.from({ length: 40 }, () => client.tap(tap())));
    expect(after.every(({ kind }) => kind === 'decision')).toBe(true);
  },
);

async function room(): Promise<number> {
  const { checks } = (await (await fetch(`${address.admin}/readyz`)).json()) as {
    checks: { room_batches: number };
  };
  return checks.room_batches;
}
