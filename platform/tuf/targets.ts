/** What a repository offers for download: bytes in memory or a file on disk, named by content (clause 6.2). */
import { createHash } from 'node:crypto';
import { TargetFile } from '@tufjs/models';

/** A target that stays on disk, for it may be as large as a city's card list. Whoever gives it keeps it unchanged. */
export interface FileTarget {
  readonly file: string;
  /** Bytes. */
  readonly length: number;
  /** 64 hex digits. */
  readonly sha256: string;
  /** SM3, 64 hex digits. */
  readonly sm3: string;
}

export type TargetContent = { readonly bytes: Uint8Array } | FileTarget;

const TARGET_PATH =
  /^(?:trust\.json|city\.json|sm2-roots\.json|lists\/(?:named\/)?[a-z0-9][a-z0-9._-]{0,99})$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** `custom`: what is said of it beside TUF (clause 4.5). Throws RangeError when a path is not one of those of the repository, or a length or digest cannot be right. */
export function describeTarget(
  path: string,
  content: Uint8Array | FileTarget,
  custom: Readonly<Record<string, string>> | null = null,
): TargetFile {
  if (!TARGET_PATH.test(path)) throw new RangeError('no target may have this path');
  const length = content instanceof Uint8Array ? content.byteLength : content.length;
  const sha256 =
    content instanceof Uint8Array ? createHash('sha256').update(content).digest('hex') : content.sha256;
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError('a length is a whole number from 0');
  if (!SHA256_HEX.test(sha256)) throw new RangeError('a SHA-256 is 64 hex digits');
  return new TargetFile({
    path,
    length,
    hashes: { sha256 },
    ...(custom && { unrecognizedFields: { custom } }),
  });
}

/** `DIR/HASH.NAME` for `DIR/NAME`. */
export function hashedPath({ path, hashes }: TargetFile): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}${hashes['sha256'] ?? ''}.${path.slice(slash)}`;
}
