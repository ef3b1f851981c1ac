/** SM2 certificates of chip cards (formats.md 2.1): the issuer's (tag 90) and the card's (tag 9F46). */
import { joined } from '../bytes.ts';
import { type Month, mmyy, packedDigits } from '../calendar.ts';
import type { Sm2Key } from '../sm2.ts';
import { type Sm2Tamper, signLayout } from './sm2-signing.ts';

export interface ChipSm2Ca {
  readonly alg: 'sm2';
  /** 5 bytes. */
  readonly rid: Uint8Array;
  readonly index: number;
  readonly expires: Month;
  readonly key: Sm2Key;
}

export interface ChipSm2Issuer {
  readonly alg: 'sm2';
  readonly ca: ChipSm2Ca;
  /** 3 to 8 digits that its card numbers begin with. */
  readonly digits: string;
  readonly key: Sm2Key;
  /** Tag 90, 142 bytes. */
  readonly certificate: Uint8Array;
}

export interface Sm2IssuerCertificateFields {
  readonly ca: ChipSm2Ca;
  readonly digits: string;
  readonly key: Sm2Key;
  readonly expires: Month;
  /** 3 bytes. */
  readonly serial: Uint8Array;
  readonly tamper?: Sm2Tamper | undefined;
}

export function makeSm2Issuer(fields: Sm2IssuerCertificateFields): ChipSm2Issuer {
  const { ca, digits, key, expires, serial, tamper } = fields;
  const layout = joined(
    Uint8Array.of(0x12),
    packedDigits(digits, 4),
    mmyy(expires),
    serial,
    Uint8Array.of(0x04, 0x00, 0x11, 0x40),
    key.publicKey,
  );
  return { alg: 'sm2', ca, digits, key, certificate: signLayout(layout, { key: ca.key, tamper }) };
}

export interface Sm2CardCertificateFields {
  readonly issuer: ChipSm2Issuer;
  readonly pan: string;
  readonly key: Sm2Key;
  readonly expires: Month;
  /** 3 bytes. */
  readonly serial: Uint8Array;
  /** Signed with the certificate, not part of it. */
  readonly staticData: Uint8Array;
  readonly tamper?: Sm2Tamper | undefined;
}

/** Tag 9F46, 148 bytes. */
export function makeSm2CardCertificate(fields: Sm2CardCertificateFields): Uint8Array {
  const { issuer, pan, key, expires, serial, staticData, tamper } = fields;
  const layout = joined(
    Uint8Array.of(0x14),
    packedDigits(pan, 10),
    mmyy(expires),
    serial,
    Uint8Array.of(0x04, 0x00, 0x04, 0x40),
    key.publicKey,
  );
  return signLayout(layout, { key: issuer.key, covers: (bytes) => joined(bytes, staticData), tamper });
}
