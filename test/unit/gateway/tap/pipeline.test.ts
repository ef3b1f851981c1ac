import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Device, DeviceClass } from '../../../../gateway/verification.ts';
import type { BatchOutcome } from '../../../../workers/pool.ts';
import { accepted, gate, inputOf, rig, verdicts } from './pipeline.rig.ts';

describe('the path of a tap', () => {
  test('a decision is answered with its code, and is in the journal before', async () => {
    const { tap, journal } = rig();
    const answer = await tap(1);
    expect(answer).toMatchObject({
      kind: 'decision',
      seq: 1,
      outcome: 'allow',
      code: 'allow.good',
      decisionId: 'gw:0123456789abcdef:1',
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
    const { tap, batches } = rig();
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
    expect(await again).toMatchObject({
      kind: 'decision',
      code: 'allow.good',
      decisionId: 'gw:0123456789abcdef:1',
    });
    expect(journal.records).toHaveLength(1);
  });

  test('a device may ask for less time, never for more', async () => {
    const { tap } = rig({
      settings: { limits: { deadline_gate_ms: 80 }, live: { deadline_gate_ms: 40 } },
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
        }) as unknown as BatchOutcome,
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
    enrolment: deviceId,
  });

  test('too many in flight for a device', async () => {
    const { tap } = rig({ settings: { limits: { in_flight_per_device: 2 } } });
    const codes = (await Promise.all([1, 2, 3].map((seq) => tap(seq)))).map(({ code }) => code);
    expect(codes).toEqual(['allow.good', 'allow.good', 'tap.too_many_in_flight']);
    expect(await tap(3)).toMatchObject({ code: 'allow.good' });
  });

  test('a full queue sheds its own class only', async () => {
    const { tap } = rig({ settings: { limits: { queue_desk: 512, queue_batch: 512, queue_gate: 2 } } });
    const answers = await Promise.all([
      tap(1),
      tap(2, { device: device('gate', 'g2') }),
      tap(3, { device: device('gate', 'g3') }),
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
