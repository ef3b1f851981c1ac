/** What is accepted twice is found over all journals, whatever their order, once, and again after a restart. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../gateway/journal/record/record-codec.ts';
import { JournalIntake } from '../../../platform/journal/intake.ts';
import type { PackedUpload } from '../../../platform/journal/upload.ts';
import { packUpload } from '../../../platform/journal/upload.ts';
import { Replays } from '../../../platform/replays/replays.ts';
import { replaysJson } from '../../../platform/replays/replays-json.ts';
import type { Acceptance, ReplayScope } from '../../../reports/accepted-again.ts';
import { ReplayCount, type ReplayReport } from '../../../reports/replays.ts';
import { sampleRecord } from '../gateway/journal/sample-records.rig.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EPOCH = '0123456789abcdef';
const folders: string[] = [];
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'replays-'));
  folders.push(path);
  return path;
}

interface Shown {
  readonly code: string;
  /** Keys its name was made under; default `k1`. */
  readonly keys?: readonly string[];
  readonly scope?: ReplayScope;
  /** Minutes after the beginning. */
  readonly minute: number;
  /** Default 30 minutes later. */
  readonly until?: number;
  /** Device, stream and number; default: a tap of its own. */
  readonly tap?: string;
  readonly outcome?: 'allow' | 'deny' | 'refer';
  readonly seenBefore?: boolean;
}

const START = NOW - 2 * HOUR;
const sixteen = (label: string) =>
  new Uint8Array(createHash('sha256').update(label).digest().subarray(0, 16));

function acceptanceIn(gateway: string, position: number, shown: Shown) {
  const { code, keys = ['k1'], scope = 'shared', minute, until = minute + 30, tap } = shown;
  const { outcome = 'allow', seenBefore = false } = shown;
  const atMs = START + minute * MINUTE;
  const stream = Buffer.from(sixteen(tap ?? `${gateway} ${position}`)).toString('hex');
  const sample = sampleRecord(position, { deviceId: 'gate-1', stream, seq: 1, atMs });
  const names = keys.map((key) => sixteen(`${key} ${code}`));
  const untilMs = START + until * MINUTE;
  const record = {
    ...sample,
    replay: { key: sixteen(code), untilMs, seenBefore, scope, shared: names },
    answer: { ...sample.answer, outcome },
  };
  const acceptance: Acceptance = {
    ...{ gateway, id: `${EPOCH}:${position}`, device: 'gate-1', tap: `${stream}:1`, scene: '29/gate' },
    ...{ outcome: outcome === 'refer' ? 'refer' : 'allow', scope, atMs, untilMs },
  };
  const usedUp = outcome !== 'deny' && !seenBefore;
  return { record: encodeRecord(record, atMs), acceptance, names, usedUp };
}

/** Three gateways, of which gw-2 was cut off twice and gw-3 once. */
const JOURNALS: Readonly<Record<string, readonly Shown[]>> = {
  'gw-1': [
    { code: 'a', minute: 10 },
    { code: 'b', minute: 11 },
    { code: 'c', minute: 12, keys: ['k1', 'k2'] },
    { code: 'moved', minute: 13, tap: 'of a gate that moves' },
    { code: 'late', minute: 5, until: 20 },
    { code: 'denied', minute: 14, outcome: 'deny' },
    { code: 'alone', minute: 15 },
    { code: 'three', minute: 16 },
  ],
  'gw-2': [
    { code: 'a', minute: 11, scope: 'local' },
    { code: 'p', minute: 11.5, scope: 'local' },
    { code: 'c', minute: 12.2, scope: 'local', keys: ['k2', 'k3'] },
    { code: 'moved', minute: 13.5, tap: 'of a gate that moves' },
    { code: 'denied', minute: 14.5 },
    // Another outage: more than a minute later.
    { code: 'three', minute: 15.9, scope: 'local' },
    { code: 'three', minute: 16, outcome: 'deny', seenBefore: true },
    { code: 'q', minute: 16.5, scope: 'local', outcome: 'refer' },
  ],
  'gw-3': [
    // After its end a name may come again.
    { code: 'late', minute: 25, until: 40 },
    { code: 'c', minute: 30, keys: ['k3'] },
    { code: 'three', minute: 17, scope: 'local' },
    { code: 'alone', minute: 18, seenBefore: true, outcome: 'deny' },
    { code: 'q', minute: 40 },
  ],
};
const SHOWN = Object.entries(JOURNALS).flatMap(([gateway, all]) =>
  all.map((shown, i) => ({ gateway, position: i + 1, ...acceptanceIn(gateway, i + 1, shown) })),
);

const uploadOf = ({ gateway, position, record }: (typeof SHOWN)[number]): PackedUpload => ({
  ...{ gateway, epoch: EPOCH, first: position, records: [record] },
});

function countedOnDisk(): ReplayReport {
  const count = new ReplayCount();
  for (const { acceptance, names, usedUp } of SHOWN) {
    if (usedUp)
      count.add(
        acceptance,
        names.map((name) => Buffer.from(name).toString('hex')),
      );
  }
  return count.report();
}

function found(replays: Replays) {
  const { acceptances, alone, doubles, moved } = replays.counts();
  const ids = [...replays.doubles()].flatMap(([, { doubles: each }]) =>
    each.map(({ first, again }) => `${first.gateway}:${first.id} ${again.gateway}:${again.id}`),
  );
  const outages = [...replays.outages()].map(({ gateway, fromMs, toMs, accepted, doubles: twice }) => [
    ...[gateway, (fromMs - START) / MINUTE, (toMs - START) / MINUTE, accepted, twice],
  ]);
  return { acceptances, alone, doubles, moved, ids: ids.sort(), outages };
}

const id = (gateway: string, position: number) => `gw-${gateway}:${EPOCH}:${position}`;
const EXPECTED = {
  acceptances: 18,
  alone: 6,
  doubles: 6,
  moved: 1,
  ids: [
    `${id('1', 1)} ${id('2', 1)}`,
    `${id('1', 3)} ${id('2', 3)}`,
    `${id('1', 3)} ${id('3', 2)}`,
    `${id('2', 6)} ${id('1', 8)}`,
    `${id('2', 6)} ${id('3', 3)}`,
    `${id('2', 8)} ${id('3', 5)}`,
  ],
  outages: [
    ['gw-2', 11, 12.2, 3, 2],
    ['gw-2', 15.9, 16.5, 2, 2],
    ['gw-3', 17, 17, 1, 1],
  ],
};

/** The same for the same seed. */
function shuffled<T>(all: readonly T[], seed: number): T[] {
  const rank = (i: number) => createHash('sha256').update(`${seed} ${i}`).digest('hex');
  return all
    .map((each, i) => [rank(i), each] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each);
}

const options = (path: string | null, more: object = {}) => ({
  ...{ folder: path, now: () => NOW, journalsWaitMs: 72 * HOUR },
  ...more,
});

describe('what is accepted twice', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'is counted exactly, in whatever order journals arrive (%i)',
    async (seed) => {
      const path = folder();
      let replays = new Replays(options(path));
      let intake = await JournalIntake.open(path, 10_000, replays);
      for (const [i, each] of shuffled(SHOWN, seed).entries()) {
        const upload = uploadOf(each);
        await intake.acceptPacked(upload, packUpload(upload));
        // Sent again for want of an answer.
        if (i % 3 === 0) await intake.acceptPacked(upload, packUpload(upload));
        if (i % 5 !== 4) continue;
        await intake.close();
        await replays.close();
        replays = new Replays(options(path));
        intake = await JournalIntake.open(path, 10_000, replays);
      }
      expect(found(replays)).toEqual(EXPECTED);
      await intake.close();
      await replays.close();
    },
  );

  it('is the same where it is counted from journals on disk', () => {
    const { acceptances, alone, moved, doubles, outages } = countedOnDisk();
    const ids = doubles.map(
      ({ first, again }) => `${first.gateway}:${first.id} ${again.gateway}:${again.id}`,
    );
    const lines = outages.map(({ gateway, fromMs, toMs, accepted, doubles: twice }) => [
      ...[gateway, (fromMs - START) / MINUTE, (toMs - START) / MINUTE, accepted, twice],
    ]);
    expect({ acceptances, alone, doubles: doubles.length, moved, ids: ids.sort(), outages: lines }).toEqual(
      EXPECTED,
    );
  });

  it('is found once by a platform that stopped between keeping a record and looking at it', async () => {
    const [path, before] = [folder(), folder()];
    let replays = new Replays(options(path));
    let intake = await JournalIntake.open(path, 10_000, replays);
    const keep = async (each: (typeof SHOWN)[number]) => {
      const upload = uploadOf(each);
      await intake.acceptPacked(upload, packUpload(upload));
    };
    for (const each of SHOWN.slice(0, 10)) await keep(each);
    await intake.close();
    await replays.close();
    cpSync(join(path, 'replays'), before, { recursive: true });
    replays = new Replays(options(path));
    intake = await JournalIntake.open(path, 10_000, replays);
    for (const each of SHOWN.slice(10)) await keep(each);
    await intake.close();
    await replays.close();
    // What the disk held then: the records, and not yet what follows from them.
    cpSync(before, join(path, 'replays'), { recursive: true });
    replays = new Replays(options(path));
    intake = await JournalIntake.open(path, 10_000, replays);
    expect(found(replays)).toEqual(EXPECTED);
    await intake.close();
    await replays.close();
  });

  it('is found over records that came before there was anybody to look at them', async () => {
    const path = folder();
    let intake = await JournalIntake.open(path, 10_000);
    for (const each of SHOWN) await intake.acceptPacked(uploadOf(each), packUpload(uploadOf(each)));
    await intake.close();
    const replays = new Replays(options(path));
    intake = await JournalIntake.open(path, 10_000, replays);
    expect(found(replays)).toEqual(EXPECTED);
    await intake.close();
    await replays.close();
  });

  it('is forgotten when no journal can still be on its way, and what comes then is counted', async () => {
    let nowMs = START;
    const replays = new Replays(options(null, { now: () => nowMs, journalsWaitMs: HOUR }));
    const [first, second] = SHOWN.filter(({ acceptance, usedUp }) => usedUp && acceptance.atMs > 0);
    if (first === undefined || second === undefined) throw new Error('there are two');
    replays.take(uploadOf(first), 1);
    expect(replays.counts().remembered).toBe(1);
    nowMs = first.acceptance.untilMs + HOUR;
    replays.take(uploadOf(second), 2);
    nowMs += 1;
    replays.take({ ...uploadOf(first), gateway: 'gw-2' }, 3);
    expect(replays.counts()).toMatchObject({ remembered: 1, doubles: 0, tooLate: 1, acceptances: 3 });
    await replays.close();
  });

  it('has a bound: those that end first are forgotten, and it says how many', async () => {
    const replays = new Replays(options(null, { presentationsMax: 3 }));
    for (const [i, each] of SHOWN.filter(({ usedUp }) => usedUp).entries())
      replays.take(uploadOf(each), i + 1);
    const { remembered, forgottenEarly } = replays.counts();
    expect(remembered).toBe(3);
    expect(forgottenEarly).toBeGreaterThan(0);
    await replays.close();
  });

  it('takes no harm from what is no record', async () => {
    const replays = new Replays(options(null));
    const upload = (records: readonly Uint8Array[]) => ({ gateway: 'gw', epoch: EPOCH, first: 1, records });
    const [real] = SHOWN;
    if (real === undefined) throw new Error('there is one');
    const cut = Array.from({ length: real.record.length }, (_, length) => real.record.subarray(0, length));
    replays.take(upload([...cut, Uint8Array.of(4, 0, 0, 0, 0, 0xdc, 0xff, 0xff)]), 1);
    expect(replays.counts()).toMatchObject({ acceptances: 0, remembered: 0 });
    await replays.close();
  });

  it('is told page by page', async () => {
    const replays = new Replays(options(null));
    for (const [i, each] of SHOWN.entries()) replays.take(uploadOf(each), i + 1);
    const first = replaysJson(replays, new URLSearchParams());
    expect(first).toMatchObject({ doubles: 6, alone: 6, moved: 1, next: null });
    const { items } = first as { readonly items: readonly { readonly number: number }[] };
    expect(items).toHaveLength(6);
    const last = Math.max(...items.map(({ number }) => number));
    expect(replaysJson(replays, new URLSearchParams({ after: String(last) }))).toMatchObject({ items: [] });
    expect(replaysJson(replays, new URLSearchParams({ after: '-1' }))).toBeNull();
    await replays.close();
  });
});
