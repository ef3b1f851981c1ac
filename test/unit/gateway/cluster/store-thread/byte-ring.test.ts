/** A ring of bytes between two threads: order, ends, fullness, and what cannot have been written. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  newRing,
  RingError,
  RingReader,
  RingWriter,
} from '../../../../../gateway/cluster/store-thread/byte-ring.ts';

function opened(bytes = 64) {
  const shared = newRing(bytes);
  return { shared, writer: new RingWriter(shared), reader: new RingReader(shared) };
}

function write(writer: RingWriter, record: readonly number[], bytesMax = record.length): boolean {
  const at = writer.open(bytesMax);
  if (at < 0) return false;
  writer.bytes.set(record, at);
  writer.close(record.length);
  return true;
}

function readAll(reader: RingReader): number[][] {
  const all: number[][] = [];
  reader.readAll((from, to) => all.push([...reader.bytes.subarray(from, to)]));
  return all;
}

test('records come out as they went in, whatever their lengths, for many rounds of the ring', () => {
  const record = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 4 }), { maxLength: 40 }), (turns) => {
      const { writer, reader } = opened(128);
      for (const turn of turns) {
        const written = turn.filter((each) => write(writer, each, each.length + 3));
        expect(readAll(reader)).toEqual(written);
        expect(reader.isEmpty).toBe(true);
      }
    }),
  );
});

test('a record that does not fit before the end begins at the start, in one piece', () => {
  const { writer, reader } = opened(64);
  const long = Array.from({ length: 36 }, (_, i) => i);
  expect(write(writer, long)).toBe(true);
  expect(readAll(reader)).toEqual([long]);
  expect(write(writer, long)).toBe(true);
  expect(reader.bytes.subarray(4, 40)).toEqual(Buffer.from(long));
  expect(readAll(reader)).toEqual([long]);
});

test('there is room for what was read, and for nothing more', () => {
  const { writer, reader } = opened(64);
  const record = [1, 2, 3, 4];
  let count = 0;
  while (write(writer, record)) count += 1;
  expect(count).toBe(8);
  expect(writer.isEmpty).toBe(false);
  expect(readAll(reader)).toHaveLength(8);
  expect(write(writer, record)).toBe(true);
  expect(writer.open(65)).toBe(-1);
  expect(readAll(reader)).toEqual([record]);
});

test('a record that was opened and not closed is not there, and takes no room', () => {
  const { writer, reader } = opened(64);
  expect(writer.open(56)).toBeGreaterThan(0);
  expect(readAll(reader)).toEqual([]);
  expect(write(writer, [7])).toBe(true);
  expect(readAll(reader)).toEqual([[7]]);
});

test('it goes on where the count of its bytes begins anew', () => {
  const { shared, writer, reader } = opened(64);
  for (let n = 0; n < 4; n += 1) {
    write(writer, [n]);
    readAll(reader);
  }
  const near = 2 ** 31 - 64;
  const [late, later] = [new RingWriter(shared, near), new RingReader(shared, near)];
  for (let n = 0; n < 64; n += 1) {
    expect(write(late, [n, n, n, n, n])).toBe(true);
    expect(readAll(later)).toEqual([[n, n, n, n, n]]);
  }
});

test.each([
  ['negative', -2],
  ['longer than what waits', 64],
  ['at the start, where that is nothing new', -1],
])('a length that is %s cannot have been written', (_what, length) => {
  const { shared, writer, reader } = opened(64);
  write(writer, [1, 2, 3]);
  new DataView(shared).setInt32(shared.byteLength - 64, length, true);
  expect(() => readAll(reader)).toThrow(RingError);
});

test.each([0, 63, 100, 2 ** 31])('%i bytes are no ring', (bytes) => {
  expect(() => newRing(bytes)).toThrow(RangeError);
});
