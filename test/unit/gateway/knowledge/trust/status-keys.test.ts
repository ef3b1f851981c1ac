/** Whoever issues cards or signs lists must not speak for the platform: the keys of status are keys of nothing else. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { requireApart, statusKeysOf } from '../../../../../gateway/knowledge/trust/status-keys.ts';
import { createCity } from '../../../../../platform/city.ts';
import { SlabCache } from '../../../../../workers/cache/slab-cache.ts';
import { createPortableEngine } from '../../../../../workers/engine/portable.ts';
import { loadTrust } from '../../../../../workers/trust/bundle.ts';
import type { TrustDocument } from '../../../../../workers/trust/document.ts';

const TRUST = createCity({ seed: 'status keys', cards: 0 }).trustDocument();
const [status] = TRUST.statusKeys ?? [];
const [encryption] = TRUST.statusEncryptionKeys ?? [];
if (!status || !encryption) throw new Error('the city names no keys of status');

const load = (document: unknown) =>
  loadTrust(document, {
    engine: createPortableEngine(),
    cache: new SlabCache(0),
    counters: { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 },
  });

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
const jwkOf = (x: string, y: string) => ({ kty: 'EC', crv: 'P-256', x, y }) as const;
/** The point of an anchor's key, as if it were one of P-256. */
function issuing(): { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string } {
  const anchor = TRUST.anchors.find((each) => 'publicKeyHex' in each);
  const hex = String(anchor?.['publicKeyHex']);
  return jwkOf(base64url(hex.slice(0, 64)), base64url(hex.slice(64)));
}
/** Of a key in the middle of a CA record. */
function ridingCa() {
  const anchor = TRUST.anchors.find((each) => 'caRecordHex' in each);
  const hex = String(anchor?.['caRecordHex']);
  return jwkOf(base64url(hex.slice(-256, -192)), base64url(hex.slice(-192, -128)));
}
const listed: TrustDocument = {
  ...TRUST,
  statusLists: [
    { region: 'cq', uri: 'https://issuer.example/1', keyJwk: jwkOf(status.keyJwk.x, status.keyJwk.y) },
  ],
};

describe('trust is refused as a whole', () => {
  test.each<[string, object, RegExp]>([
    [
      'an issuing key for status key',
      { ...TRUST, statusKeys: [{ kid: 'a', keyJwk: issuing() }] },
      /issues credentials/,
    ],
    [
      'a CA record’s key to encrypt to',
      { ...TRUST, statusEncryptionKeys: [{ kid: 'a', keyJwk: ridingCa() }] },
      /issues credentials/,
    ],
    ['the key of a status list of tokens', listed, /signs lists/],
    [
      'one key for both purposes',
      {
        ...TRUST,
        statusEncryptionKeys: [{ ...status, kid: 'b', keyJwk: jwkOf(status.keyJwk.x, status.keyJwk.y) }],
      },
      /key is named twice/,
    ],
    [
      'one name twice',
      { ...TRUST, statusEncryptionKeys: [{ ...encryption, kid: status.kid }] },
      /kid is named twice/,
    ],
    [
      'a point that is not on the curve',
      { ...TRUST, statusKeys: [{ kid: 'a', keyJwk: jwkOf(status.keyJwk.x, encryption.keyJwk.y) }] },
      /not a public key/,
    ],
    [
      'an Ed25519 key',
      { ...TRUST, statusKeys: [{ kid: 'a', keyJwk: { kty: 'OKP', crv: 'Ed25519', x: status.keyJwk.x } }] },
      /statusKeys\/0/,
    ],
    [
      'a private key',
      { ...TRUST, statusKeys: [{ ...status, keyJwk: { ...status.keyJwk, d: status.keyJwk.x } }] },
      /statusKeys\/0/,
    ],
  ])('with %s', (_, document, message) => {
    expect(() => load(document)).toThrow(message);
  });

  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  test.each(['statusKeys', 'statusEncryptionKeys'] as const)('with a key of a TUF role among %s', (name) => {
    const key = createPublicKey({ key: (name === 'statusKeys' ? status : encryption).keyJwk, format: 'jwk' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(() => requireApart(TRUST, ['ab'.repeat(32), pem(other)])).not.toThrow();
    expect(() => requireApart(TRUST, ['ab'.repeat(32), pem(other), pem(key)])).toThrow('role in publishing');
  });
});

test('all keys named seal, and the first is the one to encrypt to', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const next = { kid: 'next', keyJwk: jwkOf(x, y) };
  const document = { ...TRUST, statusKeys: [status, next] };
  load(document);
  const keys = statusKeysOf(document, { profile: 'international', changing_over: false });
  expect([...keys.sealing.keys()]).toEqual([status.kid, 'next']);
  expect(keys.encryption?.kid).toBe(encryption.kid);
});
