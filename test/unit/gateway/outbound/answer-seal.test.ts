/** Seals under the algorithms of both profiles, and whatever is none. */
import { describe, expect, test } from 'vitest';
import type { CryptoProfile } from '../../../../config/crypto-settings.ts';
import { statusKeysOf } from '../../../../gateway/knowledge/trust/status-keys.ts';
import { readSeal, type Sealed } from '../../../../gateway/outbound/answer-seal.ts';
import { trustOf } from '../../../../platform/authority/profiles.ts';
import { makeStatusAuthority, publicPart, sealOf } from '../../../../platform/authority/status.ts';
import { smSealOf } from '../../../../platform/authority/status-sm.ts';
import { sm2Sign } from '../../../../platform/sm2.ts';

const authority = makeStatusAuthority('seals');
const trust = trustOf(['international', 'sm'], authority, {
  anchors: [],
  statusKeys: [publicPart(authority.sealing)],
  statusEncryptionKeys: [publicPart(authority.encryption)],
});
const keysFor = (profile: CryptoProfile, changing_over = false) =>
  statusKeysOf(trust, { profile, changing_over }).sealing;

const made = {
  path: '/v1/status',
  request: Buffer.from('{"v":2}'),
  status: 200,
  answer: Buffer.from('{"answers":[]}'),
  sealedAtMs: 1_795_161_600_000,
};
const sealed: Sealed = made;
const SEALS: Readonly<Record<CryptoProfile, string>> = {
  international: sealOf(authority.sealing, made),
  sm: smSealOf(authority.sm.sealing, made),
};
const good = { sealedAtMs: made.sealedAtMs };

describe.each(['international', 'sm'] as const)('a gateway of profile %s', (profile) => {
  const other = profile === 'sm' ? 'international' : 'sm';
  const keys = keysFor(profile);

  test('takes the seal of its own profile, alone and beside the other', () => {
    expect(readSeal(SEALS[profile], keys, sealed)).toEqual(good);
    expect(readSeal(`${SEALS.international}, ${SEALS.sm}`, keys, sealed)).toEqual(good);
    expect(readSeal(`${SEALS.sm},${SEALS.international}`, keys, sealed)).toEqual(good);
  });

  test('refuses that of the other by name, unless it changes over', () => {
    expect(readSeal(SEALS[other], keys, sealed)).toEqual({ refuse: 'other_profile' });
    expect(readSeal(SEALS[other], keysFor(profile, true), sealed)).toEqual(good);
  });

  test('a forged one of the other profile is no more than any forged one', () => {
    const forged = `${SEALS[other].slice(0, -2)}AA`;
    expect(readSeal(forged, keys, sealed)).toEqual({ refuse: 'signature' });
  });

  test('of another question, answer, path or status it is none', () => {
    for (const changed of [
      { request: Buffer.from('{"v":3}') },
      { answer: Buffer.from('{"answers":[1]}') },
      { path: '/v1/pins' },
      { status: 500 },
    ]) {
      expect(readSeal(SEALS[profile], keys, { ...sealed, ...changed })).toEqual({ refuse: 'signature' });
    }
  });

  test.each([null, undefined, '', ',', 'x', 'a.b.c', `${SEALS.sm},${SEALS.sm},${SEALS.sm}`])(
    '%j is none',
    (text) => expect(readSeal(text, keys, sealed)).toEqual({ refuse: 'signature' }),
  );
});

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const [smHeader = '', smPayload = ''] = SEALS.sm.split('.');
const [esHeader = '', esPayload = '', esSignature = ''] = SEALS.international.split('.');
const { kid } = authority.sm.sealing;
const key = authority.sm.sealing.key;
const withSignature = (bytes: Uint8Array) =>
  `${smHeader}.${smPayload}.${Buffer.from(bytes).toString('base64url')}`;
const input = Buffer.from(`${smHeader}.${smPayload}`);
const signature = Buffer.from(sm2Sign(key, input));
const N = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123', 'hex');
const zero = Buffer.alloc(32);
const integer = (half: Buffer) => Buffer.concat([Buffer.of(2, 33, 0), half]);
const der = Buffer.concat([
  Buffer.of(0x30, 70),
  integer(signature.subarray(0, 32)),
  integer(signature.subarray(32)),
]);

test.each([
  ['SM2 under another distinguishing ID', withSignature(sm2Sign(key, input, Buffer.from('another')))],
  ['r zero', withSignature(Buffer.concat([zero, signature.subarray(32)]))],
  ['s zero', withSignature(Buffer.concat([signature.subarray(0, 32), zero]))],
  ['r not below n', withSignature(Buffer.concat([N, signature.subarray(32)]))],
  ['s not below n', withSignature(Buffer.concat([signature.subarray(0, 32), N]))],
  ['DER where r ‖ s is due', withSignature(der)],
  [
    'the key of questions for signer',
    smSealOf({ ...authority.sm.encryption, kid: authority.sm.encryption.kid }, made),
  ],
  [
    'the algorithm swapped in the header',
    `${base64url({ alg: 'ES256', kid, typ: 'onecard-seal' })}.${smPayload}.${signature.toString('base64url')}`,
  ],
  [
    'a P-256 signature under the name of the SM2 key',
    `${base64url({ alg: 'SGD_SM3_SM2', kid, typ: 'onecard-seal' })}.${esPayload}.${esSignature}`,
  ],
  ['an ES256 header over an SM2 signature', `${esHeader}.${esPayload}.${signature.toString('base64url')}`],
  [
    'no algorithm',
    `${base64url({ alg: 'none', kid, typ: 'onecard-seal' })}.${smPayload}.${signature.toString('base64url')}`,
  ],
])('%s is no seal of profile sm', (_, seal) => {
  for (const keys of [keysFor('sm'), keysFor('sm', true)]) {
    expect(readSeal(seal, keys, sealed)).toEqual({ refuse: 'signature' });
  }
});
