/**
 * A gateway on a folder that was put back is killed at each step of going over to a new epoch: before the platform has
 * said that records differ, when it has, at each write of the epoch's beginning, when the epoch is told, and in the
 * middle of sending under it. Started again it ends up with every record at the platform once.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { recordsAtPlatform } from '../fixtures/platform-frames.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import type { DeathAt } from './dying-lmdb.rig.ts';
import { GATEWAY_ID, type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

/** Starts of processes, two a step, on a machine that others may keep busy. */
const TEST_MS = 400_000;
const BEFORE = 12;
const LOST = 8;
const AFTER = 30;
const BATCH = 5;
const DYING_STORAGE = new URL('./dying-storage.rig.ts', import.meta.url).href;

async function taps(gateway: GatewayUnderTest, count: number): Promise<void> {
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const client = await PlainClient.connect(gateway.target());
  const shown = rideCodeOf(gateway.city, card, { validity_s: 600 }).binary;
  const all = Array.from({ length: count }, (_, i) => client.tap(i + 1, { scene: '29/entry', ...shown }));
  for (const { message } of await Promise.all(all)) expect(message['code']).toMatch(/^(allow|deny)\./);
  // Not waited for: the gateway is about to be killed.
  client.bye().catch(() => {});
}

async function becomes(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

async function missing(gateway: GatewayUnderTest, atPlatform: ReadonlyMap<string, Uint8Array>) {
  const reader = openJournalReader(join(gateway.dataFolder, 'journal'));
  try {
    const { lineage } = reader;
    return [...reader.records.getRange({})].flatMap(({ key, value }) => {
      const position = Number(key.readBigUInt64BE());
      const kept = atPlatform.get(lineage?.idOf(position) ?? '');
      return kept && Buffer.compare(kept, value) === 0 ? [] : [position];
    });
  } finally {
    await reader.close();
  }
}

/** A gateway whose folder was put back from a copy that lacks what the platform has of it since. */
async function startedOnce() {
  const dataDir = mkdtempSync(join(tmpdir(), 'onecard-platform-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const deathFile = join(dataDir, 'dies-at');
  const gateway = await startGateway({
    platform: { dataDir },
    settings: { platform: { upload_batch: BATCH }, journal: { flush_ms: 120_000 } },
    env: { NODE_OPTIONS: `--import ${DYING_STORAGE}`, ONECARD_TEST_DIES_FILE: deathFile },
  });
  onTestFinished(() => gateway.stop());
  const copy = join(gateway.folder, 'copy');
  await taps(gateway, BEFORE);
  await gateway.kill('SIGTERM');
  cpSync(gateway.dataFolder, copy, { recursive: true });
  await gateway.restart();
  await taps(gateway, LOST);
  await gateway.kill('SIGTERM');
  let expected = BEFORE + LOST;
  expect(gateway.platform.journalSummary().records).toBe(expected);
  return {
    gateway,
    deathFile,
    async putBack() {
      rmSync(gateway.dataFolder, { recursive: true });
      cpSync(copy, gateway.dataFolder, { recursive: true });
      await gateway.restart();
    },
    /** Of the gateway that was killed. */
    async endsUpWhole() {
      await gateway.restart();
      await gateway.kill('SIGTERM');
      expected += AFTER;
      const atPlatform = recordsAtPlatform(dataDir, GATEWAY_ID);
      expect(atPlatform.size).toBe(expected);
      expect(await missing(gateway, atPlatform)).toEqual([]);
    },
  };
}

test(
  'killed at every step of going over to a new epoch, nothing is lost and nothing is at the platform twice',
  async () => {
    const { gateway, putBack, endsUpWhole } = await startedOnce();
    const { platform } = gateway;
    const forks = () => platform.journalSummary().forks[GATEWAY_ID]?.length ?? 0;
    const conflicts = () => platform.journalSummary().conflicts;
    const records = () => platform.journalSummary().records;
    const steps: readonly ((from: { conflicts: number; forks: number; records: number }) => boolean)[] = [
      () => true,
      (from) => conflicts() > from.conflicts,
      (from) => forks() > from.forks,
      (from) => records() > from.records,
      (from) => records() > from.records + AFTER / 2,
    ];
    for (const isReached of steps) {
      await putBack();
      const from = { conflicts: conflicts(), forks: forks(), records: records() };
      await taps(gateway, AFTER);
      await becomes(() => isReached(from));
      await gateway.kill('SIGKILL');
      await endsUpWhole();
    }
  },
  TEST_MS,
);

test(
  'killed at every write of the beginning of an epoch, it starts again, nothing is lost, and nothing is at the platform twice',
  async () => {
    const { gateway, deathFile, putBack, endsUpWhole } = await startedOnce();
    const { platform } = gateway;
    const deaths: readonly DeathAt[] = ['lineage', 'epoch', 'written'];
    for (const death of deaths) {
      await putBack();
      // The platform says that records differ when all taps are answered.
      platform.setFault({ fault: 'slow', delay_ms: 0 });
      await taps(gateway, AFTER);
      writeFileSync(deathFile, death);
      platform.setFault(null);
      await becomes(() => !gateway.running);
      rmSync(deathFile);
      await endsUpWhole();
    }
  },
  TEST_MS,
);
