/** COSE_Sign1, COSE_Key and signatures by the system's cryptography. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CborProfile } from '../../../../workers/codecs/cbor-profile.ts';
import { readCbor } from '../../../../workers/codecs/cbor-reader.ts';
import { CborTape } from '../../../../workers/codecs/cbor-tape.ts';
import { CborWriter } from '../../../../workers/codecs/cbor-writer.ts';
import { fromHex, toHex } from '../../../../workers/codecs/hex.ts';
import { coseAlgorithm } from '../../../../workers/cose/algorithms.ts';
import { type CoseCurve, coseKeyAt } from '../../../../workers/cose/key.ts';
import { readSign1, type Sign1Profile, signedBytes } from '../../../../workers/cose/sign1.ts';
import { slowKind, verifySlowly } from '../../../../workers/cose/slow-signature.ts';

const cbor: CborProfile = { longHeads: false, floats: false, dates: false, tags: new Set([18]) };
const PROFILE: Sign1Profile = { tag: 'optional', algorithmIn: 'protected', cbor };

/** [protected, unprotected, payload, signature] */
const message = (protectedHex: string, unprotectedHex: string, payload = '4101', signature = '4102') =>
  fromHex(`84${bstr(protectedHex)}${unprotectedHex}${payload}${signature}`);
const bstr = (hex: string) => toHex(new CborWriter().byteString(fromHex(hex)).written());
const read = (bytes: Uint8Array, profile: Partial<Sign1Profile> = {}) =>
  readSign1(bytes, { ...PROFILE, ...profile });

describe('COSE_Sign1', () => {
  test('header values, those of the protected header first', () => {
    const sign1 = read(message('a401260441aa1064612f622b1821' + '8241014102', 'a2044400000000182141ff'));
    expect(sign1).toMatchObject({
      algorithm: -7,
      kid: fromHex('aa'),
      type: 'a/b+',
      x5chain: [fromHex('01'), fromHex('02')],
      payload: fromHex('01'),
      signature: fromHex('02'),
    });
  });

  test('key id and chain of the unprotected header', () => {
    const sign1 = read(message('a10126', 'a20441bb18214133'));
    expect(sign1).toMatchObject({ kid: fromHex('bb'), x5chain: [fromHex('33')], type: null });
  });

  test('an algorithm that the signature does not cover, only where the profile takes it', () => {
    const bytes = message('', 'a10126');
    expect(read(bytes)).toMatchObject({ algorithm: null });
    expect(read(bytes, { algorithmIn: 'either' })).toMatchObject({ algorithm: -7 });
  });

  test('tag 18 as the profile says', () => {
    const untagged = message('a10126', 'a0');
    const tagged = Uint8Array.of(0xd2, ...untagged);
    expect(read(untagged, { tag: 'required' })).toBe('credential.malformed');
    expect(read(tagged, { tag: 'required' })).toMatchObject({ algorithm: -7 });
    expect(read(tagged, { tag: 'refused' })).toBe('credential.malformed');
    expect(read(untagged, { tag: 'refused' })).toMatchObject({ algorithm: -7 });
  });

  test('a payload that is carried elsewhere', () => {
    expect(read(message('a10126', 'a0', 'f6'))).toMatchObject({ payload: null });
  });

  test.each([
    ['another tag', fromHex(`d1${toHex(message('a10126', 'a0'))}`), 'credential.type_not_allowed'],
    ['three items', fromHex('8343a10126a04101'), 'credential.malformed'],
    ['five items', fromHex('8543a10126a0410141024103'), 'credential.malformed'],
    ['a map in place of the array', fromHex('a0'), 'credential.malformed'],
    ['a protected header that is no byte string', fromHex('84a10126a041014102'), 'credential.malformed'],
    ['a protected header that is no map', message('80', 'a0'), 'credential.malformed'],
    ['a protected header that ends early', message('a101', 'a0'), 'credential.truncated'],
    ['a label twice in it', message('a2012601382f', 'a0'), 'credential.duplicate_key'],
    ['bytes after it', message('a1012600', 'a0'), 'credential.trailing'],
    ['an unprotected header that is no map', message('a10126', '80'), 'credential.malformed'],
    ['a payload that is text', message('a10126', 'a0', '6161'), 'credential.malformed'],
    ['a signature that is text', message('a10126', 'a0', '4101', '6161'), 'credential.malformed'],
    ['a signature that is not there', message('a10126', 'a0', '4101', 'f6'), 'credential.malformed'],
    ['labels that are critical', message('a2012602811863', 'a0'), 'credential.header_critical'],
    ['critical labels that nothing covers', message('a10126', 'a102811863'), 'credential.header_critical'],
    ['an algorithm of another type', message('a1014126', 'a0'), 'credential.malformed'],
    ['a key id that is text', message('a2012604626161', 'a0'), 'credential.malformed'],
    ['a chain without certificates', message('a10126', 'a1182180'), 'credential.malformed'],
    ['a chain of nine', message('a10126', `a1182189${'4100'.repeat(9)}`), 'credential.malformed'],
    ['a chain with a text', message('a10126', 'a1182182' + '41006161'), 'credential.malformed'],
    ['bytes after the end', fromHex(`${toHex(message('a10126', 'a0'))}00`), 'credential.trailing'],
  ])('refused: %s', (_name, bytes, code) => {
    expect(read(bytes)).toBe(code);
  });
});

const tape = new CborTape();
const keyOf = (hex: string) =>
  readCbor(tape, fromHex(hex), cbor) === null ? coseKeyAt(tape, 0) : 'unreadable';
const X = `5820${'11'.repeat(32)}`;
const Y = `5820${'22'.repeat(32)}`;

describe('COSE_Key', () => {
  test('of P-256 and Ed25519', () => {
    expect(keyOf(`a40102200121${X}22${Y}`)).toEqual({
      curve: 'p256',
      publicKey: fromHex('11'.repeat(32) + '22'.repeat(32)),
      algorithm: null,
    });
    expect(keyOf(`a401010327200621${X}`)).toMatchObject({ curve: 'ed25519', algorithm: -8 });
  });

  test.each([
    ['no map', '80', 'malformed'],
    ['no key type', `a3200121${X}22${Y}`, 'malformed'],
    ['a symmetric key', 'a20104204101', 'unsupported'],
    ['a curve for key agreement', `a30101200421${X}`, 'unsupported'],
    ['a curve of the other key type', `a40101200121${X}22${Y}`, 'unsupported'],
    ['X of 31 bytes', `a401022001215${'81f'}${'11'.repeat(31)}22${Y}`, 'malformed'],
    ['no Y', `a30102200121${X}`, 'malformed'],
    ['Y as a sign', `a40102200121${X}22f5`, 'unsupported'],
    ['a private key', `a50102200121${X}22${Y}23${X}`, 'malformed'],
    ['an algorithm that is text', `a50102036161200121${X}22${Y}`, 'malformed'],
  ])('refused: %s', (_name, hex, expected) => {
    expect(keyOf(hex)).toBe(expected);
  });
});

describe('signatures by the system', () => {
  const payload = Uint8Array.of(1, 2, 3);
  const pairs: [Exclude<CoseCurve, 'p256'>, string, number, string][] = [
    ['p384', 'P-384', -35, 'p384'],
    ['p521', 'P-521', -36, 'p521'],
    ['brainpoolP256r1', 'brainpoolP256r1', -265, 'brainpool'],
    ['brainpoolP320r1', 'brainpoolP320r1', -266, 'brainpool'],
    ['brainpoolP384r1', 'brainpoolP384r1', -35, 'brainpool'],
    ['brainpoolP512r1', 'brainpoolP512r1', -268, 'brainpool'],
    ['ed25519', '', -8, 'ed25519'],
  ];

  test.each(pairs)('%s', (curve, namedCurve, number, kind) => {
    const algorithm = coseAlgorithm(number);
    if (algorithm === undefined) throw new Error('a known algorithm expected');
    expect(algorithm.curves).toContain(curve);
    expect(slowKind(curve)).toBe(kind);
    const { publicKey, privateKey } =
      curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve });
    const key = { curve, publicKey: rawKey(publicKey, curve), algorithm: null };
    const message = Uint8Array.from(signedBytes(fromHex('a10126'), payload));
    const signature = sign(algorithm.digest, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verifySlowly(key, algorithm, message, signature)).toBe(true);
    expect(verifySlowly(key, algorithm, signedBytes(fromHex('a10127'), payload), signature)).toBe(false);
    expect(verifySlowly(key, algorithm, message, signature.subarray(1))).toBe(false);
    const spoilt = { ...key, publicKey: key.publicKey.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) };
    expect(verifySlowly(spoilt, algorithm, message, signature)).toBe(false);
    if (curve === 'ed25519') return;
    const der = sign(algorithm.digest, message, { key: privateKey, dsaEncoding: 'der' });
    expect(verifySlowly(key, algorithm, message, der)).toBe(false);
  });
});

/** The key as COSE holds it: what follows the prefix of SubjectPublicKeyInfo. */
function rawKey(key: KeyObject, curve: CoseCurve): Uint8Array {
  const der = key.export({ type: 'spki', format: 'der' });
  const widths: Partial<Record<CoseCurve, number>> = {
    ed25519: 32,
    p384: 96,
    p521: 132,
    brainpoolP256r1: 64,
    brainpoolP320r1: 80,
    brainpoolP384r1: 96,
    brainpoolP512r1: 128,
  };
  return der.subarray(der.length - (widths[curve] ?? 0));
}
