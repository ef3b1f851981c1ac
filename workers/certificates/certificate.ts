/** An X.509 version 3 certificate (RFC 5280 clause 4.1), read. Byte strings are views of the certificate's own bytes. */
import type { PublicKey } from './public-key.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

export interface Certificate {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** What is signed: the DER of TBSCertificate. */
  readonly tbs: Uint8Array;
  /** 1 to 3. Only version 3 has extensions. */
  readonly version: number;
  /** Contents of the INTEGER, as they are: a leading zero where the first bit would be 1, negative ones too. */
  readonly serial: Uint8Array;
  /** DER of Name. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  /** The last second counts whole (RFC 5280 clause 4.1.2.5), so compare with `>`. */
  readonly notAfterMs: number;
  readonly key: PublicKey;
  /** Null: none that is known here; no signature under it is good. */
  readonly signatureAlgorithm: SignatureAlgorithm | null;
  /** Contents of the BIT STRING: DER for ECDSA and SM2. */
  readonly signature: Uint8Array;
  readonly extensions: Extensions;
}

export interface Extension {
  /** Dotted. */
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the OCTET STRING. */
  readonly value: Uint8Array;
}

/** Null, and empty lists: the certificate has no such extension. */
export interface Extensions {
  /** All, in order; those that are not named below were not looked into. */
  readonly all: readonly Extension[];
  /** Identifiers of the critical ones that nothing here understands: whoever does not either must refuse (4.2). */
  readonly unknownCritical: readonly string[];
  readonly basicConstraints: BasicConstraints | null;
  /** Bits of `KEY_USAGE`. */
  readonly keyUsage: number | null;
  /** Dotted. */
  readonly extKeyUsage: readonly string[] | null;
  readonly subjectKeyId: Uint8Array | null;
  readonly authorityKeyId: AuthorityKeyId | null;
  readonly subjectAltNames: readonly GeneralName[] | null;
  readonly issuerAltNames: readonly GeneralName[] | null;
  readonly nameConstraints: NameConstraints | null;
  /** Dotted. */
  readonly policies: readonly string[] | null;
  readonly policyMappings: readonly PolicyMapping[] | null;
  readonly policyConstraints: PolicyConstraints | null;
  readonly inhibitAnyPolicy: number | null;
  /** URIs of the full names of all distribution points; a point without one adds nothing. */
  readonly crlDistributionPoints: readonly string[] | null;
}

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLen: number | null;
}

export interface AuthorityKeyId {
  readonly keyId: Uint8Array | null;
  readonly namesIssuer: boolean;
  readonly namesSerial: boolean;
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface PolicyMapping {
  readonly issuerDomain: string;
  readonly subjectDomain: string;
}

export interface PolicyConstraints {
  readonly requireExplicit: number | null;
  readonly inhibitMapping: number | null;
}

/** Clause 4.2.1.6; `tag`: one of `GENERAL_NAME`, or another number of the CHOICE. */
export interface GeneralName {
  readonly tag: number;
  /** Of a directory name the DER of Name, of others the contents octets. */
  readonly value: Uint8Array;
}

export const GENERAL_NAME = { otherName: 0, email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/** Clause 4.2.1.3: bit 0 of the BIT STRING is the lowest here. */
export const KEY_USAGE = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  crlSign: 64,
  encipherOnly: 128,
  decipherOnly: 256,
} as const;

/** The extension of this dotted identifier. */
export function extensionOf({ extensions }: Certificate, oid: string): Extension | undefined {
  return extensions.all.find((extension) => extension.oid === oid);
}

/** Whether an instant is within the validity, both ends included (clause 4.1.2.5). */
export function isInValidity({ notBeforeMs, notAfterMs }: Certificate, atMs: number): boolean {
  return atMs >= notBeforeMs && atMs < notAfterMs + 1_000;
}
