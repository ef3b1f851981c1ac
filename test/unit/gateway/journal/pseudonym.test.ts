import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPseudonyms } from '../../../../gateway/journal/pseudonym.ts';
import { keyedDigest, lengthFirst } from '../../../../workers/names/keyed-digest.ts';

const key = Buffer.alloc(32, 7);

test('the keyed digest is HMAC-SHA-256 cut to 16 bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 64 }),
      fc.uint8Array({ maxLength: 3_000 }),
      (hmacKey, message) => {
        const expected = createHmac('sha256', hmacKey).update(message).digest().subarray(0, 16);
        expect(Buffer.from(keyedDigest(hmacKey)(message))).toEqual(expected);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

test('RFC 4231 test case 2', () => {
  const digest = keyedDigest(Buffer.from('Jefe'))(Buffer.from('what do ya want for nothing?'));
  expect(Buffer.from(digest).toString('hex')).toBe('5bdcc146bf60754e6a042426089575c7');
});

test('HMAC-SM3: GM/T 0042-2015 annex D.3', () => {
  const counted = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  const said = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'.repeat(2);
  const digest = keyedDigest(counted, 'HMAC-SM3')(Buffer.from(said));
  expect(Buffer.from(digest).toString('hex')).toBe('ca05e144ed05d1857840d1f318a4a866');
});

test('names of one key are others with another algorithm', () => {
  const names = createPseudonyms(key, 'HMAC-SM3');
  expect(names.subject('a')).not.toEqual(createPseudonyms(key).subject('a'));
  const kind = createHmac('sm3', key).update('onecard.journal.subject.v1').digest();
  const expected = createHmac('sm3', kind).update('a').digest().subarray(0, 16);
  expect(Buffer.from(names.subject('a'))).toEqual(expected);
});

test('one digest is used for messages of all lengths, one after the other', () => {
  const digest = keyedDigest(key);
  for (const length of [2_000, 3, 5_000, 0, 1_023, 1_024, 1_025]) {
    const message = randomBytes(length);
    expect(Buffer.from(digest(message))).toEqual(
      createHmac('sha256', key).update(message).digest().subarray(0, 16),
    );
  }
});

test('the same name has another pseudonym as another kind, under another key, and none that changes', () => {
  const a = createPseudonyms(key);
  const b = createPseudonyms(Buffer.alloc(32, 8));
  const name = '6217001234567890123';
  const all = [
    a.subject(name),
    a.credential(name),
    a.presentation('', '', Buffer.from(name)),
    a.replay(name, ''),
    a.replay('', name),
    b.subject(name),
    b.credential(name),
  ].map((p) => Buffer.from(p).toString('hex'));
  expect(new Set(all).size).toBe(all.length);
  expect(createPseudonyms(key).subject(name)).toEqual(a.subject(name));
});

test('parts are kept apart', () => {
  expect(lengthFirst('ab', 'c')).not.toEqual(lengthFirst('a', 'bc'));
  expect(lengthFirst('', 'abc')).not.toEqual(lengthFirst('abc', ''));
});

test('a key of another length is refused', () => {
  expect(() => createPseudonyms(Buffer.alloc(16))).toThrow(TypeError);
});
