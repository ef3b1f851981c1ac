/** The trust of health certificates: document signers by key identifier, and what was proven under them. */
import { createPublicKey, hash } from 'node:crypto';
import { parseCertificate } from '../../certificates/parse.ts';
import { toHex } from '../../codecs/hex.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import { RememberedProofs } from '../remembered-proofs.ts';
import { FAMILY_NAME, type HcertAnchor } from './anchors.ts';
import { kindsOf, type Signer, signerKey } from './signer.ts';

export interface HcertTrust {
  /** By key identifier, 16 hex digits. */
  readonly signers: ReadonlyMap<string, Signer>;
  readonly remembered: RememberedProofs;
}

/** Of the SHA-256 of the certificate (EU DCC specification, volume 1, clause 3.3.2). */
export const KEY_ID_BYTES = 8;
const SECOND_MS = 1_000;

/** Throws TrustError on a certificate that cannot be used, and on a second one of the same key identifier. */
export function* loadHcertTrust(document: TrustDocument, setting: TrustSetting): Loading<HcertTrust> {
  const signers = new Map<string, Signer>();
  for (const [at, { certificateBase64, region = '' }] of anchorsOf<HcertAnchor>(document, FAMILY_NAME)) {
    const refuse = (what: string) => new TrustError(`anchors/${at}/certificateBase64: ${what}`);
    const der = Buffer.from(certificateBase64, 'base64');
    const certificate = parseCertificate(der);
    if (typeof certificate === 'string') throw refuse(`is no certificate (${certificate})`);
    const key = signerKey(certificate.key, setting.engine);
    if (typeof key === 'string') throw refuse(`the certificate ${key}`);
    const kinds = kindsOf(certificate);
    if (kinds.size === 0) throw refuse('the certificate may sign no kind of health certificate');
    const kid = toHex(hash('sha256', der, 'buffer').subarray(0, KEY_ID_BYTES));
    if (signers.has(kid)) throw refuse(`a second certificate of key identifier ${kid}`);
    if (key.algorithm === 'p256') setting.engine.prepare('p256', key.point);
    const { notBeforeMs } = certificate;
    const notAfterMs = certificate.notAfterMs + SECOND_MS - 1;
    signers.set(kid, { number: signers.size, region, notBeforeMs, notAfterMs, kinds, key });
    yield;
  }
  return { signers, remembered: new RememberedProofs(setting, 'health_certificates') };
}

/** The public key of an anchor, lower-case hex; none of a certificate that trust will refuse. */
export function hcertAnchorKeys({ certificateBase64 }: HcertAnchor): readonly string[] {
  const certificate = parseCertificate(Buffer.from(certificateBase64, 'base64'));
  if (typeof certificate === 'string') return [];
  const { algorithm, point, spki } = certificate.key;
  if (point !== null) return [toHex(point)];
  return algorithm === 'rsa' ? modulusOf(spki) : [];
}

function modulusOf(spki: Uint8Array): readonly string[] {
  try {
    const { n = '' } = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({
      format: 'jwk',
    });
    return [Buffer.from(n, 'base64url').toString('hex')];
  } catch {
    return [];
  }
}
