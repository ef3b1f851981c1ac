import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Code } from '../../config/codes.ts';
import { parseScenes } from '../../config/scenes.ts';
import { parseSettings } from '../../config/settings.ts';
import type { Journal } from '../../gateway/journal/journal.ts';
import type { Pseudonyms } from '../../gateway/journal/pseudonym.ts';
import type { DecisionRecord } from '../../gateway/journal/record.ts';
import type { DocumentList as CardList } from '../../gateway/lists/document-list.ts';
import { Pipeline } from '../../gateway/tap/pipeline.ts';
import { ReplayWindow } from '../../gateway/tap/replay-window.ts';
import type { Answer, Device, DeviceClass } from '../../gateway/tap/tap.ts';
import type { PackedItem, ProofFacts, ProofVerdict } from '../../workers/contract.ts';
import { packInput, unpackInput } from '../../workers/packing.ts';
import type { BatchOutcome } from '../../workers/pool.ts';

const NOW = 1_800_000_000_000;
const STATS = {
  engine: 'fake',
  busyMs: 1,
  signatures: 0,
  chainHits: 0,
  chainMisses: 0,
  authorisationHits: 0,
  authorisationMisses: 0,
};
const scenes = parseScenes({
  revision: 'r1',
  policies: [
    {
      policy: 'p',
      families: ['transit-qr'],
      regions: ['cq'],
      unlisted: 'deny',
      list_too_old: 'deny',
      list_age_max_ms: 1_000,
      replayable_ms_max: 60_000,
    },
  ],
  scenes: [
    { scene: 's/one', service: 1, point: 'gate', policy: 'p' },
    { scene: 's/two', service: 1, point: 'gate', policy: 'p' },
  ],
});
const list = {
  revision: 'l1',
  issuedAtMs: NOW,
  freshUntilMs: NOW + 1e6,
  staleUntilMs: NOW + 2e6,
  size: 1,
  lookup: () => ({ state: 'good', entitlements: 3 }),
} as unknown as CardList;

const facts = (nonce: string): ProofFacts => ({
  credentialId: 'card',
  issuer: 'i',
  region: 'cq',
  subject: 'who',
  mode: 'm',
  nonce,
  replayableUntilMs: NOW + 60_000,
  validUntilMs: NOW + 1e9,
  claims: { accountType: 1 },
});
const accepted = (input: string): ProofVerdict => ({
  ok: true,
  code: 'proof.ok',
  failed: null,
  facts: facts(input),
  checks: [],
});

class MemoryJournal implements Journal {
  readonly records: DecisionRecord[] = [];
  nextPosition = 1;
  gate: Promise<void> = Promise.resolve();
  async append(records: readonly DecisionRecord[]): Promise<void> {
    this.nextPosition += records.length;
    await this.gate;
    this.records.push(...records);
  }
  find({ deviceId, stream, seq }: DecisionRecord['tap']): DecisionRecord | null {
    const same = ({ tap }: DecisionRecord) =>
      tap.deviceId === deviceId && tap.stream === stream && tap.seq === seq;
    return this.records.find(same) ?? null;
  }
  highestSeq(deviceId: string, stream: string): number {
    const own = this.records.filter(({ tap }) => tap.deviceId === deviceId && tap.stream === stream);
    return Math.max(-1, ...own.map(({ tap }) => tap.seq));
  }
  after = () => [];
  since = () => [];
  close = async () => {};
}

const bytes = (...parts: unknown[]) => new Uint8Array(Buffer.from(parts.join('|').padEnd(16).slice(0, 16)));
const pseudonyms = {
  subject: (subject: string) => bytes('s', subject),
  credential: (id: string) => bytes('c', id),
  replay: (id: string, nonce: string) => bytes('r', id, nonce),
  presentation: (packed: Uint8Array) =>
    bytes('p', Buffer.from(packed.slice(-6)).toString('hex'), packed.length),
} as unknown as Pseudonyms;

interface Rig {
  readonly pipeline: Pipeline;
  readonly journal: MemoryJournal;
  readonly refusals: Code[];
  readonly batches: number[];
  tap(seq: number, options?: TapOptions): Promise<Answer>;
}
interface TapOptions {
  input?: string;
  deadlineMs?: number;
  device?: Device;
  scene?: string;
  stream?: string;
}
interface RigOptions {
  limits?: Record<string, number>;
  run?: (items: readonly PackedItem[]) => Promise<BatchOutcome>;
  threads?: number;
  replayEntries?: number;
}

const open: Pipeline[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pipeline) => pipeline.drain()));
});

const gate: Device = { deviceId: 'g1', class: 'gate', scenes: ['s/one', 's/two'] };
const inputOf = ({ packedInput }: PackedItem) => unpackInput(packedInput) as string;
const verdicts = (items: readonly PackedItem[]): BatchOutcome => ({
  kind: 'verdicts',
  trustRevision: 't1',
  verdicts: items.map((item) => accepted(inputOf(item))),
  stats: STATS,
});

function rig(options: RigOptions = {}): Rig {
  const settings = parseSettings({
    gateway_id: 'gw',
    trust_file: 'none',
    limits: options.limits ?? {},
    workers: { hang_ms: 60 },
  });
  const journal = new MemoryJournal();
  const refusals: Code[] = [];
  const batches: number[] = [];
  const run = options.run ?? (async (items) => verdicts(items));
  let busy = 0;
  const threads = options.threads ?? 1;
  const pipeline = new Pipeline({
    gatewayId: 'gw',
    limits: settings.limits,
    workers: settings.workers,
    scenes,
    journal,
    pseudonyms,
    replay: new ReplayWindow(options.replayEntries ?? 1_000, NOW),
    cardList: () => list,
    wallClockMs: () => NOW,
    pool: {
      size: threads,
      get room() {
        return threads - busy;
      },
      run(items) {
        busy += 1;
        batches.push(items.length);
        return run(items).finally(() => {
          busy -= 1;
          queueMicrotask(() => pipeline.feed());
        });
      },
    },
    events: {
      decided: () => {},
      resent: () => {},
      refused: (code) => refusals.push(code),
      stage: () => {},
      batch: () => {},
      fault: () => {},
    },
  });
  pipeline.open();
  open.push(pipeline);
  const tap: Rig['tap'] = (
    seq,
    { input = `n${seq}`, deadlineMs, device = gate, scene, stream = 'aa' } = {},
  ) =>
    new Promise((reply) =>
      pipeline.submit({
        id: { deviceId: device.deviceId, stream, seq },
        device,
        presentation: {
          family: 'transit-qr',
          packedInput: packInput(input),
          costKey: 'transit-qr',
          scene: scene ?? null,
          deadlineMs: deadlineMs ?? null,
        },
        reply,
      }),
    );
  return { pipeline, journal, refusals, batches, tap };
}

describe('the path of a tap', () => {
  test('a decision is answered with its code, and is in the journal before', async () => {
    const { tap, journal } = rig();
    const answer = await tap(1);
    expect(answer).toMatchObject({
      kind: 'decision',
      seq: 1,
      outcome: 'allow',
      code: 'allow.good',
      decisionId: 'gw:1',
      mode: 'lists',
      scene: 's/one',
      facts: { issuer: 'i', region: 'cq', proof: 'm', entitlements: 3, account_type: 1 },
    });
    expect(journal.records.map(({ answer: kept }) => kept)).toEqual([answer]);
  });

  test('the answer waits until the record is durable', async () => {
    const { tap, journal } = rig();
    let durable = () => {};
    journal.gate = new Promise((done) => {
      durable = done;
    });
    let answered = false;
    const answer = tap(1).then((value) => {
      answered = true;
      return value;
    });
    await sleep(30);
    expect(answered).toBe(false);
    durable();
    expect((await answer).kind).toBe('decision');
  });

  test('taps that arrive together go to a thread together; an idle gateway sends one alone', async () => {
    const { tap, batches } = rig({ limits: {} });
    await tap(1);
    await Promise.all([2, 3, 4].map((seq) => tap(seq)));
    expect(batches).toEqual([1, 3]);
  });

  test('a tap sent again gets the same decision, and no second one is made', async () => {
    const { tap, journal } = rig();
    const first = await tap(7);
    expect(await tap(7)).toBe(journal.records[0]?.answer);
    expect(await tap(7)).toEqual(first);
    expect(journal.records).toHaveLength(1);
  });

  test('a tap sent again while in flight is answered once on each connection, judged once', async () => {
    const { tap, journal } = rig({
      run: async (items) => {
        await sleep(20);
        return verdicts(items);
      },
    });
    const [a, b] = await Promise.all([tap(7), tap(7)]);
    expect(a).toEqual(b);
    expect(journal.records).toHaveLength(1);
  });

  test('a number used again for another tap is refused, in flight and afterwards', async () => {
    const { tap } = rig();
    const [, inFlight] = await Promise.all([tap(7), tap(7, { input: 'other' })]);
    expect(inFlight).toMatchObject({ kind: 'refusal', code: 'tap.sequence_conflict', retry: false });
    expect(await tap(7, { input: 'other' })).toMatchObject({ code: 'tap.sequence_conflict' });
    expect(await tap(7, { scene: 's/two' })).toMatchObject({ code: 'tap.sequence_conflict' });
    expect((await tap(7, { stream: 'bb', input: 'third' })).kind).toBe('decision');
  });

  test('the same presentation under another number is a replay', async () => {
    const { tap } = rig();
    expect(await tap(1, { input: 'same' })).toMatchObject({ code: 'allow.good' });
    expect(await tap(2, { input: 'same' })).toMatchObject({ kind: 'decision', code: 'deny.replayed' });
    const other: Device = { ...gate, deviceId: 'g2' };
    expect(await tap(1, { input: 'same', device: other })).toMatchObject({ code: 'deny.replayed' });
  });

  test('of two taps with one presentation in one batch exactly one passes', async () => {
    const { tap } = rig();
    const both = await Promise.all([tap(1, { input: 'same' }), tap(2, { input: 'same' })]);
    expect(both.map(({ code }) => code).sort()).toEqual(['allow.good', 'deny.replayed']);
  });

  test('a scene the device is not enrolled for is refused', async () => {
    const { tap, journal } = rig();
    expect(await tap(1, { scene: 's/none' })).toMatchObject({ code: 'tap.scene_not_allowed' });
    const one: Device = { ...gate, scenes: ['s/one'] };
    expect(await tap(1, { scene: 's/two', device: one })).toMatchObject({ code: 'tap.scene_not_allowed' });
    expect(journal.records).toHaveLength(0);
  });
});

describe('when things go wrong', () => {
  test.each([
    ['lost', 'tap.worker_lost'],
    ['stuck', 'tap.worker_stuck'],
  ] as const)(
    'a thread that is %s costs its batch a code; sent again, the tap is judged',
    async (kind, code) => {
      let broken = true;
      const { tap, journal } = rig({ run: async (items) => (broken ? { kind } : verdicts(items)) });
      expect(await tap(1)).toMatchObject({ kind: 'refusal', code, retry: true });
      expect(journal.records).toHaveLength(0);
      broken = false;
      expect(await tap(1)).toMatchObject({ kind: 'decision', code: 'allow.good' });
    },
  );

  test('a deadline that passes is answered before it, and the proof that comes later is not judged', async () => {
    const { tap, journal } = rig({
      run: async (items) => {
        await sleep(120);
        return verdicts(items);
      },
    });
    expect(await tap(1, { deadlineMs: 60 })).toMatchObject({ code: 'tap.deadline_exceeded', retry: true });
    await sleep(120);
    expect(journal.records).toHaveLength(0);
    expect(await tap(1)).toMatchObject({ code: 'allow.good' });
  });

  test('a deadline that passes while recording refuses, and the tap sent again gets that decision', async () => {
    const { tap, journal } = rig();
    let durable = () => {};
    journal.gate = new Promise((done) => {
      durable = done;
    });
    expect(await tap(1, { deadlineMs: 40 })).toMatchObject({ code: 'tap.deadline_exceeded' });
    expect(await tap(1, { deadlineMs: 40 })).toMatchObject({ code: 'tap.deadline_exceeded' });
    const again = tap(1);
    durable();
    expect(await again).toMatchObject({ kind: 'decision', code: 'allow.good', decisionId: 'gw:1' });
    expect(journal.records).toHaveLength(1);
  });

  test('a device may ask for less time, never for more', async () => {
    const { tap } = rig({
      limits: { deadline_gate_ms: 80 },
      run: async (items) => {
        await sleep(150);
        return verdicts(items);
      },
    });
    expect(await tap(1, { deadlineMs: 60_000 })).toMatchObject({ code: 'tap.deadline_exceeded' });
  });

  test('what the journal cannot keep is not answered, and may be tried again', async () => {
    const { tap, journal } = rig();
    journal.gate = Promise.reject(new Error('disk full'));
    journal.gate.catch(() => {});
    expect(await tap(1)).toMatchObject({ code: 'tap.journal_unavailable', retry: true });
    journal.gate = Promise.resolve();
    expect(await tap(1)).toMatchObject({ kind: 'decision', code: 'allow.good' });
  });

  test('no room to remember a presentation: not judged', async () => {
    const { tap, journal } = rig({ replayEntries: 1 });
    expect(await tap(1)).toMatchObject({ code: 'allow.good' });
    expect(await tap(2)).toMatchObject({ code: 'tap.replay_memory_full', retry: true });
    expect(journal.records).toHaveLength(1);
  });

  test('a fault of ours in one tap leaves its neighbours alone', async () => {
    const { tap } = rig({
      run: async (items) =>
        ({
          ...verdicts(items),
          verdicts: items
            .map(inputOf)
            .map((input) =>
              input === 'bad'
                ? { ...accepted(input), ok: false, code: 'tap.queue_full' as const }
                : accepted(input),
            ),
        }) as BatchOutcome,
    });
    const [good, bad] = await Promise.all([tap(1), tap(2, { input: 'bad' })]);
    expect(good).toMatchObject({ code: 'allow.good' });
    expect(bad).toMatchObject({ kind: 'refusal', code: 'gateway.internal' });
  });
});

describe('shedding', () => {
  const device = (deviceClass: DeviceClass, deviceId: string = deviceClass): Device => ({
    deviceId,
    class: deviceClass,
    scenes: ['s/one'],
  });

  test('too many in flight for a device', async () => {
    const { tap } = rig({ limits: { in_flight_per_device: 2 } });
    const codes = (await Promise.all([1, 2, 3].map((seq) => tap(seq)))).map(({ code }) => code);
    expect(codes).toEqual(['allow.good', 'allow.good', 'tap.too_many_in_flight']);
    expect(await tap(3)).toMatchObject({ code: 'allow.good' });
  });

  test('a full queue sheds its own class only', async () => {
    const { tap } = rig({ limits: { queue_desk: 256, queue_batch: 256, queue_gate: 2 } });
    const answers = await Promise.all([
      tap(1),
      tap(2),
      tap(3),
      tap(4, { device: device('desk') }),
      tap(5, { device: device('batch') }),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([
      'allow.good',
      'allow.good',
      'tap.queue_full',
      'allow.good',
      'allow.good',
    ]);
  });

  test('what would come too late is shed at once', async () => {
    const { tap, refusals } = rig();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, seq) => tap(seq, { deadlineMs: 20 })));
    expect(refusals).toContain('tap.deadline_unreachable');
    const shed = answers.filter(({ code }) => code === 'tap.deadline_unreachable');
    expect(shed.length).toBeGreaterThan(5);
    expect(shed.every((answer) => answer.kind === 'refusal' && answer.retryAfterMs > 0)).toBe(true);
  });

  test('gates go before desks, desks before batches, whoever came first', async () => {
    const order: unknown[] = [];
    const { tap } = rig({
      run: async (items) => {
        order.push(...items.map(inputOf));
        await sleep(5);
        return verdicts(items);
      },
    });
    const classes: DeviceClass[] = ['batch', 'desk', 'gate'];
    await Promise.all(
      classes.flatMap((each) => [1, 2].map((n) => tap(n, { device: device(each), input: `${each}${n}` }))),
    );
    expect(order).toEqual(['gate1', 'gate2', 'desk1', 'desk2', 'batch1', 'batch2']);
  });

  test('a gateway that drains answers what it took and refuses the rest', async () => {
    const { tap, pipeline } = rig({
      run: async (items) => {
        await sleep(30);
        return verdicts(items);
      },
    });
    const taken = tap(1);
    const drained = pipeline.drain();
    expect(await tap(2)).toMatchObject({ code: 'gateway.draining', retry: true });
    await drained;
    expect(await taken).toMatchObject({ code: 'allow.good' });
    expect(pipeline.inFlight).toBe(0);
  });
});
