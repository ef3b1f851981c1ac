/** What is uploaded, against the bytes of a MessagePack library. */
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { uploadBody } from '../../../../gateway/outbox/upload-body.ts';

const packr = new Packr({ useRecords: false });
const EPOCH = '0123456789abcdef';

function records(lengths: readonly number[]): Buffer[] {
  return lengths.map((length, i) => Buffer.alloc(length, i + 1));
}

test.each([
  ['no record', 1, []],
  ['one', 1, [300]],
  ['fifteen, the last of a short array', 1_201, Array.from({ length: 15 }, (_, i) => i)],
  ['sixteen', 2 ** 32 + 5, Array.from({ length: 16 }, (_, i) => 250 + i)],
  ['many', 7, Array.from({ length: 1_000 }, (_, i) => 400 + (i % 300))],
  ['more than sixteen bits count', 7, Array.from({ length: 65_536 }, () => 1)],
  ['long ones', Number.MAX_SAFE_INTEGER, [255, 256, 65_535, 65_536, 0]],
])('of %s it is what a library packs', (_, first, lengths) => {
  const batch = { epoch: EPOCH, first, records: records(lengths) };
  const expected = packr.pack({ gateway: 'gw-重庆', epoch: EPOCH, first, records: batch.records });
  expect(Buffer.from(uploadBody('gw-重庆', batch)).equals(expected)).toBe(true);
});
