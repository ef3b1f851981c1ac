/** Whether the keys of status that trust names can be used: what the shape of the document cannot say. */
import { parseCertificate } from '../certificates/parse.ts';
import { readPemCertificate } from '../certificates/pem.ts';
import type { SignatureEngine } from '../engine/job.ts';
import { familyNamed } from '../families/table.ts';
import type { StatusEncryptionKey, StatusKey, StatusRoot, TrustDocument } from './document.ts';
import { TrustError } from './error.ts';

/**
 * Throws TrustError unless every name and every key is there once, every key is a point of its curve, and none of them
 * is a key that issues credentials or signs lists: whoever holds one of those must not speak for the platform.
 */
export function checkStatusKeys(
  document: TrustDocument,
  { isOnCurve }: Pick<SignatureEngine, 'isOnCurve'>,
): void {
  const { statusKeys = [], statusEncryptionKeys = [] } = document;
  const others = keysOfOthers(document);
  const seen = new Set<string>();
  const check = (what: string, keys: readonly (StatusKey | StatusEncryptionKey)[]) => {
    for (const [i, { kid, keyJwk }] of keys.entries()) {
      const at = `${what}/${i}`;
      const point = pointOf(keyJwk);
      if (seen.has(`kid ${kid}`)) throw unusable(at, 'its kid is named twice');
      if (seen.has(point)) throw unusable(at, 'its key is named twice');
      seen.add(`kid ${kid}`).add(point);
      if (others.some((key) => key.includes(point))) {
        throw unusable(at, 'its key issues credentials or signs lists as well');
      }
      if (!isOnCurve(keyJwk.crv === 'SM2' ? 'sm2' : 'p256', Buffer.from(point, 'hex'))) {
        throw unusable(at, 'its key is not a public key');
      }
    }
  };
  check('statusKeys', statusKeys);
  check('statusEncryptionKeys', statusEncryptionKeys);
}

/** Everything in the document that is, or holds, a public key of another purpose, in lower-case hex. */
function keysOfOthers({ anchors, statusLists = [], statusRoots = [] }: TrustDocument): string[] {
  return [
    ...anchors.flatMap((anchor) => familyNamed(anchor.family)?.anchorKeys(anchor) ?? []),
    ...statusLists
      .flatMap(({ keyJwk, sm2KeyJwk }) => [keyJwk, sm2KeyJwk])
      .map((key) => (key !== undefined && 'y' in key ? pointOf(key) : '')),
    ...statusRoots.map(keyOfRoot),
  ].map((text) => text.toLowerCase());
}

/** What its key is made of; the document's lists and roots were checked before. */
function keyOfRoot({ certificatePem }: StatusRoot): string {
  const certificate = parseCertificate(readPemCertificate(certificatePem) ?? new Uint8Array());
  return typeof certificate === 'string' ? '' : Buffer.from(certificate.key.bits).toString('hex');
}

/** X and Y in hex, as anchors have them. */
function pointOf({ x, y }: { readonly x: string; readonly y: string }): string {
  return Buffer.from(x, 'base64url').toString('hex') + Buffer.from(y, 'base64url').toString('hex');
}

function unusable(at: string, what: string): TrustError {
  return new TrustError(`the trust document is not usable:\n  ${at}: ${what}`);
}
