/** Reads the bytes of a ride code: sizes first, then every field whose value the format limits. */
import type { Code } from '../../../config/codes.ts';
import type { CheckList } from '../check-list.ts';
import {
  BODY_BYTES_MIN,
  CODE_BYTES_MAX,
  CUSTOM_FIELD_BYTES_MAX,
  cutRideCode,
  HEADER_BYTES,
  INTEROPERABLE_VERSION,
  type IssuerCertificate,
  LOCAL_VERSION,
  type RideCode,
  SIGNATURE_MARK,
} from './layout.ts';

/** The fields, or null when a check failed; `list` then names it. Never throws. */
export function readRideCode(bytes: Uint8Array, list: CheckList): RideCode | null {
  if (!hasItsSize(bytes, list)) return null;
  const code = cutRideCode(bytes);
  return fieldsAreAllowed(code, list) && certificateIsAllowed(code.certificate, list) ? code : null;
}

/** Whether every check of sizes holds, without naming one. */
export function sizeIsRight(bytes: Uint8Array): boolean {
  const bodyBytes = ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  return (
    sizeFault(bytes.length) === null &&
    versionFault(bytes[0] ?? 0) === null &&
    lengthFault(bodyBytes) === null &&
    endFault(bytes.length, HEADER_BYTES + bodyBytes) === null &&
    bytes[197] === bodyBytes - BODY_BYTES_MIN
  );
}

function hasItsSize(bytes: Uint8Array, list: CheckList): boolean {
  const bodyBytes = ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  return (
    list.judge('code.size', sizeFault(bytes.length)) &&
    // Before the lengths: another version may be laid out in another way.
    list.judge('code.version', versionFault(bytes[0] ?? 0)) &&
    list.judge('code.length', lengthFault(bodyBytes)) &&
    list.judge('code.end', endFault(bytes.length, HEADER_BYTES + bodyBytes)) &&
    list.require('custom_field.length', 'credential.malformed', bytes[197] === bodyBytes - BODY_BYTES_MIN)
  );
}

function sizeFault(size: number): Code | null {
  if (size > CODE_BYTES_MAX) return 'credential.oversized';
  return size < HEADER_BYTES ? 'credential.truncated' : null;
}

function versionFault(version: number): Code | null {
  if (version < INTEROPERABLE_VERSION) return 'credential.malformed';
  return version > LOCAL_VERSION ? 'credential.version_unsupported' : null;
}

function lengthFault(bodyBytes: number): Code | null {
  if (bodyBytes < BODY_BYTES_MIN) return 'credential.malformed';
  return bodyBytes > BODY_BYTES_MIN + CUSTOM_FIELD_BYTES_MAX ? 'credential.oversized' : null;
}

function endFault(size: number, expected: number): Code | null {
  if (size < expected) return 'credential.truncated';
  return size > expected ? 'credential.trailing' : null;
}

function fieldsAreAllowed(code: RideCode, list: CheckList): boolean {
  const allowed = (check: string, ok: boolean) => list.require(check, 'credential.malformed', ok);
  return (
    allowed('payment_account', isPaddedText(code.paymentAccount)) &&
    allowed(
      'user_account',
      code.userAccount.some((byte) => byte !== 0xff),
    ) &&
    // A code that is good for no time at all is a mistake of its issuer, not a stale code.
    allowed('code.validity', code.validityMs > 0) &&
    allowed('authorisation.signature_mark', code.authorisationSignature[0] === SIGNATURE_MARK) &&
    allowed('user.signature_mark', code.userSignature[0] === SIGNATURE_MARK)
  );
}

/**
 * The parameter byte (offset 18) is not looked at: public certificates carry 00 and 20 there without it meaning another
 * curve, and it is under the CA's signature.
 */
function certificateIsAllowed(certificate: IssuerCertificate, list: CheckList): boolean {
  const { header, format, signatureAlgorithm, encryptionAlgorithm, keyLength } = certificate;
  return (
    list.require('certificate.header', 'credential.malformed', header === 0x24) &&
    list.require('certificate.format', 'credential.malformed', format === 0x12) &&
    list.require(
      'certificate.signature_algorithm',
      'credential.algorithm_unsupported',
      signatureAlgorithm === 4,
    ) &&
    list.require(
      'certificate.encryption_algorithm',
      'credential.algorithm_unsupported',
      encryptionAlgorithm === 4,
    ) &&
    list.require('certificate.key_length', 'credential.malformed', keyLength === 33)
  );
}

/** Format `ans` (EMV Book 3 clause 4.3): printable ASCII, left justified, padded with zero bytes. */
function isPaddedText(field: Uint8Array): boolean {
  const end = field.indexOf(0);
  const text = end < 0 ? field : field.subarray(0, end);
  return (
    text.every((byte) => byte >= 0x20 && byte <= 0x7e) && field.subarray(text.length).every((b) => b === 0)
  );
}
