/** Whether the status lists and roots that trust names can be used: what the shape of the document cannot say. */
import { createPublicKey } from 'node:crypto';
import { parseCertificate } from '../certificates/parse.ts';
import { readPemCertificate } from '../certificates/pem.ts';
import type { SignatureEngine } from '../engine/job.ts';
import type { StatusListKey, StatusListSource, StatusRoot, TrustDocument } from './document.ts';
import { TrustError } from './error.ts';

/**
 * Throws TrustError unless every uri names one list, every key is a point of its curve, a second one is of SM2, every root is a certificate, and every
 * list without a key has a root of its region.
 */
export function checkStatusLists(
  { statusLists = [], statusRoots = [] }: Pick<TrustDocument, 'statusLists' | 'statusRoots'>,
  engine: Pick<SignatureEngine, 'isOnCurve'>,
): void {
  for (const [i, root] of statusRoots.entries()) checkRoot(root, `statusRoots/${i}`);
  const seen = new Set<string>();
  for (const [i, source] of statusLists.entries()) {
    const at = `statusLists/${i}`;
    if (seen.has(source.uri)) throw unusable(at, 'its uri is named twice');
    seen.add(source.uri);
    checkSource(source, statusRoots, at);
    if (source.keyJwk !== undefined) checkKey(source.keyJwk, engine, at);
    if (source.sm2KeyJwk === undefined) continue;
    if (source.keyJwk === undefined || source.keyJwk.crv === 'SM2')
      throw unusable(at, 'a key of SM2 (sm2KeyJwk) stands beside one of another kind (keyJwk)');
    if (source.uri.includes('?')) throw unusable(at, 'with two keys its uri has no query');
    checkKey(source.sm2KeyJwk, engine, at);
  }
}

function checkSource(
  { uri, keyJwk, region }: StatusListSource,
  roots: readonly StatusRoot[],
  at: string,
): void {
  if (!isPlainUrl(uri)) throw unusable(at, 'its uri is no address without user, password and fragment');
  if (keyJwk === undefined && !roots.some((root) => root.region === region)) {
    throw unusable(at, 'it has no key (keyJwk), and no status root is of its region');
  }
}

/** node:crypto reads no JWK of SM2. */
function checkKey(key: StatusListKey, { isOnCurve }: Pick<SignatureEngine, 'isOnCurve'>, at: string): void {
  try {
    if (key.crv !== 'SM2') createPublicKey({ key, format: 'jwk' });
    else if (!isOnCurve('sm2', Buffer.concat([key.x, key.y].map((each) => Buffer.from(each, 'base64url'))))) {
      throw new RangeError('it is no point of the curve');
    }
  } catch (cause) {
    throw unusable(at, 'its key is not a public key', cause);
  }
}

function checkRoot({ certificatePem }: StatusRoot, at: string): void {
  const bytes = readPemCertificate(certificatePem);
  if (bytes === null) throw unusable(at, 'it is no certificate in PEM');
  const certificate = parseCertificate(bytes);
  if (typeof certificate === 'string') throw unusable(at, `it is no certificate in DER (${certificate})`);
}

function isPlainUrl(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { username, password } = new URL(uri);
  return username === '' && password === '' && !uri.includes('#');
}

function unusable(at: string, what: string, cause?: unknown): TrustError {
  return new TrustError(`the trust document is not usable:\n  ${at}: ${what}`, { cause });
}
