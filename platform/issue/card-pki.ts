/** The certificate of a card and its signature over a challenge, as a reader hands them over. */
import { type CardPki, type CardPkiAlgorithm, keyIdOf, signingKey } from '../authority/card-pki.ts';
import {
  extension,
  issueCertificate,
  name,
  type SigningKey,
  signRaw,
  USAGE,
} from '../authority/certificates.ts';
import { signatureValue } from '../der.ts';
import { seeded } from '../seed.ts';

/** What `--fault` can make wrong, one thing at a time. */
export const CARD_PKI_FAULTS = [
  'wrong-signer',
  'wrong-issuer',
  'wrong-challenge',
  'expired',
  'not-yet-valid',
  'encryption-certificate',
  'no-key-usage',
  'unknown-critical-extension',
  'missing-intermediate',
  'trailing-byte',
  'bad-signature-form',
  'short-challenge',
] as const;

/** Signature file of a third-generation card: filled up with zeros. */
const FILE_BYTES = 1_020;
const DAY_MS = 86_400_000;

export interface CardPkiOptions {
  readonly seed: string;
  readonly pki: CardPki;
  readonly algorithm: CardPkiAlgorithm;
  readonly index: number;
  /** How often the card's chip was replaced. */
  readonly generation?: number;
  readonly atMs: number;
  readonly challenge: Uint8Array;
  /** One of `CARD_PKI_FAULTS`; null: nothing. */
  readonly fault?: string | null;
}

export interface CardPkiPresentation {
  readonly certificates: readonly Uint8Array[];
  readonly signature: Uint8Array;
  readonly challenge: Uint8Array;
}

/** Two of four cards hand their certificate over as a file of 1,020 bytes; every third signs in DER. */
export function cardPkiPresentation(options: CardPkiOptions): CardPkiPresentation {
  const { seed, pki, algorithm, index, generation = 0, fault } = options;
  const label =
    generation === 0 ? `card pki holder ${algorithm}` : `card pki holder ${algorithm} ${generation}`;
  const key = signingKey(seed, label, index, algorithm);
  const challenge = fault === 'short-challenge' ? options.challenge.slice(0, 15) : options.challenge;
  const certificate = holderCertificate(options, key, label);
  const signer = fault === 'wrong-signer' ? signingKey(seed, 'somebody else', index, algorithm) : key;
  const signed = fault === 'wrong-challenge' ? challenge.map((byte) => byte ^ 1) : challenge;
  const raw = signRaw(signer, signed);
  const signature =
    fault === 'bad-signature-form' ? raw.subarray(1) : index % 3 === 2 ? signatureValue(raw) : raw;
  const file = index % 4 >= 2 ? filled(certificate) : certificate;
  const leaf = fault === 'trailing-byte' ? withTrailingByte(file) : file;
  return {
    certificates: fault === 'missing-intermediate' ? [leaf] : [leaf, pki.issuing.certificate],
    signature,
    challenge,
  };
}

/** As a line of `onecard verify` has it. */
export function presentationAsBase64({ certificates, signature, challenge }: CardPkiPresentation) {
  return {
    credential: {
      certificatesBase64: certificates.map((each) => Buffer.from(each).toString('base64')),
      signatureHex: Buffer.from(signature).toString('hex'),
    },
    context: { challengeHex: Buffer.from(challenge).toString('hex') },
  };
}

function holderCertificate(
  { seed, pki, index, atMs, fault, algorithm }: CardPkiOptions,
  key: SigningKey,
  label: string,
): Uint8Array {
  const year = new Date(atMs).getUTCFullYear();
  const shiftMs = fault === 'expired' ? -3_000 * DAY_MS : fault === 'not-yet-valid' ? 3_000 * DAY_MS : 0;
  const usages =
    fault === 'encryption-certificate'
      ? [USAGE.keyEncipherment, USAGE.dataEncipherment]
      : [USAGE.digitalSignature, USAGE.nonRepudiation];
  const issuer = fault === 'wrong-issuer' ? signingKey(seed, 'no CA', 0, algorithm) : pki.issuing.key;
  return issueCertificate(
    {
      serial: Uint8Array.of(0x40, ...seeded(seed, `${label} serial`, index, 9)),
      issuer: pki.issuing.subject,
      subject: name({
        C: 'CN',
        O: 'Test City',
        CN: `Holder ${index}`,
        serialNumber: residentNumber(pki.residentArea, index),
      }),
      notBeforeMs: Date.UTC(year - 1, 0, 1) + shiftMs,
      notAfterMs: Date.UTC(year + 4, 11, 31) + shiftMs,
      key,
      extensions: [
        ...(fault === 'no-key-usage' ? [] : [extension.keyUsage(...usages)]),
        extension.subjectKeyId(keyIdOf(key)),
        extension.authorityKeyId(keyIdOf(pki.issuing.key)),
        ...(fault === 'unknown-critical-extension'
          ? [{ oid: '1.2.156.112599.99', critical: true, value: Uint8Array.of(5, 0) }]
          : []),
      ],
    },
    issuer,
  );
}

/** A number of the form of GB 11643 that nobody has: no area begins with 1000. */
function residentNumber(area: string, index: number): string {
  const body = `${area}19800101${String(index % 1_000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(body[i]), 0);
  return body + '10X98765432'[sum % 11];
}

function filled(certificate: Uint8Array): Uint8Array {
  if (certificate.length > FILE_BYTES)
    throw new RangeError(`a certificate fits no file of ${FILE_BYTES} bytes`);
  const file = new Uint8Array(FILE_BYTES);
  file.set(certificate);
  return file;
}

function withTrailingByte(file: Uint8Array): Uint8Array {
  if (file.length !== FILE_BYTES) return Uint8Array.of(...file, 0);
  const changed = file.slice();
  changed[FILE_BYTES - 1] = 1;
  return changed;
}
