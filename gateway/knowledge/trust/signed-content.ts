/**
 * What the platform says of the content of a target beside TUF, with a key of profile `sm`: a compact JWS in the target's `custom`
 * member, over its path, length and SM3 (docs/platform.md, Signed content). TUF carries it; it is believed for itself.
 */
import { readFileSync } from 'node:fs';
import type { TargetFile } from '@tufjs/models';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TakenProfiles } from '../../../config/crypto-settings.ts';
import type { Settings } from '../../../config/settings.ts';
import { isTaken } from '../../../crypto/accepted.ts';
import { type NamedDigest, namedDigestOf } from '../../../crypto/named-digest.ts';
import { jsonOf, readCompactJws } from '../../../crypto/signature/compact-jws.ts';
import { newestSm2Root, parseSm2Root, type Sm2Root } from './sm2-root.ts';
import { TrustUpdateError } from './trust-update-error.ts';
import {
  type BundleFiles,
  checkTargetBytes,
  SM2_ROOTS_PATH,
  sha256Of,
  type VerifiedMetadata,
} from './verify-bundle.ts';

/** Member of a target's `custom`. */
export const CONTENT_MEMBER = 'sm2';
const TYP = 'onecard-content';
const JWS_CHARACTERS_MAX = 2_048;
const Payload = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      path: Type.String(),
      length: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      digest: Type.String({ pattern: '^sm3:[0-9a-f]{64}$' }),
      signed_at_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    },
    { additionalProperties: false },
  ),
);

/** By which content is judged. */
export interface ContentRule {
  readonly crypto: TakenProfiles;
  /** The one that was given out of band; null: none was. */
  readonly sm2Root: Sm2Root | null;
}

/** By the settings. Throws TrustUpdateError, and what the system says, of a root of SM2 that cannot be used. */
export function contentRule(
  { sm2_root_file: file }: NonNullable<Settings['platform']>,
  crypto: Settings['crypto'],
): ContentRule {
  return { crypto, sm2Root: file === undefined ? null : parseSm2Root(readFileSync(file)) };
}

export interface SignedContent {
  /** What the content must have. */
  readonly digest: NamedDigest;
  /** When it was signed, milliseconds since 1970 UTC; null: by TUF alone. */
  readonly signedAtMs: number | null;
}

/** The root of SM2 in force with these files; null: none was given to begin with. Throws TrustUpdateError. */
export function sm2RootOf(
  { sm2Root }: ContentRule,
  metadata: VerifiedMetadata,
  files: BundleFiles,
): Sm2Root | null {
  if (sm2Root === null) return null;
  const target = metadata.targets.signed.targets[SM2_ROOTS_PATH];
  if (target === undefined) return sm2Root;
  const bytes = files.get(SM2_ROOTS_PATH) ?? Buffer.alloc(0);
  checkTargetBytes(target, bytes);
  return newestSm2Root(sm2Root, bytes);
}

/**
 * `isKept`: it was taken before, under whatever profile was in force then. Throws TrustUpdateError: `signature` where what is said beside
 * TUF is not rightly signed, or of another target; `other_profile` where TUF alone vouches for it, and that is not taken.
 */
export function contentOf(
  target: TargetFile,
  {
    root,
    crypto,
    isKept,
  }: { readonly root: Sm2Root | null; readonly crypto: TakenProfiles; readonly isKept: boolean },
): SignedContent {
  const said = target.custom[CONTENT_MEMBER];
  const isLookedAt = root !== null && isTaken('published-content', 'SM2', crypto);
  if (isLookedAt && typeof said === 'string') return besideTuf(target, root, said);
  if (!isKept && !isTaken('published-content', 'Ed25519', crypto)) {
    throw new TrustUpdateError(
      'other_profile',
      `${target.path} is not signed by a key of profile ${crypto.profile}`,
    );
  }
  return { digest: sha256Of(target), signedAtMs: null };
}

/** Throws TrustUpdateError `target_mismatch` when the bytes are not those. */
export function checkContentBytes(path: string, { digest }: SignedContent, bytes: Buffer): void {
  const isSm3 = digest.startsWith('sm3:');
  if (isSm3 && namedDigestOf('SM3', bytes) !== digest) {
    throw new TrustUpdateError('target_mismatch', `${path} is not what its signature says`);
  }
}

function besideTuf(target: TargetFile, root: Sm2Root, jws: string): SignedContent {
  const { path, length } = target;
  const signers = path.startsWith('lists/') ? root.lists : root.content;
  const read = jws.length <= JWS_CHARACTERS_MAX ? readCompactJws(jws, TYP, signers) : null;
  const payload = read?.ok ? jsonOf(read.payload, { depth: 1, entries: 8 }) : null;
  if (!Payload.Check(payload) || payload.path !== path || payload.length !== length) {
    throw new TrustUpdateError('signature', `${path} is not rightly signed beside TUF`);
  }
  return { digest: payload.digest, signedAtMs: payload.signed_at_ms };
}
