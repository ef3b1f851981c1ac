import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { JournalError } from '../../../../gateway/journal/journal-error.ts';
import { type DecisionRecord, POLICY_LIST } from '../../../../gateway/journal/record/record.ts';
import { decodeRecord, encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import {
  positionKey,
  readPosition,
  readTapKey,
  tapKey,
} from '../../../../gateway/journal/record/record-keys.ts';
import { START_MS, sampleRecord } from './sample-records.rig.ts';
import { VERSION_1_LISTED, VERSION_1_NO_LIST } from './version-1-records.rig.ts';
import { encodeVersion2, VERSION_2 } from './version-2-records.rig.ts';
import { encodeVersion3, VERSION_3 } from './version-3-records.rig.ts';

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

/** Frames a body as the codec does, so that only the body is wrong. */
function framed(position: number, version: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header[0] = version;
  header.writeUInt32BE(crc32(body, crc32(positionKey(position))), 1);
  return Buffer.concat([header, body]);
}

describe('a record', () => {
  test('comes back as it was kept', () => {
    const record = sampleRecord(7);
    expect(decodeRecord(7, encodeRecord(record, record.atMs))).toEqual({ record, peakMs: record.atMs });
  });

  test('that proved nothing comes back as it was kept', () => {
    const usual = sampleRecord(8);
    const record: DecisionRecord = {
      ...usual,
      mode: 'closed',
      proof: {
        ok: false,
        code: 'signature.user',
        failed: 'user signature',
        issuer: null,
        region: null,
        mode: null,
        credential: null,
        subject: null,
        claims: {},
      },
      status: {
        state: 'unknown',
        source: 'none',
        listRevision: null,
        ageMs: 0,
        entitlements: 0,
        live: 'not_wanted',
        listKey: null,
      },
      replay: { key: null, untilMs: 0, seenBefore: false, scope: 'gateway', shared: [] },
      answer: { ...usual.answer, outcome: 'deny', code: 'signature.user', facts: {} },
    };
    expect(decodeRecord(8, encodeRecord(record, record.atMs)).record).toEqual(record);
  });

  test('whose answer differs from it in time, mode and scene comes back as it was kept', () => {
    const usual = sampleRecord(9);
    const record: DecisionRecord = {
      ...usual,
      answer: { ...usual.answer, atMs: usual.atMs + 1, mode: 'stale', scene: '11/desk' },
    };
    expect(decodeRecord(9, encodeRecord(record, record.atMs + 5_000))).toEqual({
      record,
      peakMs: record.atMs + 5_000,
    });
  });

  test('comes back as it was kept, with every value of every field that version 2 added', () => {
    const usual = sampleRecord(10);
    const back = (record: DecisionRecord) => decodeRecord(10, encodeRecord(record, record.atMs)).record;
    const lives = [
      'not_wanted',
      'answered',
      'unknown',
      'not_covered',
      'late',
      'failed',
      'not_asked',
    ] as const;
    for (const live of lives)
      for (const source of ['live', 'list', 'none'] as const)
        for (const state of ['good', 'unknown', 'not_covered'] as const) {
          const status = { ...usual.status, live, source, state };
          expect(back({ ...usual, status })).toEqual({ ...usual, status });
        }
    for (const budget of [
      { card: 0, device: 0, outage: 0 },
      { card: null, device: 7, outage: 5_000_000_000 },
    ]) {
      const record: DecisionRecord = { ...usual, mode: 'stale', modeForced: true, budget };
      expect(back(record)).toEqual(record);
    }
    const inGrace: DecisionRecord = {
      ...usual,
      trustGrace: true,
      answer: { ...usual.answer, trustGrace: true },
    };
    expect(back(inGrace)).toEqual(inGrace);
  });

  test('comes back as it was kept, with every value of every field that version 3 added', () => {
    const usual = sampleRecord(10);
    const groups = {
      senior: 'card',
      student: 'claim',
      'medical-staff': 'list',
      veteran: 'none',
      x: 'unknown',
    } as const;
    const lists = { members: 'member', staff: 'absent', guests: 'no_list' } as const;
    for (const state of ['inside', 'outside', 'unknown'] as const) {
      const record: DecisionRecord = { ...usual, groups, lists, passage: { state, sinceMs: START_MS } };
      expect(decodeRecord(10, encodeRecord(record, record.atMs)).record).toEqual(record);
    }
  });

  test('comes back as it was kept, with every value of every field that version 4 added', () => {
    const usual = sampleRecord(10);
    const names = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(8)];
    for (const scope of ['gateway', 'shared', 'local'] as const)
      for (const count of [0, 1, 2]) {
        const replay = { ...usual.replay, scope, shared: names.slice(0, count) };
        const record: DecisionRecord = { ...usual, replay };
        expect(decodeRecord(10, encodeRecord(record, record.atMs)).record).toEqual(record);
      }
  });

  test('of version 3 is read, and not written', () => {
    const usual = sampleRecord(7);
    for (const passage of [null, { state: 'inside', sinceMs: START_MS } as const]) {
      const record: DecisionRecord = { ...usual, v: 3, groups: { senior: 'card' }, passage };
      const bytes = encodeVersion3(record, record.atMs + 5);
      expect(decodeRecord(7, bytes)).toEqual({ record, peakMs: record.atMs + 5 });
      expect(() => encodeRecord(record, record.atMs)).toThrow(TypeError);
      bytes[0] = 4;
      expect(errorOf(() => decodeRecord(7, bytes))).toMatchObject({ code: 'corrupt' });
    }
    expect(encodeVersion3(usual, usual.atMs + 5).equals(VERSION_3)).toBe(true);
    expect(decodeRecord(7, VERSION_3).record).toEqual({ ...usual, v: 3 });
  });

  test('of version 2 is read, and not written', () => {
    for (const said of ['member', 'absent', 'no_list', null] as const) {
      const { groups: _groups, lists: _lists, passage: _passage, ...rest } = sampleRecord(7);
      const old = { ...rest, status: { ...rest.status, named: said } };
      const bytes = encodeVersion2(old, old.atMs + 5);
      if (said === null) expect(bytes.equals(VERSION_2)).toBe(true);
      const record: DecisionRecord = {
        ...sampleRecord(7),
        v: 2,
        lists: said === null ? {} : { [POLICY_LIST]: said },
      };
      expect(decodeRecord(7, bytes)).toEqual({ record, peakMs: record.atMs + 5 });
      expect(() => encodeRecord(record, record.atMs)).toThrow(TypeError);
      bytes[0] = 4;
      expect(errorOf(() => decodeRecord(7, bytes))).toMatchObject({ code: 'corrupt' });
    }
  });

  test('is small', () => {
    expect(encodeRecord(sampleRecord(1), START_MS + 1).length).toBeLessThan(470);
  });

  test('is refused when its answer says something else of the grace of trust', () => {
    const record = { ...sampleRecord(1), trustGrace: true };
    expect(() => encodeRecord(record, record.atMs)).toThrow(TypeError);
  });

  test('of version 1 is read, and not written', () => {
    const [usual, second] = [sampleRecord(7), sampleRecord(8)];
    const { status, ...rest } = usual;
    const record: DecisionRecord = {
      ...rest,
      v: 1,
      status: { ...status, listRevision: 'c-7', listKey: null },
    };
    expect(decodeRecord(7, VERSION_1_LISTED)).toEqual({ record, peakMs: record.atMs });
    expect(decodeRecord(8, VERSION_1_NO_LIST).record).toMatchObject({
      v: 1,
      mode: 'closed',
      status: { state: 'unknown', source: 'none', live: 'not_wanted', listKey: null },
      groups: {},
      lists: {},
      passage: null,
      budget: null,
      tap: second.tap,
      answer: { code: 'deny.no_list', mode: 'closed' },
    });
    expect(() => encodeRecord(record, record.atMs)).toThrow(TypeError);
    const asSecond = Buffer.from(VERSION_1_LISTED);
    asSecond[0] = 4;
    expect(errorOf(() => decodeRecord(7, asSecond))).toMatchObject({ code: 'corrupt' });
  });

  test('is refused when its answer is for another tap', () => {
    const record = sampleRecord(1);
    const wrong = { ...record, answer: { ...record.answer, seq: 2 } };
    expect(() => encodeRecord(wrong, wrong.atMs)).toThrow(TypeError);
  });
});

describe.each([
  ['international', 51],
  ['sm', 53],
] as const)('damage to a record of the profile %s', (profile, fieldCount) => {
  const former = { credential: new Uint8Array(16).fill(1), subject: new Uint8Array(16).fill(2) };
  const usual = sampleRecord(5, { profile });
  // A record that lacks them may have nothing in their place, which would be no damage.
  const record: DecisionRecord = profile === 'sm' ? { ...usual, proof: { ...usual.proof, former } } : usual;
  const bytes = encodeRecord(record, record.atMs);

  test('of any one bit is found', () => {
    let found = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const error = errorOf(() => decodeRecord(5, damaged));
      if (error instanceof JournalError && error.code === 'corrupt') found += 1;
    }
    expect(found).toBe(bytes.length * 8);
  });

  test('by cutting off is found at every length', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(errorOf(() => decodeRecord(5, bytes.subarray(0, length)))).toMatchObject({ code: 'corrupt' });
    }
  });

  test('by taking the place of another record is found', () => {
    expect(errorOf(() => decodeRecord(6, bytes))).toMatchObject({ code: 'corrupt' });
  });

  test('names the position and the reason', () => {
    expect(() => decodeRecord(6, bytes)).toThrow(
      'the record at position 6 is damaged: its checksum is wrong',
    );
  });

  test('behind a right checksum is found: any other value in any field', () => {
    const packr = new Packr({ useRecords: false });
    const fields = packr.unpack(bytes.subarray(5)) as unknown[];
    expect(fields).toHaveLength(fieldCount);
    for (const [i, was] of fields.entries()) {
      for (const wrong of [undefined, [], new Uint8Array(3), { deep: { er: 1 } }, Number.NaN]) {
        const changed = fields.with(i, wrong);
        const error = errorOf(() => decodeRecord(5, framed(5, record.v, packr.pack(changed))));
        expect(error, `field ${i}: ${String(was)} -> ${String(wrong)}`).toMatchObject({ code: 'corrupt' });
      }
    }
    for (const changed of [fields.slice(0, -1), [...fields, null], [], 'text', 5]) {
      expect(errorOf(() => decodeRecord(5, framed(5, record.v, packr.pack(changed))))).toMatchObject({
        code: 'corrupt',
      });
    }
  });

  test('of random bytes is never anything but a JournalError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        expect(errorOf(() => decodeRecord(1, framed(1, record.v, body)))).toBeInstanceOf(JournalError);
      }),
      { seed: 20_261_120, numRuns: 500 },
    );
  });
});

describe('keys', () => {
  test('of positions sort as the numbers do, beyond 32 bits too', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(Math.sign(Buffer.compare(positionKey(a), positionKey(b)))).toBe(Math.sign(a - b));
        expect(readPosition(positionKey(a))).toBe(a);
      }),
      { seed: 1 },
    );
  });

  test('of taps give the tap back, and no two taps share one', () => {
    const stream = 'ffeeddccbbaa99887766554433221100';
    const taps = ['a', 'a-1', 'gate-1', 'gate-11'].flatMap((deviceId) =>
      [0, 1, 255, 256, 2 ** 32, Number.MAX_SAFE_INTEGER].map((seq) => ({ deviceId, stream, seq })),
    );
    expect(taps.map((tap) => readTapKey(tapKey(tap)))).toEqual(taps);
    expect(new Set(taps.map((tap) => tapKey(tap).toString('hex'))).size).toBe(taps.length);
  });

  test('are refused for what names no tap', () => {
    const stream = '00112233445566778899aabbccddeeff';
    expect(() => tapKey({ deviceId: 'a', stream: '00', seq: 0 })).toThrow(TypeError);
    expect(() => tapKey({ deviceId: 'a\0b', stream, seq: 0 })).toThrow(TypeError);
    expect(() => tapKey({ deviceId: '', stream, seq: 0 })).toThrow(TypeError);
    expect(() => tapKey({ deviceId: 'a', stream, seq: -1 })).toThrow(RangeError);
    expect(() => tapKey({ deviceId: 'a', stream, seq: 2 ** 53 })).toThrow(RangeError);
  });
});
