/** Signature algorithms of COSE: IANA registry "COSE Algorithms" (RFC 9053, RFC 9864). */
import type { CoseCurve } from './key.ts';

export interface CoseAlgorithm {
  readonly name: string;
  /** Curves whose keys may sign with it; none: RSA. */
  readonly curves: readonly CoseCurve[];
  /** Of the message; null where the algorithm takes it as it is. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null;
}

/**
 * RFC 9053 clause 2.1 leaves the curve of ES256, ES384 and ES512 open, and ISO/IEC 18013-5 table 22 names these for each. The others
 * name one.
 */
const ALGORITHMS: ReadonlyMap<number, CoseAlgorithm> = new Map<number, CoseAlgorithm>([
  [-7, { name: 'ES256', curves: ['p256', 'brainpoolP256r1'], digest: 'sha256' }],
  [-35, { name: 'ES384', curves: ['p384', 'brainpoolP320r1', 'brainpoolP384r1'], digest: 'sha384' }],
  [-36, { name: 'ES512', curves: ['p521', 'brainpoolP512r1'], digest: 'sha512' }],
  [-8, { name: 'EdDSA', curves: ['ed25519'], digest: null }],
  [-9, { name: 'ESP256', curves: ['p256'], digest: 'sha256' }],
  [-51, { name: 'ESP384', curves: ['p384'], digest: 'sha384' }],
  [-52, { name: 'ESP512', curves: ['p521'], digest: 'sha512' }],
  [-19, { name: 'Ed25519', curves: ['ed25519'], digest: null }],
  [-265, { name: 'ESB256', curves: ['brainpoolP256r1'], digest: 'sha256' }],
  [-266, { name: 'ESB320', curves: ['brainpoolP320r1'], digest: 'sha384' }],
  [-267, { name: 'ESB384', curves: ['brainpoolP384r1'], digest: 'sha384' }],
  [-268, { name: 'ESB512', curves: ['brainpoolP512r1'], digest: 'sha512' }],
  [-37, { name: 'PS256', curves: [], digest: 'sha256' }],
]);

/** Undefined where it is no signature algorithm that is known here: a MAC is none. */
export function coseAlgorithm(algorithm: number | string | null): CoseAlgorithm | undefined {
  return typeof algorithm === 'number' ? ALGORITHMS.get(algorithm) : undefined;
}
