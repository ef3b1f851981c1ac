/** Makes and signs each kind of TUF metadata (specification 1.0, clause 4). */
import { createHash } from 'node:crypto';
import {
  Metadata,
  type MetadataKind,
  MetaFile,
  Root,
  Snapshot,
  type TargetFile,
  Targets,
  Timestamp,
} from '@tufjs/models';
import { ROLE_KEYS, type TufKey, type TufRole } from './keys.ts';

export const SPEC_VERSION = '1.0.31';
/** What the delegated role may speak for. A star stops at a slash (clause 4.5). */
export const LISTS_PATHS = ['lists/*', 'lists/named/*'];

/** Common to all metadata. */
export interface Edition {
  readonly version: number;
  /** Milliseconds since 1970 UTC; written to the second. */
  readonly expiresAtMs: number;
}

/** One file of metadata as it is served. */
export interface SignedFile extends Edition {
  readonly bytes: Buffer;
}

type Keys = Readonly<Record<TufRole, readonly TufKey[]>>;
export type Signed = Root | Targets | Snapshot | Timestamp;

/** `signers`: the keys of this root, and with a rotation those of the one before it as well (clause 6.1). */
export function signRoot(edition: Edition, keys: Keys, signers: readonly TufKey[]): SignedFile {
  const root = new Root({ ...common(edition), consistentSnapshot: true });
  for (const kind of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
    for (const { key } of keys[kind]) root.addKey(key, kind);
    const role = root.roles[kind];
    if (role) Object.assign(role, { threshold: ROLE_KEYS[kind].threshold });
  }
  return seal(edition, root, signers);
}

export function signTargets(edition: Edition, targets: readonly TargetFile[], keys: Keys): SignedFile {
  const delegations = {
    keys: Object.fromEntries(keys.lists.map(({ id, key }) => [id, key.toJSON()])),
    roles: [
      {
        name: 'lists',
        keyids: keys.lists.map(({ id }) => id),
        threshold: ROLE_KEYS.lists.threshold,
        terminating: true,
        paths: LISTS_PATHS,
      },
    ],
  };
  const plain = { ...targetsJson(edition, targets), delegations };
  return seal(edition, Targets.fromJSON(plain), keys.targets);
}

export function signLists(edition: Edition, targets: readonly TargetFile[], keys: Keys): SignedFile {
  return seal(edition, Targets.fromJSON(targetsJson(edition, targets)), keys.lists);
}

export function signSnapshot(
  edition: Edition,
  files: Readonly<Record<'targets.json' | 'lists.json', SignedFile>>,
  keys: Keys,
): SignedFile {
  const meta = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, describe(file)]));
  return seal(edition, new Snapshot({ ...common(edition), meta }), keys.snapshot);
}

/**
 * Two members are this project's own: `offline_grace_s`, how long past expiry a gateway that is cut off may go on, and
 * `signed_at_ms`, the time of signing.
 */
export function signTimestamp(
  edition: Edition & { readonly signedAtMs: number },
  snapshot: SignedFile,
  offlineGraceS: number,
  keys: Keys,
): SignedFile {
  const timestamp = new Timestamp({
    ...common(edition),
    snapshotMeta: describe(snapshot),
    unrecognizedFields: { offline_grace_s: offlineGraceS, signed_at_ms: edition.signedAtMs },
  });
  return seal(edition, timestamp, keys.timestamp);
}

/** Signs by each of `signers`, whatever thresholds say. */
export function seal(edition: Edition, signed: Signed, signers: readonly TufKey[]): SignedFile {
  const metadata = new Metadata(signed);
  for (const { signer } of signers) metadata.sign(signer);
  return { ...edition, bytes: Buffer.from(JSON.stringify(metadata.toJSON())) };
}

function describe({ version, bytes }: SignedFile): MetaFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new MetaFile({ version, length: bytes.length, hashes: { sha256 } });
}

function common({ version, expiresAtMs }: Edition) {
  return { specVersion: SPEC_VERSION, version, expires: instant(expiresAtMs) };
}

function targetsJson({ version, expiresAtMs }: Edition, targets: readonly TargetFile[]) {
  return {
    _type: 'targets' satisfies `${MetadataKind.Targets}`,
    spec_version: SPEC_VERSION,
    version,
    expires: instant(expiresAtMs),
    targets: Object.fromEntries(targets.map((target) => [target.path, target.toJSON()])),
  };
}

/** ISO 8601 with whole seconds, as clause 4.2.1 has it. */
function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
