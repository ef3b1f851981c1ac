/** Trust out of a verified set of metadata: checked, and ready to be put in force. */
import type { TargetFile } from '@tufjs/models';
import { TrustError } from '../../../workers/trust/error.ts';
import { checkTrust } from './load-trust.ts';
import { requireApart } from './status-keys.ts';
import type { TrustInForce } from './trust-in-force.ts';
import { TrustUpdateError } from './trust-update-error.ts';
import {
  type BundleFiles,
  CITY_PATH,
  checkTargetBytes,
  LISTS_ROLE,
  type ListKey,
  sha256Of,
  TRUST_PATH,
  type VerifiedMetadata,
} from './verify-bundle.ts';

export interface ListTarget {
  readonly lengthBytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Never changed once it is handed out: newer trust is another bundle. */
export interface TrustBundle {
  readonly trust: TrustInForce;
  /** Keys of the delegated role `lists`. */
  readonly listKeys: readonly ListKey[];
  /** By path: `lists/cards.list`, `lists/named/NAME.list`. */
  readonly targets: ReadonlyMap<string, ListTarget>;
}

/** Hex digits of the content's SHA-256 that name trust in decisions. */
const REVISION_DIGITS = 16;
/** Also keeps a path from leading out of a folder or a base address. */
const LIST_PATH = /^lists\/(?:named\/)?[a-z0-9][a-z0-9._-]{0,99}$/;

/** What metadata says of `trust.json`. Throws TrustUpdateError when it says nothing. */
export function trustTarget({ targets }: VerifiedMetadata): TargetFile {
  const target = targets.signed.targets[TRUST_PATH];
  if (!target) throw new TrustUpdateError('trust_unusable', 'the platform publishes no trust.json');
  return target;
}

/** What metadata says of `city.json`; null: the platform publishes none. */
export function cityTarget({ targets }: VerifiedMetadata): TargetFile | null {
  return targets.signed.targets[CITY_PATH] ?? null;
}

/** Throws TrustUpdateError: `target_mismatch`, or `trust_unusable` when the trust document cannot be used. */
export function makeBundle(metadata: VerifiedMetadata, files: BundleFiles): TrustBundle {
  const target = trustTarget(metadata);
  const bytes = files.get(TRUST_PATH) ?? Buffer.alloc(0);
  checkTargetBytes(target, bytes);
  const { expiresAtMs, offlineGraceMs, listKeys, roleKeys } = metadata;
  const { revision, document } = usable(bytes, sha256Of(target).slice(0, REVISION_DIGITS));
  requireApart(document, roleKeys);
  return {
    trust: { revision, document, expiresAtMs, graceUntilMs: expiresAtMs + offlineGraceMs },
    listKeys,
    targets: listTargets(metadata),
  };
}

function usable(bytes: Buffer, revision: string) {
  try {
    return checkTrust(JSON.parse(bytes.toString('utf8')), revision);
  } catch (cause) {
    if (!(cause instanceof TrustError || cause instanceof SyntaxError)) throw cause;
    throw new TrustUpdateError('trust_unusable', `trust.json cannot be used: ${cause.message}`, { cause });
  }
}

/** Only what the role was delegated, under names that this gateway knows how to keep. */
function listTargets({ targets, lists }: VerifiedMetadata): Map<string, ListTarget> {
  const role = targets.signed.delegations?.roles?.[LISTS_ROLE];
  const delegated = Object.values(lists.signed.targets).filter(
    ({ path }) => LIST_PATH.test(path) && role?.isDelegatedPath(path),
  );
  return new Map(
    delegated.map((target) => [target.path, { lengthBytes: target.length, sha256: sha256Of(target) }]),
  );
}
