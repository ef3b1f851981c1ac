/** The bytes of a record, against those of a MessagePack library given the same fields. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import { decodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { encodeRecord } from '../../../../gateway/journal/record/record-encoder.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import { sampleRecord as ofTheRun, type SampleOptions } from './sample-records.rig.ts';

/** The one that names with HMAC-SHA-256, whose bytes are older than the other profile. */
const sampleRecord = (position: number, options: SampleOptions = {}) =>
  ofTheRun(position, { ...options, profile: 'international' });

const packr = new Packr({ useRecords: false, mapsAsObjects: true });

function packed(record: DecisionRecord, peakMs: number): Buffer {
  const { tap, proof, status, replay, answer, budget, passage } = record;
  const body = packr.pack([
    ...[tap.deviceId, Buffer.from(tap.stream, 'hex'), tap.seq, record.atMs, peakMs - record.atMs],
    ...[record.digest, record.family, record.scene, record.policy, record.policyRevision],
    ...[record.trustRevision, ['live', 'lists', 'stale', 'closed'].indexOf(record.mode)],
    ...[proof.ok, proof.code, proof.failed, proof.issuer, proof.region, proof.mode],
    ...[proof.credential, proof.subject, proof.claims, 0, 0, status.listRevision, status.ageMs],
    ...[status.entitlements, replay.key, replay.untilMs, replay.seenBefore, answer.decisionId],
    ...[0, answer.code, null, null, answer.scene === record.scene ? null : answer.scene, answer.facts],
    ...[record.trustGrace, record.modeForced, 0, status.listKey, null],
    ...[budget?.device ?? null, budget?.outage ?? null, budget?.card ?? null],
    ...[record.groups, record.lists],
    ...(passage === null
      ? [null, null]
      : [['inside', 'outside', 'unknown'].indexOf(passage.state), passage.sinceMs]),
    ['gateway', 'shared', 'local'].indexOf(replay.scope),
    ...[replay.shared[0] ?? null, replay.shared[1] ?? null],
    ...(record.v === 5 ? [proof.former?.credential ?? null, proof.former?.subject ?? null] : []),
  ]);
  const head = Buffer.alloc(5);
  head[0] = record.v;
  head.writeUInt32BE(crc32(body, crc32(positionKey(record.position))), 1);
  return Buffer.concat([head, body]);
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.integer({ min: 0, max: 23_000 }).map((length) => '刷卡x'.repeat(length).slice(0, length)),
);
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 2 ** 31, 2 ** 32 - 1, 2 ** 32),
  fc.constantFrom(-1, -0x20, -0x21, -0x80, -0x81, -0x8000, -0x8001, -(2 ** 31), -(2 ** 31) - 1),
);
const name = fc.stringMatching(/^[a-z][a-zA-Z_]{0,30}$/);
const scalars = fc.dictionary(name, fc.oneof(text, number, fc.boolean()), {
  maxKeys: 12,
  noNullPrototype: true,
});
const name16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const sixteen = fc.option(name16);

const records = fc
  .record({
    position: fc.maxSafeNat(),
    seq: fc.maxSafeNat(),
    family: text,
    scene: fc.option(text),
    failed: fc.option(text),
    credential: sixteen,
    listKey: sixteen,
    scope: fc.constantFrom('gateway', 'shared', 'local'),
    former: fc.option(fc.record({ credential: name16, subject: name16 })),
    shared: fc.array(name16, { maxLength: 2 }),
    claims: scalars,
    facts: scalars,
    ageMs: number,
    groups: fc.dictionary(name, fc.constantFrom('card', 'claim', 'list', 'none', 'unknown'), {
      maxKeys: 8,
      noNullPrototype: true,
    }),
    lists: fc.dictionary(name, fc.constantFrom('member', 'absent', 'no_list'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    passage: fc.option(
      fc.record({ state: fc.constantFrom('inside', 'outside', 'unknown'), sinceMs: fc.maxSafeNat() }),
    ),
    budget: fc.option(fc.record({ card: fc.option(fc.nat()), device: fc.nat(), outage: fc.maxSafeNat() })),
  })
  .map((drawn): DecisionRecord => {
    const { position, seq, family, scene, budget, failed, credential, claims, former } = drawn;
    const usual = sampleRecord(position, { seq, atMs: 1_795_000_000_000 });
    return {
      ...usual,
      v: former ? 5 : 4,
      family,
      proof: { ...usual.proof, failed, credential, claims, ...(former && { former }) },
      status: { ...usual.status, ageMs: drawn.ageMs, listKey: drawn.listKey },
      replay: { ...usual.replay, scope: drawn.scope, shared: drawn.shared },
      budget,
      groups: drawn.groups,
      lists: drawn.lists,
      passage: drawn.passage,
      answer: { ...usual.answer, scene: scene ?? usual.answer.scene, facts: drawn.facts },
    };
  });

/** A sample record as gateways in the field write it since version 4. */
const VERSION_4 = Buffer.from(
  'BPiWrxjcADOmZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/B8tCeh9/gwBwAAXEELug4Z6HegF16PCMGoRKEnyqdHJhbnNpdC1xcqcy' +
    'OS9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgHDqHByb29mLm9rwKgwMzY2NDUzMKJjca1p' +
    'bnRlcm9wZXJhYmxlxBA3FkUZfWMy9HxN07EIm9/QxBAP4Btt/pnkn5JOWUvdlgfh3gADrGFjY291bnRfdHlwZQKpbGltaXRfZmVu' +
    'zXUwrWludGVyb3BlcmFibGXDAACqMGExYjJjM2QuN80E0gXEEFa8o6TvFM8qBjGm+OuYHYHLQnoff5GmcADCpmd3LTE6NwCqYWxs' +
    'b3cuZ29vZMDAwN4AA6Zpc3N1ZXKoMDM2NjQ1MzCmcmVnaW9uomNxrGVudGl0bGVtZW50cwXCwgDEEFN8u/F6u7h0AqGIAUeK2aTA' +
    'wMDA3gAA3gAAwMAAwMA=',
  'base64',
);

/** The same as gateways in the profile `sm` write it, that was named before a change-over as well. */
const VERSION_5 = Buffer.from(
  'BVLbUxrcADWmZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/B8tCeh9/gwBwAAXEELug4Z6HegF16PCMGoRKEnyqdHJhbnNpdC1xcqcyOS' +
    '9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgHDqHByb29mLm9rwKgwMzY2NDUzMKJjca1pbnRl' +
    'cm9wZXJhYmxlxBA3FkUZfWMy9HxN07EIm9/QxBAP4Btt/pnkn5JOWUvdlgfh3gADrGFjY291bnRfdHlwZQKpbGltaXRfZmVuzXUwrW' +
    'ludGVyb3BlcmFibGXDAACqMGExYjJjM2QuN80E0gXEEFa8o6TvFM8qBjGm+OuYHYHLQnoff5GmcADCpmd3LTE6NwCqYWxsb3cuZ29v' +
    'ZMDAwN4AA6Zpc3N1ZXKoMDM2NjQ1MzCmcmVnaW9uomNxrGVudGl0bGVtZW50cwXCwgDEEFN8u/F6u7h0AqGIAUeK2aTAwMDA3gAA3g' +
    'AAwMAAwMDEEAEBAQEBAQEBAQEBAQEBAQHEEAICAgICAgICAgICAgICAgI=',
  'base64',
);

describe('the bytes of a record', () => {
  test('are those that gateways have always written', () => {
    const record = sampleRecord(7);
    expect(encodeRecord(record, record.atMs + 5).equals(VERSION_4)).toBe(true);
    const former = { credential: new Uint8Array(16).fill(1), subject: new Uint8Array(16).fill(2) };
    const inSm: DecisionRecord = { ...record, v: 5, proof: { ...record.proof, former } };
    expect(encodeRecord(inSm, record.atMs + 5).equals(VERSION_5)).toBe(true);
  });

  test('are those of a MessagePack library, whatever the fields hold', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, later) => {
        const peakMs = record.atMs + later;
        expect(encodeRecord(record, peakMs).equals(packed(record, peakMs))).toBe(true);
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });

  test('stay as they were while more records are written', () => {
    const written = Array.from({ length: 2_000 }, (_, i) => {
      const record = sampleRecord(i + 1);
      return { record, bytes: encodeRecord(record, record.atMs) };
    });
    for (const { record, bytes } of written)
      expect(decodeRecord(record.position, bytes).record).toEqual(record);
  });

  test('are right when texts that repeated change one by one, and when there are more than are remembered', () => {
    const usual = sampleRecord(11);
    const changes: Partial<DecisionRecord>[] = [{}];
    for (const name of ['family', 'scene', 'policy', 'policyRevision', 'trustRevision'] as const)
      for (let i = 0; i < 120; i += 1) changes.push({ [name]: `other ${i}` }, {});
    for (const name of ['issuer', 'region', 'mode', 'failed'] as const)
      for (const value of [null, 'other']) changes.push({ proof: { ...usual.proof, [name]: value } }, {});
    for (const change of changes) {
      const record: DecisionRecord = { ...usual, ...change };
      expect(encodeRecord(record, record.atMs).equals(packed(record, record.atMs))).toBe(true);
    }
  });

  test('are whole after a record that could not be written', () => {
    const usual = sampleRecord(3);
    const bytes = encodeRecord(usual, usual.atMs);
    const wrong: DecisionRecord[] = [
      { ...usual, digest: new Uint8Array(15) },
      { ...usual, tap: { ...usual.tap, stream: 'zz112233445566778899aabbccddeeff' } },
      { ...usual, tap: { ...usual.tap, stream: '00112233445566778899aabbccddee' } },
      { ...usual, tap: { ...usual.tap, stream: '0011223344556677é899aabbccddeeff' } },
      { ...usual, mode: 'open' as DecisionRecord['mode'] },
      { ...usual, proof: { ...usual.proof, claims: { deep: {} } as unknown as Record<string, string> } },
      { ...usual, position: 1.5 },
      { ...usual, replay: { ...usual.replay, shared: [16, 16, 16].map((size) => new Uint8Array(size)) } },
      { ...usual, replay: { ...usual.replay, shared: [new Uint8Array(8)] } },
    ];
    for (const record of wrong) {
      expect(() => encodeRecord(record, record.atMs)).toThrow();
      expect(encodeRecord(usual, usual.atMs).equals(bytes)).toBe(true);
    }
  });
});
