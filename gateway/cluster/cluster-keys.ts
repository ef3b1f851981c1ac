/**
 * Keys that all gateways of a cluster have in common. One key, or two while it changes; what is made under either is taken by
 * all, so two gateways understand each other as long as they have one of them in common. While the algorithms change, the
 * one key counts as two: one for each profile.
 */
import { readFileSync } from 'node:fs';
import type { CryptoProfile, TakenProfiles } from '../../config/crypto-settings.ts';
import { profilesInForce } from '../../crypto/accepted.ts';
import { derivedKey } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { ClusterError } from './cluster-error.ts';

const KEYS_MAX = 2;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;

/** What keys are for: each use has keys of its own. */
export const KEY_USES = ['replay', 'token', 'budget', 'registry'] as const;
export type KeyUse = (typeof KEY_USES)[number];

export interface ClusterKey {
  /** Eight hex digits that tell the key and nothing of it. */
  readonly id: string;
  /** Whose algorithms it is derived by, and used with. */
  readonly profile: CryptoProfile;
  /** 32 bytes for each use (HKDF, RFC 5869, with SHA-256 or SM3). */
  readonly of: Readonly<Record<KeyUse, Uint8Array>>;
}

/** The first is the one that is written with. */
export type ClusterKeys = readonly [ClusterKey, ...ClusterKey[]];

/** Throws ClusterError `unusable`, which names the file and never what it holds. */
export function readClusterKeys(file: string, crypto: TakenProfiles): ClusterKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ClusterError(
      'unusable',
      `the keys of the cluster cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > KEYS_MAX || lines.some((line) => !/^[0-9a-f]{64}$/.test(line.trim()))) {
    throw new ClusterError(
      'unusable',
      `${file} must hold one line of 64 hex digits in lower case, or two while the key changes (openssl rand -hex 32 makes one)`,
    );
  }
  if (lines.length > 1 && crypto.changing_over) {
    throw new ClusterError(
      'unusable',
      `${file} holds two keys while crypto.changing_over is true: change keys and algorithms one after the other`,
    );
  }
  const secrets = lines.map((line) => Buffer.from(line.trim(), 'hex'));
  const [first, ...others] = profilesInForce(crypto).flatMap((profile) =>
    secrets.map((secret) => keyOf(secret, profile)),
  );
  if (first === undefined) throw new ClusterError('unusable', `${file} holds no key`);
  if (others.some(({ id }) => id === first.id)) {
    throw new ClusterError('unusable', `${file} holds the same key twice`);
  }
  return [first, ...others];
}

function keyOf(secret: Buffer, profile: CryptoProfile): ClusterKey {
  const algorithm = algorithmFor('cluster-key', profile);
  // Copied out of Node's pool: some go to the proving threads.
  const derived = (use: string, length: number) =>
    new Uint8Array(derivedKey(algorithm, secret, `onecard.cluster.${use}.v1`, length));
  const of = Object.fromEntries(KEY_USES.map((use) => [use, derived(use, KEY_BYTES)])) as ClusterKey['of'];
  return { id: Buffer.from(derived('id', KEY_ID_BYTES)).toString('hex'), profile, of };
}
