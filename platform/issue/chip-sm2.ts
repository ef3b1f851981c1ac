/** Personalises and taps chip cards with SM2 (formats.md 2.1). */
import { type ChipSm2Issuer, makeSm2CardCertificate } from '../authority/chip-sm2.ts';
import { type Edit, type Sm2Tamper, signLayout } from '../authority/sm2-signing.ts';
import { joined } from '../bytes.ts';
import { type Sm2Key, sm3 } from '../sm2.ts';
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

export interface Sm2CardFields {
  readonly issuer: ChipSm2Issuer;
  readonly profile: ChipProfile;
  readonly key: Sm2Key;
  /** Serial number of the card certificate, 3 bytes. */
  readonly serial: Uint8Array;
  /** Records in place of those made from the profile. */
  readonly records?: Uint8Array;
  /** Whether tag 93 is there; default no. Dynamic authentication does not need it. */
  readonly staticSignature?: boolean;
  readonly tamper?: {
    readonly certificate?: Sm2Tamper;
    readonly staticSignature?: Sm2Tamper;
  };
}

export interface Sm2TapOptions extends TapOptions {
  readonly tamper?: Sm2Tamper & {
    /** What the signature covers beside the card's own data. */
    readonly terminalData?: Edit;
  };
}

export function personaliseSm2(fields: Sm2CardFields): ChipCard<Sm2TapOptions> {
  const { issuer, profile, key, serial, tamper } = fields;
  const staticData = fields.records ?? recordsOf(profile);
  const authenticated = authenticatedData(profile, staticData);
  const tags: Tags = {
    ...profileTags(profile),
    '90': issuer.certificate,
    '9F46': makeSm2CardCertificate({
      issuer,
      pan: profile.pan,
      key,
      expires: profile.expires,
      serial,
      staticData: authenticated,
      tamper: tamper?.certificate,
    }),
    ...(fields.staticSignature && {
      // Signed static application data: format 13, data authentication code.
      '93': signLayout(joined(Uint8Array.of(0x13), serial.subarray(1)), {
        key: issuer.key,
        covers: (bytes) => joined(bytes, authenticated),
        tamper: tamper?.staticSignature,
      }),
    }),
  };
  return { alg: 'sm2', tags, staticData, tap: (options) => tap(key, tags, staticData, options) };
}

function tap(key: Sm2Key, tags: Tags, staticData: Uint8Array, options: Sm2TapOptions): ChipPresentation {
  const { tamper } = options;
  const dynamic = dynamicData(options, (data) => sm3(data));
  const { iccDynamicData } = dynamic;
  const terminalData = tamper?.terminalData?.(dynamic.terminalData) ?? dynamic.terminalData;
  const layout = joined(Uint8Array.of(0x15, iccDynamicData.length), iccDynamicData);
  const signed = signLayout(layout, { key, covers: (bytes) => joined(bytes, terminalData), tamper });
  return chipPresentation(tags, staticData, options, dynamic, signed);
}
