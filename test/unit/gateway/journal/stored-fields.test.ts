import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { frameChecksum } from '../../../../gateway/journal/record/record-frame.ts';
import { MODES } from '../../../../gateway/journal/record/record-values.ts';
import { storedMode, storedTap } from '../../../../gateway/journal/record/stored-fields.ts';
import { sampleRecord } from './sample-records.rig.ts';

describe('the tap of a stored record', () => {
  const SEQS = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const DEVICES = ['g', 'd'.repeat(31), 'd'.repeat(32), 'd'.repeat(63), 'd'.repeat(255)];

  test.each(SEQS)('number %i is read', (seq) => {
    for (const deviceId of DEVICES) {
      const record = sampleRecord(9, { seq, deviceId });
      expect(storedTap(9, encodeRecord(record, record.atMs))).toEqual(record.tap);
    }
  });

  test('of anything else there is none', () => {
    const record = sampleRecord(9, { seq: 70_000 });
    const stored = encodeRecord(record, record.atMs);
    expect(storedTap(8, stored)).toBeNull();
    // Cut off or altered, under a checksum that is right.
    for (let length = 0; length < 40; length += 1) {
      const cut = Buffer.from(stored.subarray(0, length));
      if (length >= 5) cut.writeUInt32BE(frameChecksum(9, cut.subarray(5)), 1);
      const tap = storedTap(9, cut);
      if (tap) expect(tap).toEqual(record.tap);
      else expect(length).toBeLessThan(5 + 3 + 7 + 18 + 5);
    }
    const nil = Buffer.from([2, 0, 0, 0, 0, 0xc0]);
    nil.writeUInt32BE(frameChecksum(9, nil.subarray(5)), 1);
    expect(storedTap(9, nil)).toBeNull();
  });
});

describe('the mode of a stored record', () => {
  const SEQS = [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const TEXTS = ['g', 'd'.repeat(31), 'd'.repeat(32), 'd'.repeat(255)];

  test.each(MODES)('mode %s is read, whatever stands before it', (mode) => {
    for (const seq of SEQS) {
      for (const text of TEXTS) {
        const record = { ...sampleRecord(9, { seq, deviceId: text, atMs: seq }), mode, policy: text };
        for (const later of [0, 200, 70_000, 2 ** 40]) {
          expect(storedMode(encodeRecord(record, record.atMs + later))).toBe(mode);
        }
      }
    }
  });

  test('of anything else there is none', () => {
    const record = { ...sampleRecord(9), mode: 'live' as const };
    const stored = encodeRecord(record, record.atMs);
    expect(storedMode(new Uint8Array())).toBeNull();
    expect(storedMode(stored.subarray(0, 60))).toBeNull();
    for (const head of [0xc0, 0xdb, 0x81, 0x91]) {
      const altered = Buffer.from(stored);
      altered[8] = head;
      expect(storedMode(altered)).toBeNull();
    }
    const text = 'p'.repeat(300);
    expect(storedMode(encodeRecord({ ...record, policy: text }, record.atMs))).toBeNull();
  });
});
