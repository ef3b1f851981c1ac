/** Links of a chain as a platform of the profile under test signs them, whole or spoiled. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { namedDigestOf } from '../../../crypto/named-digest.ts';
import { verifyingKeyFrom, verifyingKeyOf } from '../../../crypto/signature/key-files.ts';
import type { VerifyingKey } from '../../../crypto/signature/keys.ts';
import { signersOf } from '../../../crypto/signature/signers.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { type CardChange, packChanges } from '../../../lists/delta-changes.ts';
import type { ListedState } from '../../../lists/list-handle.ts';
import { sm2Key, sm2Sign } from '../../../platform/sm2.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../crypto-profile.rig.ts';

export interface LinkSigner {
  readonly publicKey: VerifyingKey;
  sign(input: Uint8Array): Uint8Array;
}

/** A key that nobody else has. SM2 signs as the reference platform does, which shares no code with who verifies. */
export function linkSigner(): LinkSigner {
  if (TEST_PROFILE === 'sm') {
    const key = sm2Key(randomBytes(40));
    return { publicKey: verifyingKeyOf('SM2', key.publicKey), sign: (input) => sm2Sign(key, input) };
  }
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: verifyingKeyFrom(publicKey.export({ format: 'pem', type: 'spki' })),
    sign: (input) => sign(null, input, privateKey),
  };
}

export const GENERATION = '00112233445566778899aabbccddeeff';
export const KID = 'a'.repeat(64);
const signer = linkSigner();
export const keyring = signersOf('list-link', [[KID, signer.publicKey]], TEST_CRYPTO);

export const hashOf = (text: string) =>
  namedDigestOf(algorithmFor('list-chain', TEST_PROFILE), Buffer.from(text));

/** A card's key that only tests use: the number, big-endian, in 16 bytes. */
export function cardKey(n: number): Uint8Array {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(n, 12);
  return key;
}

export const change = (n: number, state: ListedState | null = 'good', entitlements = 0): CardChange => ({
  key: cardKey(n),
  state,
  entitlements,
});

export function compact(header: unknown, payload: unknown, { sign }: LinkSigner = signer): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${Buffer.from(sign(Buffer.from(input))).toString('base64url')}`;
}

export const deltaPayload = (over: Record<string, unknown> = {}) => ({
  v: 1,
  list: 'cards',
  generation: GENERATION,
  revision: 8,
  previousHash: hashOf('seven'),
  issuedAtMs: 1_000,
  freshUntilMs: 2_000,
  staleUntilMs: 3_000,
  changes: Buffer.from(packChanges([change(1, 'suspended')])).toString('base64url'),
  ...over,
});

export const headPayload = (over: Record<string, unknown> = {}) => ({
  v: 1,
  list: 'cards',
  generation: GENERATION,
  revision: 7,
  chainHash: hashOf('seven'),
  issuedAtMs: 1_000,
  freshUntilMs: 2_000,
  staleUntilMs: 3_000,
  ...over,
});

const alg = TEST_PROFILE === 'sm' ? 'SGD_SM3_SM2' : 'EdDSA';
export const deltaHeader = { alg, kid: KID, typ: 'onecard-list-delta' };
export const headHeader = { alg, kid: KID, typ: 'onecard-list-head' };
export const signedDelta = (over: Record<string, unknown> = {}) => compact(deltaHeader, deltaPayload(over));
export const signedHead = (over: Record<string, unknown> = {}) => compact(headHeader, headPayload(over));
