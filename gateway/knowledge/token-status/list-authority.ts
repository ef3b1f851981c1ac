/** Whose word a list is: one key that trust names for it, or whoever a status root vouches for. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../../workers/certificates/certificate.ts';
import { KEY_USAGE } from '../../../workers/certificates/certificate.ts';
import { parseCertificate } from '../../../workers/certificates/parse.ts';
import { BASIC } from '../../../workers/certificates/path-profile.ts';
import { ANY_PATH } from '../../../workers/certificates/path-validation.ts';
import { readPemCertificate } from '../../../workers/certificates/pem.ts';
import { pinnedOrPath } from '../../../workers/certificates/pinned-path.ts';
import { holds, signedBy } from '../../../workers/certificates/signature-check.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import type { StatusListSource, StatusRoot } from '../../../workers/trust/document.ts';
import { keyText, type ListSigner, listSigner } from './status-list-key.ts';
import { TokenStatusError } from './token-status-error.ts';

export interface ListAuthority {
  /** Another authority has another: a list is good only under the one that verified it. */
  readonly id: string;
  /** Null: whoever the roots vouch for. */
  readonly pinned: ListSigner | null;
  readonly roots: readonly Certificate[];
}

/** The key that a token is signed with. */
export interface TokenSigner {
  readonly algorithm: ListAlgorithm;
  readonly publicKey: KeyObject;
  /** Until when its certificates are good, milliseconds since 1970 UTC; infinite without certificates. */
  readonly untilMs: number;
}

/** No MAC is among them: whoever can verify one can make one. */
export type ListAlgorithm = ListSigner['algorithm'] | 'ES384' | 'ES512';

/** For certificates, a few an hour: the native engine is for taps. */
const engine = createPortableEngine();
const CERTIFICATES_MAX = 4;

/** Roots speak for lists of their own region only. */
function rootsOf({ region }: StatusListSource, roots: readonly StatusRoot[]): readonly StatusRoot[] {
  return roots.filter((root) => root.region === region);
}

/** As in `ListAuthority`, without reading a certificate. */
export function authorityId(source: StatusListSource, roots: readonly StatusRoot[]): string {
  if (source.keyJwk !== undefined) return keyText(source.keyJwk);
  return JSON.stringify(rootsOf(source, roots).map(({ certificatePem }) => certificatePem));
}

/** Throws on a key or a certificate that is none; trust with such a one is refused before. */
export function authorityOf(source: StatusListSource, roots: readonly StatusRoot[]): ListAuthority {
  const id = authorityId(source, roots);
  if (source.keyJwk !== undefined) return { id, pinned: listSigner(source.keyJwk), roots: [] };
  return {
    id,
    pinned: null,
    roots: rootsOf(source, roots).map(({ certificatePem }) => {
      const certificate = parseCertificate(readPemCertificate(certificatePem) ?? new Uint8Array());
      if (typeof certificate === 'string') throw new TypeError(`a status root: ${certificate}`);
      return certificate;
    }),
  };
}

const ALGORITHMS: Readonly<Record<string, ListAlgorithm>> = {
  p256: 'ES256',
  p384: 'ES384',
  p521: 'ES512',
  ed25519: 'EdDSA',
  sm2: 'SGD_SM3_SM2',
};

/**
 * `chain`: certificates of the token, DER, the signer's first; not looked at where the key is pinned. Throws TokenStatusError
 * `certificate`, or `algorithm` where the signer's key is for none that is known here.
 */
export function signerOf(
  { pinned, roots }: ListAuthority,
  chain: readonly Uint8Array[],
  atMs: number,
): TokenSigner {
  if (pinned !== null) {
    const { algorithm, publicKey } = pinned;
    return { algorithm, publicKey, untilMs: Number.POSITIVE_INFINITY };
  }
  const path = pathOf(chain, roots, atMs);
  const { algorithm, spki } = (path[0] as Certificate).key;
  const named = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (named === undefined) throw new TokenStatusError('algorithm', 'the signer has no key of a known kind');
  const untilMs = Math.min(...path.map(({ notAfterMs }) => notAfterMs));
  try {
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return { algorithm: named, publicKey, untilMs };
  } catch (cause) {
    throw new TokenStatusError('certificate', "the signer's key is no public key", { cause });
  }
}

function pathOf(
  chain: readonly Uint8Array[],
  anchors: readonly Certificate[],
  atMs: number,
): readonly Certificate[] {
  const refused = (code: string) => new TokenStatusError('certificate', `the signer's certificates: ${code}`);
  if (chain.length === 0 || chain.length > CERTIFICATES_MAX) throw refused(`there are ${chain.length}`);
  const certificates = chain.map((der) => {
    const certificate = parseCertificate(der);
    if (typeof certificate === 'string') throw refused(certificate);
    return certificate;
  });
  const [leaf, ...intermediates] = certificates as [Certificate, ...Certificate[]];
  const rules = { ...ANY_PATH, profile: BASIC, atMs, keyUsage: KEY_USAGE.digitalSignature };
  const path = pinnedOrPath({ leaf, intermediates, anchors }, rules, (certificate, issuer) =>
    holds(engine, signedBy(certificate, issuer.key)),
  );
  if (typeof path === 'string') throw refused(path);
  return path;
}
