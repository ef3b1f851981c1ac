/** Keys of the platform's TUF repository: Ed25519, drawn from its seed by role. Never keys that issue cards. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { Key, Signature } from '@tufjs/models';
import { seeded } from '../seed.ts';

/** `lists` is the delegated role; the others are those of the TUF specification 1.0, clause 2.1. */
export type TufRole = 'root' | 'targets' | 'snapshot' | 'timestamp' | 'lists';

export interface TufKey {
  /** TUF keyid: SHA-256 of the key's canonical JSON, in hex (clause 4.2). */
  readonly id: string;
  readonly key: Key;
  readonly privateKey: KeyObject;
  readonly signer: (signed: Buffer) => Signature;
}

/** Keys that a role may sign with, and how many of them must. */
export const ROLE_KEYS: Readonly<Record<TufRole, { readonly keys: number; readonly threshold: number }>> = {
  root: { keys: 3, threshold: 2 },
  targets: { keys: 1, threshold: 1 },
  snapshot: { keys: 1, threshold: 1 },
  timestamp: { keys: 1, threshold: 1 },
  lists: { keys: 1, threshold: 1 },
};

/** PKCS #8 around the 32 bytes of an Ed25519 private key (RFC 8410, clause 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Apart, so that a role never draws the same key in two generations. */
const KEYS_PER_GENERATION = 16;

/** All keys of a role. `generation` counts the rotations so far, from 0. */
export function roleKeys(seed: string, role: TufRole, generation: number): readonly TufKey[] {
  return Array.from({ length: ROLE_KEYS[role].keys }, (_, i) =>
    drawKey(seed, role, generation * KEYS_PER_GENERATION + i),
  );
}

function drawKey(seed: string, role: TufRole, index: number): TufKey {
  const der = Buffer.concat([PKCS8_PREFIX, seeded(seed, `tuf ${role} key`, index, 32)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const keyVal = { public: Buffer.from(x, 'base64url').toString('hex') };
  const description = { keytype: 'ed25519', scheme: 'ed25519', keyval: keyVal };
  const id = createHash('sha256').update(canonicalize(description)).digest('hex');
  return {
    id,
    key: new Key({ keyID: id, keyType: 'ed25519', scheme: 'ed25519', keyVal }),
    privateKey,
    signer: (signed) => new Signature({ keyID: id, sig: sign(null, signed, privateKey).toString('hex') }),
  };
}
