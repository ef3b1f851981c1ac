/**
 * The journal alone: microseconds of CPU a record on the thread that appends and on the others (LMDB's, V8's), and how
 * long an append takes, at several rates and sizes of groups, one after the other.
 * `node bench/journal.ts [--rates 10000,20000] [--groups 1,16] [--seconds N] [--devices N] [--durability KIND] [--ahead-mib N]
 * [--no-log]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { JournalOptions } from '../gateway/journal/journal.ts';
import { type LmdbJournal, openJournal } from '../gateway/journal/lmdb-journal.ts';
import { checkpointKeysInFiles } from '../gateway/journal/log/checkpoint-key.ts';
import type { JournalLog } from '../gateway/journal/log/journal-log.ts';
import { openJournalLog } from '../gateway/journal/log/open-log.ts';
import { seeded } from '../platform/seed.ts';
import { journalRecord } from './fleet/journal-record.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    devices: { type: 'string', default: '100' },
    durability: { type: 'string', default: 'sync' },
    'ahead-mib': { type: 'string', default: '64' },
    rates: { type: 'string', default: '10000,20000' },
    groups: { type: 'string', default: '1,16,128' },
    log: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const GIB = 2 ** 30;

await main();

async function main(): Promise<void> {
  const { durability } = options;
  if (durability !== 'sync' && durability !== 'commit' && durability !== 'none') {
    throw new RangeError('--durability is sync, commit or none');
  }
  for (const rate of options.rates.split(',').map(Number)) {
    for (const group of options.groups.split(',').map(Number)) {
      const dir = mkdtempSync(join(tmpdir(), 'onecard-bench-journal-'));
      const journal = openJournal({ dir, durability, maxBytes: 8 * GIB, ...ahead() });
      const log = options.log ? await logOf(journal, dir) : null;
      try {
        const figures = await measure(journal, rate, group);
        process.stdout.write(
          `${JSON.stringify({ durability, log: options.log, rate, group, ...figures })}\n`,
        );
      } finally {
        await log?.stop();
        await journal.close();
        rmSync(dir, { recursive: true, force: true });
      }
    }
  }
}

/** As in a gateway; 0: the disk is not watched, and commits make the file grow. */
function ahead(): Pick<JournalOptions, 'disk'> {
  const aheadBytes = Number(options['ahead-mib']) * 2 ** 20;
  return aheadBytes === 0 ? {} : { disk: { aheadBytes, reserveBytes: 1 } };
}

/** As the gateway keeps it, with a checkpoint every second. */
function logOf(journal: LmdbJournal, dir: string): Promise<JournalLog> {
  const throwOn = (error: Error) => {
    throw error;
  };
  return openJournalLog({
    journal,
    journalFolder: dir,
    profile: 'international',
    keys: checkpointKeysInFiles(join(dir, 'checkpoint.key')),
    leavesBytes: GIB,
    checkpointMs: 1_000,
    identity: () => ({ gatewayId: 'bench', epoch: journal.epoch, keyFingerprint: '0'.repeat(16) }),
    now: Date.now,
    onCheckpoint: () => {},
    onFault: throwOn,
    onUnsigned: throwOn,
    onFailed: throwOn,
  });
}

/** What one run of appends saw. */
interface Appends {
  records: number;
  /** CPU that making the records took, which is not the journal's. */
  makingUs: number;
  /** From `append` until it settled. */
  readonly elapsedMs: number[];
}

/** Groups come at their rate, however long the ones before take, as when proofs end. */
async function measure(journal: LmdbJournal, rate: number, group: number): Promise<Record<string, number>> {
  const streams = Array.from({ length: Number(options.devices) }, (_, device) => ({
    deviceId: `gate-${device}`,
    stream: Buffer.from(seeded('bench', 'stream', device, 16)).toString('hex'),
  }));
  const run = async (seconds: number): Promise<Appends> => {
    const seen: Appends = { records: 0, makingUs: 0, elapsedMs: [] };
    const appending: Promise<void>[] = [];
    const began = performance.now();
    for (let now = began; now - began < seconds * 1_000; now = performance.now()) {
      const due = ((now - began) * rate) / 1_000;
      for (; seen.records + group <= due; seen.records += group) {
        const before = process.threadCpuUsage();
        const first = journal.nextPosition;
        const made = Array.from({ length: group }, (_, i) => journalRecord(first + i, streams));
        const making = process.threadCpuUsage(before);
        seen.makingUs += making.user + making.system;
        const at = performance.now();
        appending.push(journal.append(made).then(() => void seen.elapsedMs.push(performance.now() - at)));
      }
      await wait(1);
    }
    await Promise.all(appending);
    return seen;
  };
  await run(1);
  const [allBefore, ownBefore, began] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()];
  const { records, makingUs, elapsedMs } = await run(Number(options.seconds));
  const [all, own] = [process.cpuUsage(allBefore), process.threadCpuUsage(ownBefore)];
  const elapsedS = (performance.now() - began) / 1_000;
  elapsedMs.sort((a, b) => a - b);
  return {
    records_per_s: Math.round(records / elapsedS),
    main_us: rounded((own.user + own.system - makingUs) / records),
    other_threads_us: rounded((all.user + all.system - own.user - own.system) / records),
    p50_ms: rounded(elapsedMs[Math.floor(elapsedMs.length / 2)] ?? 0),
    p99_ms: rounded(elapsedMs[Math.floor(elapsedMs.length * 0.99)] ?? 0),
    used_bytes_per_record: Math.round(journal.bound.usedBytes / journal.nextPosition),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
