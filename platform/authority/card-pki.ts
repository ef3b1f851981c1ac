/** The authorities of certificates on cards: a CA at the top and one below it, of SM2 or of P-256. */

import { p256Key } from '../p256.ts';
import { seeded } from '../seed.ts';
import { sm2Key, sm3 } from '../sm2.ts';
import {
  extension,
  issueCertificate,
  issueRevocationList,
  name,
  type SigningKey,
  USAGE,
} from './certificates.ts';

export type CardPkiAlgorithm = SigningKey['algorithm'];

export interface CertificateAuthority {
  readonly key: SigningKey;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER of Name. */
  readonly subject: Uint8Array;
}

export interface CardPki {
  readonly root: CertificateAuthority;
  /** Issues to holders. */
  readonly issuing: CertificateAuthority;
  /** Lists of both, without an entry. */
  readonly lists: readonly Uint8Array[];
  /** First 6 digits of the residents' numbers that its certificates have. */
  readonly residentArea: string;
}

interface CardPkiOptions {
  readonly seed: string;
  readonly region: string;
  readonly residentArea: string;
  /** Everything is good for years around it. */
  readonly year: number;
  readonly algorithm: CardPkiAlgorithm;
}

const LABELS = { sm2: 'SM2', p256: 'P-256' } as const;
const KEY_ID_BYTES = 20;

export function makeCardPki({ seed, region, residentArea, year, algorithm }: CardPkiOptions): CardPki {
  const validity = { notBeforeMs: Date.UTC(year - 3, 0, 1), notAfterMs: Date.UTC(year + 12, 11, 31) };
  const authority = (label: string, issuer: CertificateAuthority | null): CertificateAuthority => {
    const key = signingKey(seed, `card pki ${label} ${algorithm}`, 0, algorithm);
    const subject = name({ C: 'CN', O: `Test City ${region}`, CN: `Card ${label} CA ${LABELS[algorithm]}` });
    const by = issuer ?? { key, subject };
    const certificate = issueCertificate(
      {
        serial: seeded(seed, `card pki ${label} serial ${algorithm}`, 0, 8).map((byte, i) =>
          i === 0 ? byte | 1 : byte,
        ),
        issuer: by.subject,
        subject,
        ...validity,
        key,
        extensions: [
          extension.basicConstraints(true, issuer === null ? 1 : 0),
          extension.keyUsage(USAGE.keyCertSign, USAGE.crlSign),
          extension.subjectKeyId(keyIdOf(key)),
          extension.authorityKeyId(keyIdOf(by.key)),
        ],
      },
      by.key,
    );
    return { key, certificate, subject };
  };
  const root = authority('root', null);
  const issuing = authority('issuing', root);
  const list = ({ key, subject }: CertificateAuthority) =>
    issueRevocationList(
      {
        issuer: subject,
        thisUpdateMs: validity.notBeforeMs,
        nextUpdateMs: validity.notAfterMs,
        revoked: [],
        extensions: [extension.authorityKeyId(keyIdOf(key))],
      },
      key,
    );
  return { root, issuing, lists: [list(root), list(issuing)], residentArea };
}

/** Key of a label and index. */
export function signingKey(
  seed: string,
  label: string,
  index: number,
  algorithm: CardPkiAlgorithm,
): SigningKey {
  const material = seeded(seed, label, index, 40);
  return algorithm === 'sm2' ? { algorithm, key: sm2Key(material) } : { algorithm, key: p256Key(material) };
}

export function keyIdOf({ key: { publicKey } }: SigningKey): Uint8Array {
  return sm3(publicKey).slice(0, KEY_ID_BYTES);
}
