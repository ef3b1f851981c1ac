/** Taps at every gateway of a cluster, each of which leaves a record, and what is at the platform in the end. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { CURSORS } from '../../gateway/journal/journal-tables.ts';
import { openOutboxReader } from '../../gateway/journal/outbox-reader.ts';
import { readFrames } from '../../platform/journal/frame-file.ts';
import { JOURNAL_FILE, PACKED_FRAME } from '../../platform/journal/intake.ts';
import { readPackedUpload } from '../../platform/journal/upload.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import type { ClusterMember, TestCluster } from './gateways.rig.ts';

const BATCH = 20;
const PAUSES_PER_S = 20;

export interface JournalLoad {
  /** Taps answered so far, by gateway. */
  readonly answered: ReadonlyMap<string, number>;
  /** Waits for so many more answers at each. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** At each gateway the same code again and again, which is denied and recorded each time; `pausesPerS` × 20 a second. */
export async function startJournalLoad(
  { city, members }: Pick<TestCluster, 'city' | 'members'>,
  pausesPerS: number = PAUSES_PER_S,
): Promise<JournalLoad> {
  const answered = new Map(members.map(({ gatewayId }) => [gatewayId, 0]));
  const [card = 0] = goodCards(city, 'rsa');
  const shown = rideCodeOf(city, card, { validity_s: 3_600 }).binary;
  let stopped = false;
  const run = async (member: ClusterMember) => {
    const client = await PlainClient.connect(member.target());
    for (let seq = 1; !stopped; seq += BATCH) {
      const taps = Array.from({ length: BATCH }, (_, i) =>
        client.tap(seq + i, { scene: '29/entry', ...shown }),
      );
      await Promise.all(taps);
      answered.set(member.gatewayId, (answered.get(member.gatewayId) ?? 0) + BATCH);
      await sleep(1_000 / pausesPerS);
    }
    await client.bye();
  };
  const running = members.map(run);
  onTestFinished(() => {
    stopped = true;
  });
  return {
    answered,
    async more(count) {
      const until = new Map([...answered].map(([gateway, taps]) => [gateway, taps + count]));
      while ([...until].some(([gateway, taps]) => (answered.get(gateway) ?? 0) < taps)) await sleep(10);
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** Of one gateway that has stopped: what it holds, and what it counts as confirmed. */
export interface HeldJournal {
  readonly last: number;
  readonly confirmed: number;
  /** Name of each record at the platform, and its bytes in hex. */
  readonly records: ReadonlyMap<string, string>;
}

export async function journalOf(dataFolder: string): Promise<HeldJournal> {
  const reader = openOutboxReader(join(dataFolder, 'journal'));
  try {
    const last = reader.lastPosition;
    reader.setSynced(last);
    const records = new Map<string, string>();
    for (let after = 0; after < last; ) {
      const batch = reader.storedAfter(after, { records: 1_000, bytes: 1 << 24 });
      if (batch === null) break;
      for (const [i, record] of batch.records.entries()) {
        records.set(`${batch.epoch}:${batch.first + i}`, record.toString('hex'));
      }
      after = batch.first + batch.records.length - 1;
    }
    return { last, confirmed: reader.cursor(CURSORS.confirmed), records };
  } finally {
    await reader.close();
  }
}

export interface KeptAtPlatform {
  /** By name, as hex. */
  readonly records: ReadonlyMap<string, string>;
  /** Names that the file holds more than once. */
  readonly twice: readonly string[];
}

/** What the platform's file holds of a gateway. */
export function keptAtPlatform(folder: string, gatewayId: string): KeptAtPlatform {
  const records = new Map<string, string>();
  const twice: string[] = [];
  readFrames(join(folder, JOURNAL_FILE), ({ kind, content }) => {
    const upload = kind === PACKED_FRAME ? readPackedUpload(content) : null;
    if (upload === null || upload === 'too_many' || upload.gateway !== gatewayId) return;
    for (const [i, record] of upload.records.entries()) {
      const name = `${upload.epoch}:${upload.first + i}`;
      if (records.has(name)) twice.push(name);
      records.set(name, Buffer.from(record).toString('hex'));
    }
  });
  return { records, twice };
}
