/** JT/T 1179 authorities: the CA's public-key record and the issuers' certificates (formats.md 1.3 and 1.4). */
import { joined } from '../bytes.ts';
import { type Month, mmyy } from '../calendar.ts';
import { DEFAULT_ID, type Sm2Key } from '../sm2.ts';
import { type Sm2Tamper, signLayout } from './sm2-signing.ts';

/** Registered application provider of the interoperable transit card. */
const TRANSIT_RID = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x32);

export interface TransitCa {
  readonly key: Sm2Key;
  /** 4 bytes. */
  readonly service: Uint8Array;
  readonly index: number;
  /** 144 bytes, signed by itself. */
  readonly record: Uint8Array;
}

export interface TransitCaFields {
  readonly key: Sm2Key;
  readonly service: Uint8Array;
  readonly index: number;
  readonly expires: Month;
  readonly tamper?: Sm2Tamper | undefined;
}

export function makeTransitCa(fields: TransitCaFields): TransitCa {
  const { key, service, index, expires, tamper } = fields;
  const layout = joined(
    Uint8Array.of(0x21),
    service,
    TRANSIT_RID,
    Uint8Array.of(index),
    mmyy(expires),
    Uint8Array.of(0x04, 0x11, 0x40),
    key.publicKey,
  );
  return { key, service, index, record: signLayout(layout, { key, tamper }) };
}

export interface TransitCertificateFields {
  readonly ca: TransitCa;
  /** Key the certificate is about. */
  readonly key: Sm2Key;
  /** 4 bytes. */
  readonly issuerId: Uint8Array;
  /** 3 bytes. */
  readonly serial: Uint8Array;
  readonly expires: Month;
  /** True: signed under service id ‖ CA index, as version 0x81 codes want it. */
  readonly localIds: boolean;
  readonly tamper?: Sm2Tamper | undefined;
}

/** 117 bytes. */
export function makeTransitCertificate(fields: TransitCertificateFields): Uint8Array {
  const { ca, key, issuerId, serial, expires, localIds, tamper } = fields;
  const layout = joined(
    Uint8Array.of(0x24),
    ca.service,
    Uint8Array.of(ca.index, 0x12),
    issuerId,
    mmyy(expires),
    serial,
    Uint8Array.of(0x04, 0x04, 0x00, 0x21),
    key.compressed,
  );
  return signLayout(layout, {
    key: ca.key,
    id: localIds ? joined(ca.service, Uint8Array.of(ca.index)) : DEFAULT_ID,
    // Header, service and CA index select the key and are not signed.
    covers: (bytes) => bytes.subarray(6),
    tamper,
  });
}

/** Who issues ride codes. */
export interface TransitIssuer {
  readonly key: Sm2Key;
  readonly issuerId: Uint8Array;
  /** Number of the platform that makes the codes, 4 bytes. */
  readonly codePlatform: Uint8Array;
  /** Version of the codes it issues: 0x80 interoperable, 0x81 local profile. */
  readonly version: 0x80 | 0x81;
  /** Its certificate, signed under the IDs that `version` wants. */
  readonly certificate: Uint8Array;
}
