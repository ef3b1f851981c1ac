/**
 * A data folder that is put back from a copy goes on at positions whose names are taken. Whole gateways on the folder,
 * one after another; what the platform has on disk is held against what each answered.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { decodeRecord } from '../../gateway/journal/record/record-codec.ts';
import { recordsAtPlatform } from '../fixtures/platform-frames.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { GATEWAY_ID } from '../system/gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { eventually } from '../unit/gateway/outbox/eventually.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const MEANING = /restored from a backup, or copied/;

async function withPlatformData() {
  const dataDir = mkdtempSync(join(tmpdir(), 'onecard-platform-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const composed = await startComposed({ platform: { dataDir } });
  onTestFinished(() => composed.stop());
  const copy = join(composed.folder, 'copy');
  return {
    composed,
    atPlatform: () => recordsAtPlatform(dataDir, GATEWAY_ID),
    keepCopy: () => cpSync(composed.dataFolder, copy, { recursive: true }),
    putCopyBack() {
      rmSync(composed.dataFolder, { recursive: true });
      cpSync(copy, composed.dataFolder, { recursive: true });
    },
  };
}

/** Taps of a new stream, one after another. */
async function taps(composed: ComposedGateway, count: number): Promise<void> {
  const [card = 0] = goodCards(composed.city, 'sm2');
  const client = await PlainClient.connect(composed.target());
  const shown = rideCodeOf(composed.city, card, { validity_s: 600 }).binary;
  for (let seq = 1; seq <= count; seq += 1) {
    const { message } = await client.tap(seq, { scene: '29/entry', ...shown });
    expect(message['code']).toMatch(/^(allow|deny)\./);
  }
  await client.bye();
}

async function ready({ address }: ComposedGateway): Promise<Readonly<Record<string, unknown>>> {
  const { checks } = (await (await fetch(`${address.admin}/readyz`)).json()) as {
    checks: Readonly<Record<string, unknown>>;
  };
  return checks;
}

async function sent(composed: ComposedGateway): Promise<void> {
  await eventually(async () => (await ready(composed))['outbox_waiting']).toBe(0);
}

/** Every record of the journal is at the platform under its name with the same bytes. */
async function expectWhole({ dataFolder }: ComposedGateway, kept: ReadonlyMap<string, Uint8Array>) {
  const reader = openJournalReader(join(dataFolder, 'journal'));
  try {
    const { lineage } = reader;
    const missing = [...reader.records.getRange({})].flatMap(({ key, value }) => {
      const position = Number(key.readBigUInt64BE());
      const at = kept.get(lineage?.idOf(position) ?? '');
      return at && Buffer.compare(at, value) === 0 ? [] : [position];
    });
    expect(missing, 'positions that the platform has not under their true content').toEqual([]);
    return { last: reader.lastPosition, lineage };
  } finally {
    await reader.close();
  }
}

test('a folder put back from a copy loses no record: all are at the platform once, under a new epoch', async () => {
  const { composed, atPlatform, keepCopy, putCopyBack } = await withPlatformData();
  await taps(composed, 12);
  await sent(composed);
  await composed.stopGateway();
  keepCopy();
  await composed.start();
  await taps(composed, 9);
  await sent(composed);
  await composed.stopGateway();
  const before = atPlatform();
  expect(before.size).toBe(21);

  putCopyBack();
  const lines = composed.logLines.length;
  await composed.start();
  await taps(composed, 20);
  await sent(composed);
  const metrics = await (await fetch(`${composed.address.admin}/metrics`)).text();
  // What began meanwhile is the same after a restart.
  await composed.stopGateway();
  await composed.start();
  const readiness = await ready(composed);
  await composed.stopGateway();

  const after = atPlatform();
  // 12 that are common, 9 of the life that was lost, 20 of this one: each once, and those kept before as they were.
  expect(after.size).toBe(41);
  const { last, lineage } = await expectWhole(composed, after);
  expect(last).toBe(32);
  for (const [id, record] of before) expect(after.get(id)).toEqual(record);
  expect(lineage?.spans.map(({ first, cause }) => [first, cause])).toEqual([
    [1, 'made'],
    [13, 'conflict'],
  ]);
  const [made, forked] = lineage?.spans ?? [];
  expect(composed.platform.journalSummary()).toMatchObject({
    records: 41,
    forks: { [GATEWAY_ID]: [{ epoch: forked?.epoch, parent: made?.epoch, first: 13 }] },
  });

  // Said loudly, with what it means.
  const said = composed.logLines.slice(lines).filter(({ msg }) => MEANING.test(String(msg)));
  expect(said).toEqual([
    expect.objectContaining({ level: 'error', former_epoch: made?.epoch, epoch: forked?.epoch, after: 12 }),
  ]);
  expect(metrics).toMatch(/^onecard_journal_conflicts_total 1$/m);
  const timeOf = (position: number) =>
    new Date(decodeRecord(position, Buffer.from(after.get(lineage?.idOf(position) ?? '') ?? [])).record.atMs);
  expect(readiness).toMatchObject({
    journal_epoch: forked?.epoch,
    journal_conflict_since: expect.stringMatching(/^\d{4}-/),
    replay_unknown_from: timeOf(12).toISOString(),
    replay_unknown_to: timeOf(13).toISOString(),
  });
});

test('a folder put back from before its first upload forks at its first record, and starts again', async () => {
  const { composed, atPlatform, keepCopy, putCopyBack } = await withPlatformData();
  await composed.stopGateway();
  keepCopy();
  await composed.start();
  await taps(composed, 3);
  await sent(composed);
  await composed.stopGateway();
  putCopyBack();
  await composed.start();
  await taps(composed, 5);
  await sent(composed);
  await composed.stopGateway();
  await composed.start();
  await composed.stopGateway();
  expect(atPlatform().size).toBe(8);
  await expectWhole(composed, atPlatform());
});
