/**
 * Verifies a whole set of TUF metadata from its bytes, from the pinned root down (specification 1.0, clause 5), with
 * the models' own verification. Whether any of it has expired is for the caller to judge: the set of a gateway that is
 * cut off is used past its expiry, as long as it was signed that it may be.
 */
import { createHash } from 'node:crypto';
import {
  type Key,
  Metadata,
  MetadataKind,
  type MetaFile,
  type Root,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import type { VerifyingKey } from '../../../crypto/signature/keys.ts';
import { metadataJson } from './metadata-json.ts';
import { TrustUpdateError, trustUpdateError } from './trust-update-error.ts';

/** Files of a set by name: `N.root.json` after the pinned one, `timestamp.json`, `trust.json` and so on. */
export type BundleFiles = ReadonlyMap<string, Buffer>;

/** A key that lists and their deltas are signed with. */
export interface ListKey {
  /** TUF keyid, or the name that a root of SM2 has for it. */
  readonly kid: string;
  readonly publicKey: VerifyingKey;
}

export interface VerifiedMetadata {
  readonly root: Metadata<Root>;
  readonly timestamp: Metadata<Timestamp>;
  readonly snapshot: Metadata<Snapshot>;
  readonly targets: Metadata<Targets>;
  readonly lists: Metadata<Targets>;
  readonly listKeys: readonly ListKey[];
  /** Public keys of every role, as metadata has them: none of them may have another purpose. */
  readonly roleKeys: ReadonlySet<string>;
  /** Earliest of all, milliseconds since 1970 UTC. */
  readonly expiresAtMs: number;
  readonly offlineGraceMs: number;
  /** When the timestamp was signed, milliseconds since 1970 UTC; null where the platform does not say. */
  readonly signedAtMs: number | null;
}

/** The delegated role, and the name of its metadata. */
export const LISTS_ROLE = 'lists';
export const TRUST_PATH = 'trust.json';
export const CITY_PATH = 'city.json';
export const SM2_ROOTS_PATH = 'sm2-roots.json';
/** A year: an offline grace beyond it is a mistake of whoever signed it. */
const OFFLINE_GRACE_S_MAX = 366 * 86_400;
const ED25519_HEX = /^[0-9a-f]{64}$/;

/** The root a gateway is given out of band. Throws TrustUpdateError. */
export function parseRoot(bytes: Buffer): Metadata<Root> {
  return guarded(() => {
    const root = Metadata.fromJSON(MetadataKind.Root, metadataJson(bytes));
    root.verifyDelegate(MetadataKind.Root, root);
    return root;
  });
}

/** Throws TrustUpdateError with the fault of the first part that does not verify. */
export function verifyMetadata(pinned: Metadata<Root>, files: BundleFiles): VerifiedMetadata {
  return guarded(() => {
    const root = newestRoot(pinned, files);
    const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, json(files, 'timestamp.json'));
    root.verifyDelegate(MetadataKind.Timestamp, timestamp);
    const { snapshotMeta } = timestamp.signed;
    const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, json(files, 'snapshot.json', snapshotMeta));
    root.verifyDelegate(MetadataKind.Snapshot, snapshot);
    sameVersion(snapshot, snapshotMeta);
    const targets = verifyTargets(root, MetadataKind.Targets, snapshot, files);
    const lists = verifyTargets(targets, LISTS_ROLE, snapshot, files);
    const all = [root, timestamp, snapshot, targets, lists];
    return {
      ...{ root, timestamp, snapshot, targets, lists },
      listKeys: listKeysOf(root, targets),
      roleKeys: roleKeysOf(root, targets),
      expiresAtMs: Math.min(...all.map(({ signed }) => Date.parse(signed.expires))),
      offlineGraceMs: offlineGraceMs(timestamp.signed),
      signedAtMs: signedAtMs(timestamp.signed),
    };
  });
}

/** Every root since the pinned one is signed by the one before it and by itself, and none is left out (clause 5.3). */
function newestRoot(pinned: Metadata<Root>, files: BundleFiles): Metadata<Root> {
  let root = pinned;
  for (;;) {
    const version = root.signed.version + 1;
    const bytes = files.get(`${version}.root.json`);
    if (!bytes) return root;
    const next = Metadata.fromJSON(MetadataKind.Root, metadataJson(bytes));
    root.verifyDelegate(MetadataKind.Root, next);
    next.verifyDelegate(MetadataKind.Root, next);
    if (next.signed.version !== version) {
      throw new TrustUpdateError('rollback', 'a root has another version than its name');
    }
    root = next;
  }
}

function verifyTargets(
  delegator: Metadata<Root> | Metadata<Targets>,
  role: string,
  snapshot: Metadata<Snapshot>,
  files: BundleFiles,
): Metadata<Targets> {
  const meta = snapshot.signed.meta[`${role}.json`];
  if (!meta) throw new TrustUpdateError('malformed', `the snapshot does not name ${role}.json`);
  const targets = Metadata.fromJSON(MetadataKind.Targets, json(files, `${role}.json`, meta));
  delegator.verifyDelegate(role, targets);
  sameVersion(targets, meta);
  return targets;
}

function json(files: BundleFiles, name: string, meta?: MetaFile) {
  const bytes = files.get(name);
  if (!bytes) throw new TrustUpdateError('malformed', `${name} is missing`);
  meta?.verify(bytes);
  return metadataJson(bytes);
}

function sameVersion({ signed }: Metadata<Snapshot> | Metadata<Targets>, meta: MetaFile): void {
  if (signed.version !== meta.version) {
    throw new TrustUpdateError('mix_and_match', 'metadata has another version than it is named with');
  }
}

function offlineGraceMs({ unrecognizedFields }: Timestamp): number {
  const seconds = unrecognizedFields['offline_grace_s'];
  const usable = typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0;
  if (!usable || seconds > OFFLINE_GRACE_S_MAX) {
    throw new TrustUpdateError('malformed', 'the timestamp has no usable offline_grace_s');
  }
  return seconds * 1000;
}

/** This project's own member, as the one above; TUF itself says only until when something is good. */
function signedAtMs({ unrecognizedFields }: Timestamp): number | null {
  const ms = unrecognizedFields['signed_at_ms'] ?? null;
  if (ms === null) return null;
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new TrustUpdateError('malformed', 'the timestamp has no usable signed_at_ms');
}

/** Keys of the delegated role: Ed25519, and never those of another role, so that no key speaks for more than lists. */
function listKeysOf(root: Metadata<Root>, targets: Metadata<Targets>): ListKey[] {
  const delegations = targets.signed.delegations;
  const ids = delegations?.roles?.[LISTS_ROLE]?.keyIDs ?? [];
  const others = new Set(Object.values(root.signed.keys).map(({ keyVal }) => keyVal['public']));
  const keys = ids.flatMap((kid) => delegations?.keys[kid] ?? []);
  if (keys.some(({ keyVal }) => others.has(keyVal['public']))) {
    throw new TrustUpdateError('trust_unusable', 'a key that signs lists has another role as well');
  }
  return keys.map((key) => ({ kid: key.keyID, publicKey: publicKeyOf(key) }));
}

function roleKeysOf({ signed: root }: Metadata<Root>, { signed: targets }: Metadata<Targets>): Set<string> {
  const keys = [...Object.values(root.keys), ...Object.values(targets.delegations?.keys ?? {})];
  return new Set(keys.map(({ keyVal }) => keyVal['public'] ?? ''));
}

function publicKeyOf({ scheme, keyVal }: Key): VerifyingKey {
  const hex = keyVal['public'] ?? '';
  if (scheme !== 'ed25519' || !ED25519_HEX.test(hex)) {
    throw new TrustUpdateError('trust_unusable', 'a key that signs lists is not an Ed25519 key');
  }
  return { algorithm: 'Ed25519', bytes: Buffer.from(hex, 'hex') };
}

/** SHA-256 of a target, 64 hex digits. Throws TrustUpdateError when its metadata names none. */
export function sha256Of({ hashes }: TargetFile): string {
  const sha256 = hashes['sha256'] ?? '';
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TrustUpdateError('malformed', 'a target has no SHA-256');
  return sha256;
}

/** Throws TrustUpdateError `target_mismatch` when the bytes are not those of the target. */
export function checkTargetBytes(target: TargetFile, bytes: Buffer): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== target.length || sha256 !== sha256Of(target)) {
    throw new TrustUpdateError('target_mismatch', `${target.path} is not what its metadata says`);
  }
}

function guarded<T>(verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    throw trustUpdateError(error);
  }
}
