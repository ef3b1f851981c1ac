/**
 * A gateway with a week of records changes its algorithms under load, as docs/cryptography.md says it ("Changing over"), from the profile
 * of the run to the other: no tap is lost, and what was kept, proved and signed before still verifies.
 */
import { execFile } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { otherProfile } from '../../config/crypto-settings.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import { privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from '../system/gateway-under-test.rig.ts';
import { checkAnswers, recordsOf } from './check-answers.rig.ts';
import { weekOfRecords } from './filled-journal.rig.ts';
import { decisionOf, type GateLoad, type LoadTap } from './gate-load.rig.ts';
import { ListHistory } from './list-history.rig.ts';
import {
  becomes,
  connectLoad,
  DEVICES,
  EVERY_STATE,
  outboxEmpties,
  quick,
  RATE_PER_S,
  revisionBecomes,
} from './outage.rig.ts';
import { CITY, PlatformProcess } from './platform-process.rig.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

/** A hundred thousand take a minute to make and two to walk. */
const WEEK_RECORDS = process.env['ONECARD_FULL'] === '1' ? 100_000 : 10_000;
const OLD = TEST_PROFILE;
const NEW = otherProfile(OLD);
const RECEIPTS = 2;
const FARE = '29/exit';
const GATE = 'gate-3';
/** Taps decided in each state of the change. */
const TAPS_EACH = 150;
const RETRY_MS = 50;

let platform: PlatformProcess;
let gateway: GatewayUnderTest;
let load: GateLoad;
/** The keys that devices sign with from now on; none: those they were enrolled with. */
const newKeys = new Map<string, JsonWebKey>();

const target = (deviceId = GATE) => {
  const known = gateway.target(deviceId);
  return { ...known, privateKey: newKeys.get(deviceId) ?? known.privateKey };
};

beforeAll(async () => {
  platform = await PlatformProcess.start();
  gateway = await startGateway({
    platformElsewhere: platform,
    city: CITY,
    devices: DEVICES,
    settings: quick({ journal: { checkpoint_ms: 200 } }),
  });
  await gateway.kill('SIGTERM');
  await weekOfRecords(join(gateway.dataFolder, 'journal'), WEEK_RECORDS);
  await gateway.restart();
});
afterAll(async () => {
  await load?.close().catch(() => {});
  await gateway.stop();
  await platform.stop();
});

/** Gates tap, connect again when they are cut off, and send again what has no answer. */
async function whileTapping(act: () => Promise<void>): Promise<void> {
  let isOver = false;
  const gates = async () => {
    while (!isOver) {
      await load.reconnect().catch(() => {});
      await load.resendUndecided(1);
      await sleep(RETRY_MS);
    }
  };
  load.start(RATE_PER_S);
  const running = gates();
  try {
    await act();
  } finally {
    load.stop();
    isOver = true;
    await running;
  }
}

async function decided(more: number): Promise<void> {
  const count = () => load.taps.filter((tap) => decisionOf(tap) !== null).length;
  const before = count();
  await becomes('taps are decided', count, (now) => now >= before + more);
}

/** The gateway is stopped as an operator stops it, and started with other settings. */
async function restartedWith(crypto: object): Promise<void> {
  const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8'));
  const root = platform.sm2RootJson;
  if (root !== null) writeFileSync(join(gateway.folder, 'sm2-root.json'), root);
  const sm2 = root === null ? {} : { sm2_root_file: 'sm2-root.json' };
  const changed = { ...settings, crypto, platform: { ...settings.platform, ...sm2 } };
  writeFileSync(gateway.configFile, JSON.stringify(changed));
  await gateway.kill('SIGTERM');
  await gateway.restart();
}

async function platformRestartedWith(profile: typeof NEW | 'both'): Promise<void> {
  await platform.kill();
  await platform.start(profile);
}

/** Of taps that passed the exit. */
async function receiptsOf(taps: readonly LoadTap[]): Promise<string[]> {
  const bearer = `Bearer ${makeToken(target())}`;
  const opened = await fetch(`${gateway.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: bearer },
  });
  const { token } = (await opened.json()) as { token: string };
  const receipts: string[] = [];
  for (const tap of taps) {
    const id = String(decisionOf(tap)?.message['id']);
    const body = { decision_id: id, purpose: 'payment', reference: id, amount: 200, currency: 'CNY' };
    const response = await fetch(`${gateway.http}/v1/receipts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.status, JSON.stringify(answer)).toBe(201);
    receipts.push(String(answer['receipt']));
  }
  return receipts;
}

const passedExit = () =>
  load.taps
    .filter(({ gate, scene }) => gate.deviceId === GATE && scene === FARE)
    .filter((tap) => decisionOf(tap)?.message['outcome'] === 'allow')
    .slice(-RECEIPTS);

interface Told {
  readonly status: number;
  readonly said: string;
}

function onecard(...args: readonly string[]): Promise<Told> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd: gateway.folder }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
}

test('under load, with a week of records: no tap is lost, and everything of before still verifies', async () => {
  const history = new ListHistory(gateway.city);
  const { generation, revision } = await platform.publish(EVERY_STATE);
  history.published(EVERY_STATE, { generation, revision });
  await revisionBecomes(gateway, `${generation.slice(0, 8)}.${revision}`);
  load = await connectLoad({ city: gateway.city, target }, history);
  const receipts: string[] = [];
  await whileTapping(async () => {
    await decided(TAPS_EACH);
    receipts.push(...(await receiptsOf(passedExit())));
    await platformRestartedWith('both');
    await decided(TAPS_EACH);
    await restartedWith({ profile: NEW, changing_over: true });
    await decided(TAPS_EACH);
    const store = openDeviceStore(join(gateway.dataFolder, 'devices'));
    for (const { deviceId } of DEVICES) {
      const key = makeSigningKey(algorithmFor('device-token', NEW));
      await store.registry.addKey(deviceId, jwkOf(key.publicKey));
      newKeys.set(deviceId, privateJwkOf(key));
    }
    await store.close();
    // Its gates come back with their new keys.
    await restartedWith({ profile: NEW, changing_over: true });
    await decided(TAPS_EACH);
    receipts.push(...(await receiptsOf(passedExit())));
    await platformRestartedWith(NEW);
    await restartedWith({ profile: NEW, changing_over: false });
    await decided(TAPS_EACH);
    receipts.push(...(await receiptsOf(passedExit())));
  });
  await expect(PlainClient.connect(gateway.target(GATE))).rejects.toThrow('auth.other_profile');
  await checkAnswers({ load, history, dataFolder: gateway.dataFolder, cut: true, refusedMax: 1 });

  await outboxEmpties(gateway);
  const records = recordsOf(gateway.dataFolder);
  expect(records).toHaveLength(WEEK_RECORDS + load.taps.length);
  const { records: kept, conflicts } = await platform.summary();
  expect({ kept, conflicts }).toEqual({ kept: records.length, conflicts: 0 });
  const newest = await becomes(
    'the platform has verified a checkpoint of every record',
    async () => (await platform.checkpoints(gateway.gatewayId)).checkpoints.at(-1),
    (each) => each?.state === 'verified' && each.checkpoint.split('\n')[1] === String(records.length),
  );
  expect(newest?.checkpoint.includes('\ntree SM3\n')).toBe(NEW === 'sm');
  const { checkpoints, former_keys: formerKeys } = await platform.checkpoints(gateway.gatewayId);
  expect(new Set(checkpoints.map(({ state }) => state))).toEqual(new Set(['verified']));
  expect(formerKeys).toHaveLength(1);

  const keys = await (await fetch(`${gateway.http}/.well-known/onecard-receipts.json`)).text();
  writeFileSync(join(gateway.folder, 'keys.json'), keys);
  await gateway.kill('SIGTERM');
  const config = ['--config', 'gateway.json'];
  const verified = await onecard('journal', 'verify', ...config, '--platform');
  expect(verified.said).toMatch(/; 0 faults$/m);
  // Those of both trees.
  const [, held, all, covered] =
    /^(\d+) of (\d+) checkpoints hold, up to position (\d+)/m.exec(verified.said) ?? [];
  expect({ held, covered }).toEqual({ held: all, covered: String(records.length) });
  expect(verified.status).toBe(0);
  for (const position of [1, WEEK_RECORDS, WEEK_RECORDS + 1, records.length]) {
    const { status, said } = await onecard('journal', 'prove', ...config, '--position', String(position));
    expect(status, said).toBe(0);
  }
  expect(receipts).toHaveLength(3 * RECEIPTS);
  for (const [i, receipt] of receipts.entries()) {
    writeFileSync(join(gateway.folder, `receipt-${i}.jws`), `${receipt}\n`);
    const { status, said } = await onecard('receipt', 'verify', `receipt-${i}.jws`, '--keys', 'keys.json');
    expect(status, said).toBe(0);
  }
});
