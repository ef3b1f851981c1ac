/** A personalised chip card: what a terminal reads from it, and what it signs when it is tapped. */
import iconv from 'iconv-lite';
import { joined, numberToBytes } from '../bytes.ts';
import { lastDayMs, type Month, packedDigits, yymmdd } from '../calendar.ts';
import { tlv } from './tlv.ts';

/** Tag in upper-case hex to its value. */
export type Tags = Readonly<Record<string, Uint8Array>>;

/** Dynamic (DDA), combined (CDA) and fast dynamic (fDDA, contactless) data authentication. */
export type ChipMode = 'dda' | 'cda' | 'fdda';

/** What stands in a card apart from keys and certificates. */
export interface ChipProfile {
  readonly rid: Uint8Array;
  readonly caIndex: number;
  readonly pan: string;
  readonly panSequence: number;
  readonly validFromMs: number;
  readonly expires: Month;
  /** Application usage control, 2 bytes. */
  readonly usage: Uint8Array;
  /** Application interchange profile, 2 bytes, when it is part of what the issuer signed (tag 9F4A is 82). */
  readonly signedAip: Uint8Array | null;
  /** What the card says of its holder, in its signed records; without it: nothing. */
  readonly holder?: ChipHolder;
}

export interface ChipHolder {
  /** In GBK on the card, of which ASCII is a part; 45 bytes at most. */
  readonly name: string;
  readonly documentNumber: string;
  /** JR/T 0025, 9F62: 00 resident identity card, 02 passport. */
  readonly documentKind: number;
}

const NAME_BYTES_MAX = 26;
/** Application extension of the transit card's e-cash application. */
const AID_EXTENSION = Uint8Array.of(0x01, 0x01, 0x06);

/** The tags that need no certificate. */
export function profileTags(profile: ChipProfile): Record<string, Uint8Array> {
  const { rid, caIndex, signedAip } = profile;
  return {
    '84': joined(rid, AID_EXTENSION),
    '8F': Uint8Array.of(caIndex),
    '5A': panValue(profile.pan),
    '5F24': yymmdd(lastDayMs(profile.expires)),
    '5F25': yymmdd(profile.validFromMs),
    '5F34': numberToBytes(profile.panSequence, 1),
    ...(signedAip && { '82': signedAip, '9F4A': Uint8Array.of(0x82) }),
  };
}

/** The records to be authenticated, as a terminal reads them. */
export function recordsOf(profile: ChipProfile): Uint8Array {
  const tags = profileTags(profile);
  const record = ['5A', '5F24', '5F25', '5F34', '9F4A'].flatMap((tag) => {
    const value = tags[tag];
    return value ? [tlv(tag, value)] : [];
  });
  return joined(
    ...record,
    tlv('9F07', profile.usage),
    ...(profile.holder ? [holderRecord(profile.holder)] : []),
  );
}

/** Up to 26 bytes the name is in 5F20, longer ones in 9F0B. */
function holderRecord({ name, documentNumber, documentKind }: ChipHolder): Uint8Array {
  const written = iconv.encode(name, 'gbk');
  return joined(
    tlv(written.length > NAME_BYTES_MAX ? '9F0B' : '5F20', written),
    tlv('9F61', Buffer.from(documentNumber, 'ascii')),
    tlv('9F62', Uint8Array.of(documentKind)),
  );
}

/** What the issuer signs with the card certificate: the records, then the profile named by 9F4A (EMV Book 3, 10.3). */
export function authenticatedData(profile: ChipProfile, records = recordsOf(profile)): Uint8Array {
  return joined(records, profile.signedAip ?? new Uint8Array());
}

function panValue(pan: string): Uint8Array {
  return packedDigits(pan, Math.ceil(pan.length / 2));
}

export interface TapOptions {
  readonly mode: ChipMode;
  /** Data objects the terminal sent; needs 9F37, and 9F02 and 5F2A for fDDA. */
  readonly terminal: Tags;
  /** Application transaction counter, default 1. */
  readonly counter?: number;
  /** For CDA: values of PDOL and CDOL and the answer to GENERATE AC, as hashed. Default: made up from the counter. */
  readonly transactionData?: Uint8Array;
  /** For CDA: cryptogram information data. Default: of a transaction certificate. */
  readonly cryptogramInformation?: number;
}

/** What a card puts before its dynamic signature, and what the signature covers beside it. */
export interface DynamicData {
  readonly iccDynamicData: Uint8Array;
  readonly terminalData: Uint8Array;
  /** Data objects that come with the answer. */
  readonly tags: Tags;
  readonly transactionData: Uint8Array | null;
}

/** Cryptogram information data of a transaction certificate (EMV Book 3, table 14). */
const CID_TC = 0x40;

/** EMV Book 2, 6.5 and 6.6; for fDDA version 01, EMV Contactless Book C-3, annex C. */
export function dynamicData(options: TapOptions, hash: (data: Uint8Array) => Uint8Array): DynamicData {
  const { mode, terminal, counter = 1, cryptogramInformation = CID_TC } = options;
  const number = numberToBytes(counter, 2);
  const dynamicNumber = joined(Uint8Array.of(number.length), number);
  const unpredictable = terminalValue(terminal, '9F37');
  if (mode === 'dda') {
    return { iccDynamicData: dynamicNumber, terminalData: unpredictable, tags: {}, transactionData: null };
  }
  if (mode === 'cda') {
    const cryptogram = hash(joined(number, unpredictable)).subarray(0, 8);
    const transactionData = options.transactionData ?? generateAcAnswer(number, cryptogram, terminal);
    const information = Uint8Array.of(cryptogramInformation);
    const iccDynamicData = joined(dynamicNumber, information, cryptogram, hash(transactionData));
    return { iccDynamicData, terminalData: unpredictable, tags: {}, transactionData };
  }
  // Version 01, the card's own unpredictable number, card transaction qualifiers, reserved.
  const related = joined(Uint8Array.of(0x01), hash(number).subarray(0, 4), Uint8Array.of(0x30, 0x00, 0x00));
  const terminalData = joined(
    unpredictable,
    terminalValue(terminal, '9F02'),
    terminalValue(terminal, '5F2A'),
    related,
  );
  return { iccDynamicData: dynamicNumber, terminalData, tags: { '9F69': related }, transactionData: null };
}

/** The terminal's values, then the card's answer without its signature (EMV Book 2, 6.6.1). */
function generateAcAnswer(counter: Uint8Array, cryptogram: Uint8Array, terminal: Tags): Uint8Array {
  const answer = [
    tlv('9F27', Uint8Array.of(CID_TC)),
    tlv('9F36', counter),
    tlv('9F26', new Uint8Array(cryptogram)),
  ];
  return joined(...Object.values(terminal), ...answer);
}

function terminalValue(terminal: Tags, tag: string): Uint8Array {
  const value = terminal[tag];
  if (!value) throw new RangeError(`the terminal must send ${tag}`);
  return value;
}
