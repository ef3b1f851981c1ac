/**
 * The journal alone: records a second, and microseconds of CPU a record on the thread that appends and on LMDB's, with
 * groups of several sizes, one after the other. `node bench/journal.ts [--seconds N] [--devices N] [--durability KIND]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LmdbJournal, openJournal } from '../gateway/journal/lmdb-journal.ts';
import type { DecisionRecord } from '../gateway/journal/record.ts';
import { seeded } from '../platform/seed.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    devices: { type: 'string', default: '100' },
    durability: { type: 'string', default: 'sync' },
    groups: { type: 'string', default: '1,16,128' },
  },
});

const GIB = 2 ** 30;
const MICROSECONDS_PER_S = 1e6;
const START_MS = Date.UTC(2026, 10, 20, 8);

await main();

async function main(): Promise<void> {
  const { durability } = options;
  if (durability !== 'sync' && durability !== 'commit' && durability !== 'none') {
    throw new RangeError('--durability is sync, commit or none');
  }
  for (const group of options.groups.split(',').map(Number)) {
    const dir = mkdtempSync(join(tmpdir(), 'onecard-bench-journal-'));
    const journal = openJournal({ dir, durability, maxBytes: 8 * GIB });
    try {
      process.stdout.write(`${JSON.stringify({ durability, group, ...(await measure(journal, group)) })}\n`);
    } finally {
      await journal.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

/** Two groups are always on their way, as when proofs end while the group before them commits. */
async function measure(journal: LmdbJournal, group: number): Promise<Record<string, number>> {
  const streams = Array.from({ length: Number(options.devices) }, (_, device) => ({
    deviceId: `gate-${device}`,
    stream: Buffer.from(seeded('bench', 'stream', device, 16)).toString('hex'),
  }));
  let recordCpuUs = 0;
  let records = 0;
  const append = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      const began = process.threadCpuUsage();
      const first = journal.nextPosition;
      const made = Array.from({ length: group }, (_, i) => record(first + i, streams));
      const ended = process.threadCpuUsage(began);
      recordCpuUs += ended.user + ended.system;
      await journal.append(made);
      records += made.length;
    }
  };
  const run = async (seconds: number): Promise<void> => {
    const until = performance.now() + seconds * 1_000;
    await Promise.all([append(until), append(until)]);
  };
  await run(1);
  [records, recordCpuUs] = [0, 0];
  const [allBefore, ownBefore, began] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()];
  await run(Number(options.seconds));
  const [all, own] = [process.cpuUsage(allBefore), process.threadCpuUsage(ownBefore)];
  const elapsedS = (performance.now() - began) / 1_000;
  const ownUs = own.user + own.system - recordCpuUs;
  return {
    records_per_s: Math.round(records / elapsedS),
    main_us: rounded(ownUs / records),
    other_threads_us: rounded((all.user + all.system - own.user - own.system) / records),
    cores: rounded((all.user + all.system) / MICROSECONDS_PER_S / elapsedS),
    used_bytes_per_record: Math.round(journal.usedBytes / journal.nextPosition),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** As the path of a tap makes it of a chip card that passes. */
function record(
  position: number,
  streams: readonly { readonly deviceId: string; readonly stream: string }[],
): DecisionRecord {
  const { deviceId = '', stream = '' } = streams[position % streams.length] ?? {};
  const tap = { deviceId, stream, seq: Math.floor(position / streams.length) };
  const atMs = START_MS + position / 16;
  const [scene, mode] = ['29/entry', 'lists'] as const;
  const sixteen = new Uint8Array(16).fill(position);
  return {
    v: 2,
    position,
    tap,
    digest: sixteen,
    family: 'chip-oda',
    scene,
    policy: 'transit-gate',
    policyRevision: 'p-3f2a9c1b01234567',
    trustRevision: '0123456789abcdef',
    trustGrace: false,
    mode,
    modeForced: false,
    atMs: Math.floor(atMs),
    proof: {
      ok: true,
      code: 'proof.ok',
      failed: null,
      issuer: '31000000',
      region: 'chengdu',
      mode: 'oda.dynamic',
      credential: sixteen,
      subject: sixteen,
      claims: { expires: '2031-12-31', sequence: 1, algorithm: 'sm2' },
    },
    status: {
      state: 'good',
      source: 'list',
      listRevision: '0a1b2c3d.7',
      ageMs: 1_234 + position,
      entitlements: 5,
      live: 'not_wanted',
      listKey: sixteen,
      named: null,
    },
    replay: { key: sixteen, untilMs: Math.floor(atMs) + 60_000, seenBefore: false },
    budget: null,
    answer: {
      kind: 'decision',
      seq: tap.seq,
      decisionId: `bench:0123456789abcdef:${position}`,
      outcome: 'allow',
      code: 'allow.good',
      atMs: Math.floor(atMs),
      mode,
      scene,
      facts: {
        issuer: '31000000',
        region: 'chengdu',
        proof: 'oda.dynamic',
        valid_until_ms: 1_956_528_000_000,
        entitlements: 5,
        expires: '2031-12-31',
        sequence: 1,
        algorithm: 'sm2',
      },
    },
  };
}
