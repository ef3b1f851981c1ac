/** Bytes of request bodies: bounded for each who sends them, and in all. */
import { expect, test } from 'vitest';
import { GrowingBytes } from '../../../../gateway/transport/growing-bytes.ts';
import { HeldBodies } from '../../../../gateway/transport/held-bodies.ts';

const KIB = 1_024;

test('one holder has so much and no more, and others have their own', () => {
  const bodies = new HeldBodies({ perHolder: 64 * KIB, all: 100 * KIB });
  const first = bodies.begin('a');
  expect(first.hold(40 * KIB)).toBe(true);
  expect(bodies.begin('a').hold(30 * KIB)).toBe(false);
  expect(bodies.begin('b').hold(30 * KIB)).toBe(true);
  expect(bodies.begin('c').hold(40 * KIB)).toBe(false);
  first.letGo();
  first.letGo();
  expect(bodies.bytes).toBe(30 * KIB);
  expect(bodies.begin('a').hold(64 * KIB)).toBe(true);
});

test('a body grows as it comes, and takes a place from the first byte on', () => {
  const bodies = new HeldBodies({ perHolder: 32 * KIB, all: 32 * KIB });
  const body = bodies.begin('a');
  expect(body.hold(1)).toBe(true);
  expect(bodies.bytes).toBe(8 * KIB);
  expect(body.hold(20 * KIB)).toBe(true);
  expect(body.hold(33 * KIB)).toBe(false);
  expect(bodies.bytes).toBe(20 * KIB);
  body.letGo();
  expect(bodies.bytes).toBe(0);
});

test('pieces of any size come out as they came in', () => {
  const grown = new GrowingBytes();
  const pieces = Array.from({ length: 300 }, (_, i) => new Uint8Array((i * 7) % 501).fill(i));
  for (const piece of pieces) grown.append(piece);
  expect(Buffer.from(grown.all())).toEqual(Buffer.concat(pieces));
  expect(grown.length).toBe(grown.all().length);
});
