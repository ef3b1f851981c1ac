import { expect, test } from 'vitest';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { storedMode } from '../../../../gateway/journal/record/record-mode.ts';
import { MODES } from '../../../../gateway/journal/record/record-values.ts';
import { sampleRecord } from './sample-records.rig.ts';

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
