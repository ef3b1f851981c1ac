/** Trust out of a verified set of metadata: checked, and ready to be put in force. */
import type { TargetFile } from '@tufjs/models';
import { isTaken } from '../../../crypto/accepted.ts';
import type { NamedDigest } from '../../../crypto/named-digest.ts';
import { TrustError } from '../../../workers/trust/error.ts';
import { checkTrust } from './load-trust.ts';
import { type ContentRule, checkContentBytes, contentOf, sm2RootOf } from './signed-content.ts';
import { keysOfSm2Root, type Sm2Root } from './sm2-root.ts';
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
  /** That TUF names it by, 64 hex digits. */
  readonly sha256: string;
  /** That it is held against when it is read. */
  readonly digest: NamedDigest;
}

/** Never changed once it is handed out: newer trust is another bundle. */
export interface TrustBundle {
  readonly trust: TrustInForce;
  /** Keys of the delegated role `lists`, and those that a root of SM2 names. */
  readonly listKeys: readonly ListKey[];
  /** By path: `lists/cards.list`, `lists/named/NAME.list`. */
  readonly targets: ReadonlyMap<string, ListTarget>;
  /** Version of the root of SM2 in force; 0: none was given. */
  readonly sm2Version: number;
  /** When the trust document was signed beside TUF, milliseconds since 1970 UTC; null: it was not. */
  readonly signedAtMs: number | null;
  /** Whether nothing of it was taken for having been kept alone. */
  readonly isTaken: boolean;
}

/** Hex digits of the content's digest that name trust in decisions. */
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

/**
 * `isKept`: it was verified before, and comes from disk. Throws TrustUpdateError: `target_mismatch`, `signature` or `other_profile`
 * (`signed-content.ts`), or `trust_unusable` when the trust document cannot be used.
 */
export function makeBundle(
  metadata: VerifiedMetadata,
  files: BundleFiles,
  rule: ContentRule,
  isKept: boolean,
): TrustBundle {
  const target = trustTarget(metadata);
  const bytes = files.get(TRUST_PATH) ?? Buffer.alloc(0);
  checkTargetBytes(target, bytes);
  const root = sm2RootOf(rule, metadata, files);
  const judged = { root, crypto: rule.crypto, isKept };
  const content = contentOf(target, judged);
  checkContentBytes(target.path, content, bytes);
  const { expiresAtMs, offlineGraceMs, listKeys, roleKeys } = metadata;
  const { revision, document } = usable(bytes, revisionOf(content.digest));
  requireApart(document, [...roleKeys, ...(root ? keysOfSm2Root(root) : [])]);
  return {
    trust: { revision, document, expiresAtMs, graceUntilMs: expiresAtMs + offlineGraceMs },
    listKeys: [...listKeys, ...sm2ListKeys(root)],
    targets: listTargets(metadata, judged),
    sm2Version: root?.version ?? 0,
    signedAtMs: content.signedAtMs,
    isTaken: content.signedAtMs !== null || isTaken('published-content', 'Ed25519', rule.crypto),
  };
}

function revisionOf(digest: NamedDigest): string {
  return digest.replace('sm3:', '').slice(0, REVISION_DIGITS);
}

function sm2ListKeys(root: Sm2Root | null): ListKey[] {
  return [...(root?.lists ?? [])].map(([kid, { publicKey }]) => ({ kid, publicKey }));
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
function listTargets(
  { targets, lists }: VerifiedMetadata,
  judged: Parameters<typeof contentOf>[1],
): Map<string, ListTarget> {
  const role = targets.signed.delegations?.roles?.[LISTS_ROLE];
  const delegated = Object.values(lists.signed.targets).filter(
    ({ path }) => LIST_PATH.test(path) && role?.isDelegatedPath(path),
  );
  return new Map(
    delegated.map((target) => {
      const { digest } = contentOf(target, judged);
      return [target.path, { lengthBytes: target.length, sha256: sha256Of(target), digest }];
    }),
  );
}
