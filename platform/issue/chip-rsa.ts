/** Personalises and taps chip cards with RSA (EMV Book 2, clauses 5 and 6). */
import { createHash } from 'node:crypto';
import {
  type ChipRsaIssuer,
  makeRsaCardCertificate,
  padded,
  type RsaTamper,
  signRecoverable,
} from '../authority/chip-rsa.ts';
import type { Edit } from '../authority/sm2-signing.ts';
import { joined } from '../bytes.ts';
import type { RsaKey } from '../rsa.ts';
import {
  authenticatedData,
  type ChipProfile,
  dynamicData,
  profileTags,
  recordsOf,
  type Tags,
  type TapOptions,
} from './chip-card.ts';
import { type ChipCard, type ChipPresentation, chipPresentation } from './chip-presentation.ts';

export interface RsaCardFields {
  readonly issuer: ChipRsaIssuer;
  readonly profile: ChipProfile;
  readonly key: RsaKey;
  /** Serial number of the card certificate, 3 bytes. */
  readonly serial: Uint8Array;
  /** Records in place of those made from the profile. */
  readonly records?: Uint8Array;
  /** Whether tag 93 is there; default no. Dynamic authentication does not need it. */
  readonly staticSignature?: boolean;
  readonly tamper?: {
    readonly certificate?: RsaTamper;
    readonly staticSignature?: RsaTamper;
  };
}

export interface RsaTapOptions extends TapOptions {
  readonly tamper?: RsaTamper & {
    /** What is hashed beside the card's own data. */
    readonly terminalData?: Edit;
  };
}

/** Hash algorithm indicator of SHA-1. */
const SHA1 = 0x01;

export function personaliseRsa(fields: RsaCardFields): ChipCard<RsaTapOptions> {
  const { issuer, profile, key, serial, tamper } = fields;
  const staticData = fields.records ?? recordsOf(profile);
  const authenticated = authenticatedData(profile, staticData);
  const card = makeRsaCardCertificate({
    issuer,
    pan: profile.pan,
    key,
    expires: profile.expires,
    serial,
    staticData: authenticated,
    tamper: tamper?.certificate,
  });
  const tags: Tags = {
    ...profileTags(profile),
    '90': issuer.certificate,
    ...(issuer.remainder.length > 0 && { '92': issuer.remainder }),
    '9F32': issuer.exponent,
    '9F46': card.certificate,
    ...(card.remainder.length > 0 && { '9F48': card.remainder }),
    '9F47': card.exponent,
    ...(fields.staticSignature && {
      // Signed static application data: format 03, hash algorithm, data authentication code.
      '93': signRecoverable(
        issuer.key,
        padded(issuer.key, joined(Uint8Array.of(0x03, SHA1), serial.subarray(1))),
        authenticated,
        tamper?.staticSignature,
      ),
    }),
  };
  return { alg: 'rsa', tags, staticData, tap: (options) => tap(key, tags, staticData, options) };
}

function tap(key: RsaKey, tags: Tags, staticData: Uint8Array, options: RsaTapOptions): ChipPresentation {
  const { tamper } = options;
  const dynamic = dynamicData(options, (data) => new Uint8Array(createHash('sha1').update(data).digest()));
  const { iccDynamicData } = dynamic;
  const terminalData = tamper?.terminalData?.(dynamic.terminalData) ?? dynamic.terminalData;
  const layout = padded(key, joined(Uint8Array.of(0x05, SHA1, iccDynamicData.length), iccDynamicData));
  const signed = signRecoverable(key, layout, terminalData, tamper);
  return chipPresentation(tags, staticData, options, dynamic, signed);
}
