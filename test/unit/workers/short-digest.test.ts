/** SHA-256 in the addon is SHA-256, of any message. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { shortDigest } from '../../../workers/short-digest.ts';

test.each([0, 1, 2, 55, 56, 63, 64, 65, 500, 70_000])('a message of %i bytes', (length) => {
  const message = new Uint8Array(length).fill(0xa5);
  expect(shortDigest(message)).toEqual(new Uint8Array(hash('sha256', message, 'buffer')));
});

test('a part of a larger memory', () => {
  const memory = new Uint8Array(100).fill(1);
  const part = memory.subarray(40, 60);
  expect(shortDigest(part)).toEqual(new Uint8Array(hash('sha256', part, 'buffer')));
});
