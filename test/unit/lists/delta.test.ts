import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDelta, readHead } from '../../../lists/delta.ts';
import { changesAreSound, packChanges } from '../../../lists/delta-changes.ts';
import {
  change,
  compact,
  deltaHeader,
  deltaPayload,
  GENERATION,
  hashOf,
  headHeader,
  headPayload,
  keyring,
  linkSigner,
  signedDelta,
  signedHead,
} from './chain-links.rig.ts';

const limits = { delta_bytes: 4_096, delta_changes: 50 };
const read = (jws: string) => readDelta(jws, keyring, limits);
const refused = (refuse: string) => ({ ok: false, refuse });
const packed = (changes: Parameters<typeof packChanges>[0]) =>
  Buffer.from(packChanges(changes)).toString('base64url');

describe('a delta', () => {
  test('is read, and hashed as it was signed', () => {
    const jws = signedDelta();
    expect(read(jws)).toEqual({
      ok: true,
      link: {
        generation: GENERATION,
        revision: 8,
        previousHash: hashOf('seven'),
        chainHash: hashOf(jws),
        issuedAtMs: 1_000,
        freshUntilMs: 2_000,
        staleUntilMs: 3_000,
        changes: Buffer.from(packChanges([change(1, 'suspended')])),
      },
    });
  });

  test('may change no card', () => {
    expect(read(signedDelta({ changes: '' }))).toMatchObject({ ok: true, link: { changes: { length: 0 } } });
  });

  const foreign = linkSigner();
  const good = signedDelta();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const shorter = Buffer.from(signature, 'base64url').subarray(0, 63).toString('base64url');
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  test.each<[string, string, string]>([
    ['another key under the right name', compact(deltaHeader, deltaPayload(), foreign), 'signature'],
    ['a key nobody named', compact({ ...deltaHeader, kid: 'b' }, deltaPayload()), 'signature'],
    ['a bit of the signature changed', `${header}.${payload}.${flipped}`, 'signature'],
    [
      'the signature of another link',
      `${header}.${payload}.${signedDelta({ revision: 9 }).split('.')[2]}`,
      'signature',
    ],
    ['a short signature', `${header}.${payload}.${shorter}`, 'signature'],
    ['no signature', `${header}.${payload}.`, 'malformed'],
    ['alg none', compact({ ...deltaHeader, alg: 'none' }, deltaPayload()), 'malformed'],
    ['a head in its place', signedHead(), 'malformed'],
    ['a header with more in it', compact({ ...deltaHeader, crit: ['b64'] }, deltaPayload()), 'malformed'],
    [
      'a header with a name twice',
      compact(`{"alg":"${deltaHeader.alg}","alg":"${deltaHeader.alg}","kid":"a","typ":"x"}`, deltaPayload()),
      'malformed',
    ],
    ['padding', `${header}=.${payload}.${signature}`, 'malformed'],
    ['four parts', `${good}.e30`, 'malformed'],
    ['nothing', '', 'malformed'],
    ['no JSON', compact(deltaHeader, 'not json'), 'malformed'],
    ['a payload with a name twice', compact(deltaHeader, '{"v":1,"v":1}'), 'malformed'],
    ['a payload with more in it', signedDelta({ more: 1 }), 'malformed'],
    ['a payload with less', signedDelta({ previousHash: undefined }), 'malformed'],
    ['another version', signedDelta({ v: 2 }), 'malformed'],
    ['another list', signedDelta({ list: 'staff' }), 'malformed'],
    ['a revision of zero', signedDelta({ revision: 0 }), 'malformed'],
    ['a revision beyond counting', signedDelta({ revision: 2 ** 53 }), 'malformed'],
    ['a generation in capitals', signedDelta({ generation: GENERATION.toUpperCase() }), 'malformed'],
    ['fresh before it is issued', signedDelta({ freshUntilMs: 999 }), 'malformed'],
    ['stale before it is fresh', signedDelta({ staleUntilMs: 1_999 }), 'malformed'],
    ['half a change', signedDelta({ changes: Buffer.alloc(20).toString('base64url') }), 'malformed'],
    [
      'a state there is not',
      signedDelta({ changes: Buffer.alloc(21, 6).toString('base64url') }),
      'malformed',
    ],
    ['a card twice', signedDelta({ changes: packed([change(1), change(1, 'lost')]) }), 'malformed'],
    ['entitlements of a card taken off', signedDelta({ changes: packed([change(1, null, 4)]) }), 'malformed'],
    [
      'too many changes',
      signedDelta({ changes: packed(Array.from({ length: 51 }, (_, i) => change(i))) }),
      'oversized',
    ],
    ['too many bytes', signedDelta({ changes: 'A'.repeat(5_000) }), 'oversized'],
  ])('is refused with %s', (_, jws, refuse) => {
    expect(read(jws)).toEqual(refused(refuse));
  });

  test('cut off anywhere is refused, and so is anything else', () => {
    for (let length = 0; length < good.length; length++) {
      expect(read(good.slice(0, length)).ok).toBe(false);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => !read(text).ok),
      { seed: 1, numRuns: 500 },
    );
  });

  test('takes a few hundred keys of one first word, and refuses more: they were chosen', () => {
    const chosen = (count: number) =>
      Buffer.concat(
        Array.from({ length: count }, (_, i) => {
          const bytes = Buffer.alloc(21, 1);
          bytes.writeUInt32BE(i, 4);
          return bytes;
        }),
      );
    expect(changesAreSound(chosen(256))).toBe(true);
    expect(changesAreSound(Buffer.concat([chosen(200), chosen(1)]))).toBe(false);
    expect(changesAreSound(chosen(258))).toBe(false);
  });

  test('round trip of any changes', () => {
    const one = fc.record({
      n: fc.integer({ min: 0, max: 0xffff_ffff }),
      state: fc.constantFrom('good', 'suspended', 'lost', 'replaced', 'cancelled'),
      entitlements: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    const many = fc.uniqueArray(one, { selector: ({ n }) => n, maxLength: 50 });
    fc.assert(
      fc.property(many, (list) => {
        const bytes = packChanges(
          list.map(({ n, state, entitlements }) => change(n, state as 'good', entitlements)),
        );
        const result = read(signedDelta({ changes: Buffer.from(bytes).toString('base64url') }));
        expect(result).toMatchObject({ ok: true });
        if (result.ok) expect(Buffer.compare(result.link.changes, bytes)).toBe(0);
      }),
      { seed: 2, numRuns: 50 },
    );
  });
});

describe('a head', () => {
  test('is read', () => {
    expect(readHead(signedHead(), keyring)).toEqual({
      ok: true,
      link: {
        generation: GENERATION,
        revision: 7,
        chainHash: hashOf('seven'),
        issuedAtMs: 1_000,
        freshUntilMs: 2_000,
        staleUntilMs: 3_000,
      },
    });
  });

  test.each<[string, string, string]>([
    ['a delta in its place', signedDelta(), 'malformed'],
    ['a short hash', signedHead({ chainHash: 'ab' }), 'malformed'],
    ['a delta’s payload', compact(headHeader, deltaPayload()), 'malformed'],
    ['too many bytes', compact({ ...headHeader, kid: 'k'.repeat(3_000) }, headPayload()), 'oversized'],
    ['an unknown key', compact({ ...headHeader, kid: 'k' }, headPayload()), 'signature'],
  ])('is refused with %s', (_, jws, refuse) => {
    expect(readHead(jws, keyring)).toEqual(refused(refuse));
  });
});
