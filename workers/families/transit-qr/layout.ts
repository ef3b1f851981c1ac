/**
 * JT/T 1179 ride code and issuer certificate: where each field lies. Offsets are in bytes from the start of the whole
 * code; those after the custom field of N bytes move by N.
 */

/** Fields 3 to 17 without a custom field; the length field counts these. */
export const BODY_BYTES_MIN = 329;
export const CUSTOM_FIELD_BYTES_MAX = 32;
/** Version and length field, which the length field does not count. */
export const HEADER_BYTES = 3;
export const CODE_BYTES_MAX = HEADER_BYTES + BODY_BYTES_MIN + CUSTOM_FIELD_BYTES_MAX;

export const INTEROPERABLE_VERSION = 0x80;
/** Same layout; the signatures bind other distinguishing IDs (`profile.ts`). */
export const LOCAL_VERSION = 0x81;

/** Field 15 and field 17 are `15` ‖ r ‖ s. */
export const SIGNATURE_MARK = 0x15;

const CERTIFICATE_OFFSET = 3;
const CERTIFICATE_BYTES = 117;

/** Where fields begin and end that are read without cutting the code. */
export const CERTIFICATE_SERIAL = { start: 16, end: 19 } as const;
export const USER_ACCOUNT = { start: 136, end: 146 } as const;
export const ISSUER_CODE = { start: 146, end: 150 } as const;
export const PLATFORM_CODE = { start: 150, end: 154 } as const;
export const ACCOUNT_TYPE_AT = 154;

/** The ride code, fields in the order of the standard. Byte fields are views of the code. */
export interface RideCode {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly certificate: IssuerCertificate;
  readonly paymentAccount: Uint8Array;
  readonly userAccount: Uint8Array;
  readonly issuerCode: Uint8Array;
  readonly platformCode: Uint8Array;
  readonly accountType: number;
  readonly limitFen: number;
  /** Compressed SM2 point, 33 bytes. */
  readonly userKey: Uint8Array;
  readonly authorisationExpiryMs: number;
  readonly validityMs: number;
  /** Fields 3 to 14, which the issuer signed. */
  readonly authorised: Uint8Array;
  /** `15` ‖ r ‖ s. */
  readonly authorisationSignature: Uint8Array;
  readonly generatedMs: number;
  /** Fields 1 to 16, which the user signed. */
  readonly userSigned: Uint8Array;
  /** `15` ‖ r ‖ s. */
  readonly userSignature: Uint8Array;
}

/** Field 3. Header, service id and CA index are not signed: they choose a key and claim nothing. */
export interface IssuerCertificate {
  readonly bytes: Uint8Array;
  readonly header: number;
  readonly serviceId: Uint8Array;
  readonly caIndex: number;
  readonly format: number;
  readonly issuerId: Uint8Array;
  /** MMYY, BCD. */
  readonly expiry: Uint8Array;
  readonly serial: Uint8Array;
  readonly signatureAlgorithm: number;
  readonly encryptionAlgorithm: number;
  readonly keyLength: number;
  /** Compressed SM2 point, 33 bytes. */
  readonly key: Uint8Array;
  /** Format to key, which the CA signed. */
  readonly signed: Uint8Array;
  /** r ‖ s without a mark. */
  readonly signature: Uint8Array;
}

/** Where fields 3 to 15 end, in a code of the right size: before the generation time. */
export function authorisedEnd(bytes: Uint8Array): number {
  return 198 + (bytes[197] as number) + 1 + 64;
}

/** Field 16, which lies at `offset`. */
export function generatedMsAt(bytes: Uint8Array, offset: number): number {
  return number32At(bytes, offset) * 1000;
}

/** Field 9. */
export function limitFenOf(bytes: Uint8Array): number {
  return ((bytes[155] as number) << 16) | ((bytes[156] as number) << 8) | (bytes[157] as number);
}

/** Field 11. */
export function authorisationExpiryMsOf(bytes: Uint8Array): number {
  return number32At(bytes, 191) * 1000;
}

/** Field 12. */
export function validityMsOf(bytes: Uint8Array): number {
  return (((bytes[195] as number) << 8) | (bytes[196] as number)) * 1000;
}

function number32At(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
  const low = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);
  return high * 0x10000 + low;
}

/** Cuts a code into fields. Throws RangeError unless the caller has checked its size: 332 + N bytes. */
export function cutRideCode(bytes: Uint8Array): RideCode {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const customBytes = view.getUint8(197);
  if (bytes.length !== HEADER_BYTES + BODY_BYTES_MIN + customBytes) {
    throw new RangeError('the size of a ride code must be checked before it is cut');
  }
  const end = 198 + customBytes;
  return {
    bytes,
    version: view.getUint8(0),
    certificate: cutCertificate(certificateOf(bytes)),
    paymentAccount: bytes.subarray(120, 136),
    userAccount: bytes.subarray(USER_ACCOUNT.start, USER_ACCOUNT.end),
    issuerCode: bytes.subarray(ISSUER_CODE.start, ISSUER_CODE.end),
    platformCode: bytes.subarray(PLATFORM_CODE.start, PLATFORM_CODE.end),
    accountType: view.getUint8(ACCOUNT_TYPE_AT),
    limitFen: limitFenOf(bytes),
    userKey: bytes.subarray(158, 191),
    authorisationExpiryMs: authorisationExpiryMsOf(bytes),
    validityMs: validityMsOf(bytes),
    authorised: bytes.subarray(3, end),
    authorisationSignature: bytes.subarray(end, end + 65),
    generatedMs: view.getUint32(end + 65) * 1000,
    userSigned: bytes.subarray(0, end + 69),
    userSignature: bytes.subarray(end + 69, end + 134),
  };
}

/** Field 3. */
export function certificateOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(CERTIFICATE_OFFSET, CERTIFICATE_OFFSET + CERTIFICATE_BYTES);
}

function cutCertificate(bytes: Uint8Array): IssuerCertificate {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    bytes,
    header: view.getUint8(0),
    serviceId: bytes.subarray(1, 5),
    caIndex: view.getUint8(5),
    format: view.getUint8(6),
    issuerId: bytes.subarray(7, 11),
    expiry: bytes.subarray(11, 13),
    serial: bytes.subarray(13, 16),
    signatureAlgorithm: view.getUint8(16),
    encryptionAlgorithm: view.getUint8(17),
    keyLength: view.getUint8(19),
    key: bytes.subarray(20, 53),
    signed: bytes.subarray(6, 53),
    signature: bytes.subarray(53, 117),
  };
}
