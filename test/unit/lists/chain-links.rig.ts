/** Links of a chain as a platform signs them, whole or spoiled. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { verifyingKeyFrom } from '../../../crypto/signature/key-files.ts';
import { signersOf } from '../../../crypto/signature/signers.ts';
import { type CardChange, packChanges } from '../../../lists/delta-changes.ts';
import type { ListedState } from '../../../lists/list-handle.ts';

export const GENERATION = '00112233445566778899aabbccddeeff';
export const KID = 'a'.repeat(64);
export const listKeys = generateKeyPairSync('ed25519');
export const keyring = signersOf(
  'list-link',
  [[KID, verifyingKeyFrom(listKeys.publicKey.export({ format: 'pem', type: 'spki' }))]],
  { profile: 'international', changing_over: false },
);

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

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

export function compact(header: unknown, payload: unknown, key: KeyObject = listKeys.privateKey): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
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

export const deltaHeader = { alg: 'EdDSA', kid: KID, typ: 'onecard-list-delta' };
export const headHeader = { alg: 'EdDSA', kid: KID, typ: 'onecard-list-head' };
export const signedDelta = (over: Record<string, unknown> = {}) => compact(deltaHeader, deltaPayload(over));
export const signedHead = (over: Record<string, unknown> = {}) => compact(headHeader, headPayload(over));
