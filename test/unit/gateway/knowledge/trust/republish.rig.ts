/** Sets of metadata that are rightly hashed into each other, but not what the repository would make. */
import { MetadataKind } from '@tufjs/models';
import type { MetadataSource, TufRepository } from '../../../../../platform/tuf/repository.ts';
import {
  type SignedFile,
  signLists,
  signSnapshot,
  signTargets,
  signTimestamp,
} from '../../../../../platform/tuf/sign-metadata.ts';
import { withFiles } from '../../../../../platform/tuf/tamper.ts';
import { describeTarget } from '../../../../../platform/tuf/targets.ts';
import { DAY_MS, trustJson } from './loopback.rig.ts';

type Keys = ReturnType<TufRepository['keys']>;
type Role = 'targets' | 'lists' | 'snapshot' | 'timestamp';

export interface Changes {
  /** Signs as if these were the keys of the roles. */
  readonly keys?: (keys: Keys, role: Role) => Keys;
  /** Milliseconds until a role's metadata expires; default: a day. */
  readonly lifeMs?: Partial<Record<Role, number>>;
  /** Takes the place of what was signed before it is hashed into what names it. */
  readonly replace?: Partial<Record<Role, (made: SignedFile) => SignedFile>>;
  readonly version?: Partial<Record<Role, number>>;
  readonly offlineGraceS?: number;
}

/** The repository's trust of `serial`, signed anew with these changes. `nowMs`: by the platform's clock. */
export function republished(repository: TufRepository, nowMs: number, changes: Changes = {}): MetadataSource {
  const keys = (role: Role) => changes.keys?.(repository.keys(), role) ?? repository.keys();
  // Later than whatever the repository has signed so far.
  const edition = (role: Role) => ({
    version: changes.version?.[role] ?? Math.floor(nowMs) + 100_000,
    expiresAtMs: nowMs + (changes.lifeMs?.[role] ?? DAY_MS),
  });
  const made = (role: Role, file: SignedFile) => changes.replace?.[role]?.(file) ?? file;
  const trust = [describeTarget('trust.json', trustJson(1), repository.beside('trust.json', trustJson(1)))];
  const targets = made('targets', signTargets(edition('targets'), trust, keys('targets')));
  const lists = made('lists', signLists(edition('lists'), [], keys('lists')));
  const files = { 'targets.json': targets, 'lists.json': lists };
  const snapshot = made('snapshot', signSnapshot(edition('snapshot'), files, keys('snapshot')));
  const graceS = changes.offlineGraceS ?? 0;
  const signed = { ...edition('timestamp'), signedAtMs: Math.floor(nowMs) };
  const timestamp = signTimestamp(signed, snapshot, graceS, keys('timestamp'));
  return withFiles(repository, {
    'timestamp.json': made('timestamp', timestamp).bytes,
    [`${snapshot.version}.snapshot.json`]: snapshot.bytes,
    [`${targets.version}.${MetadataKind.Targets}.json`]: targets.bytes,
    [`${lists.version}.lists.json`]: lists.bytes,
  });
}
