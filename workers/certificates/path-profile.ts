/** What a profile of X.509 asks of each certificate of a path, whatever stands above and below it. */
import type { Code } from '../../config/codes.ts';
import { type Certificate, KEY_USAGE } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { isEmptyName } from './names.ts';
import { isSelfIssued } from './policies.ts';

/** `leaf`: at the end of the path; `ca`: between; `anchor`: trusted, and given as a certificate. */
export type Place = 'leaf' | 'ca' | 'anchor';

export interface PathProfile {
  readonly name: string;
  /** Null: as the profile wants it. */
  fault(certificate: Certificate, place: Place): Code | null;
}

const SERIAL_BYTES_MAX = 20;
/** As signatures of shorter ones are not taken (`signature-check.ts`). */
const RSA_BITS_MIN = 2_048;
const PROFILE: Code = 'trust.certificate_profile';

/**
 * What validation needs and no more: certificates in the field leave out much of what RFC 5280 asks of those who issue them.
 * Every profile holds this.
 */
export const BASIC: PathProfile = { name: 'basic', fault: basicFault };

/** All that RFC 5280 asks of an issuer (clause 4), to the letter. */
export const RFC5280: PathProfile = {
  name: 'rfc5280',
  fault: (certificate, place) => basicFault(certificate, place) ?? rfcFault(certificate, place, true),
};

/** The Baseline Requirements of the CA/Browser Forum for servers of the Web (clause 7.1.2), as far as x509-limbo tries them. */
export const WEB_PKI: PathProfile = {
  name: 'webpki',
  fault: (certificate, place) =>
    basicFault(certificate, place) ?? rfcFault(certificate, place, false) ?? webFault(certificate, place),
};

function basicFault({ version, extensions, key }: Certificate, place: Place): Code | null {
  const { basicConstraints, keyUsage, nameConstraints, unknownCritical } = extensions;
  if (unknownCritical.length > 0) return 'trust.critical_extension';
  if (key.algorithm === 'unknown') return 'credential.algorithm_unsupported';
  if (key.algorithm === 'rsa' && key.modulusBits < RSA_BITS_MIN) return 'key.too_short';
  if (version !== 3) return PROFILE;
  const ca = basicConstraints?.ca === true;
  const signs = keyUsage === null || (keyUsage & KEY_USAGE.keyCertSign) !== 0;
  if (place !== 'leaf') return ca && signs ? null : 'trust.not_a_ca';
  // 4.2.1.3, 4.2.1.9, 4.2.1.10: these are for CAs.
  const saysCertSign = keyUsage !== null && signs;
  if ((!ca && saysCertSign) || (ca && !signs)) return PROFILE;
  return !ca && nameConstraints !== null ? PROFILE : null;
}

/** `namesCritical`: name constraints have to be critical (4.2.1.10), which the Web does not ask. */
function rfcFault(certificate: Certificate, place: Place, namesCritical: boolean): Code | null {
  const { extensions, serial, issuer, subject } = certificate;
  const { authorityKeyId, subjectKeyId, basicConstraints, keyUsage } = extensions;
  const isCritical = (oid: string) => extensions.all.some((each) => each.critical && each.oid === oid);
  const ca = basicConstraints?.ca === true;
  const faults = [
    !isPositive(serial) || serial.length > SERIAL_BYTES_MAX + (serial[0] === 0 ? 1 : 0),
    isEmptyName(issuer),
    isCritical(EXTENSION.authorityKeyId) || isCritical(EXTENSION.subjectKeyId),
    authorityKeyId?.keyId == null && !isSelfIssued(certificate),
    isCritical(EXTENSION.authorityInformation),
    isEmptyName(subject) && (ca || !isCritical(EXTENSION.subjectAltName)),
    ca && (subjectKeyId === null || !isCritical(EXTENSION.basicConstraints)),
    place !== 'leaf' && keyUsage === null,
    basicConstraints !== null && !ca && basicConstraints.pathLen !== null,
    namesCritical && extensions.nameConstraints !== null && !isCritical(EXTENSION.nameConstraints),
    extensions.policyConstraints !== null && !isCritical(EXTENSION.policyConstraints),
    extensions.inhibitAnyPolicy !== null && !isCritical(EXTENSION.inhibitAnyPolicy),
  ];
  return faults.includes(true) ? PROFILE : null;
}

const ANY_PURPOSE = '2.5.29.37.0';

function webFault({ extensions, subject, key }: Certificate, place: Place): Code | null {
  const { authorityKeyId, subjectKeyId, extKeyUsage, subjectAltNames, basicConstraints } = extensions;
  const isCritical = (oid: string) => extensions.all.some((each) => each.critical && each.oid === oid);
  if (key.modulusBits % 8 !== 0) return PROFILE;
  if (place === 'anchor') {
    const { keyId = null, namesIssuer = false, namesSerial = false } = authorityKeyId ?? {};
    const named = authorityKeyId === null || (keyId !== null && !namesIssuer && !namesSerial);
    const itself = keyId === null || (subjectKeyId !== null && Buffer.compare(keyId, subjectKeyId) === 0);
    return named && itself && extKeyUsage === null ? null : PROFILE;
  }
  if (place === 'ca') return null;
  const faults = [
    extKeyUsage === null || extKeyUsage.includes(ANY_PURPOSE) || isCritical(EXTENSION.extKeyUsage),
    subjectAltNames === null,
    basicConstraints?.ca === true,
    isCritical(EXTENSION.subjectAltName) && !isEmptyName(subject),
  ];
  return faults.includes(true) ? PROFILE : null;
}

function isPositive(serial: Uint8Array): boolean {
  return (serial[0] as number) < 0x80 && serial.some((byte) => byte !== 0);
}
