/** The ways of dynamic authentication: what the terminal adds to the signed data, and what the card's part must hold. */
import type { PublicClaims } from '../../claims.ts';
import { equalBytes } from '../../codecs/hex.ts';
import { parseDol } from '../../codecs/tlv.ts';
import type { CaKey, CardKey } from './algorithm.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import { buildDolData } from './data-object-list.ts';
import type { ChipMode, ChipOdaInput, DataObjects } from './input.ts';

/** ICC dynamic data split at its first field (EMV Book 2 clause 6.5.1). */
export interface DynamicData {
  /** ICC dynamic number, two to eight bytes. */
  readonly number: Uint8Array;
  readonly rest: Uint8Array;
}

/** Data objects of the card that say what else is signed. */
export interface CardLists {
  /** 9F49, dynamic data object list. */
  readonly ddol: Uint8Array | undefined;
  /** 9F69, card authentication related data. */
  readonly related: Uint8Array | undefined;
}

export interface DynamicMode {
  enabled(caKey: CaKey): boolean;
  /** What the card signed besides its own data, or null when a check failed. Needs the unpredictable number. */
  terminalData(list: ChipCheckList, input: ChipOdaInput, lists: CardLists): Uint8Array | null;
  /** Checks what the card signed. Returns claims, or null when a check failed. */
  readDynamicData(
    list: ChipCheckList,
    data: DynamicData,
    key: CardKey,
    input: ChipOdaInput,
  ): PublicClaims | null;
}

export const UNPREDICTABLE_NUMBER = '9F37';
export const UNPREDICTABLE_NUMBER_BYTES = 4;
const DYNAMIC_NUMBER_BYTES_MIN = 2;
const DYNAMIC_NUMBER_BYTES_MAX = 8;

/** EMV Book 2 clauses 6.5.1 and 6.6.1: every way of dynamic authentication needs this number, four bytes. */
export function readUnpredictableNumber(list: ChipCheckList, terminal: DataObjects): Uint8Array | null {
  const number = terminal[UNPREDICTABLE_NUMBER];
  const present = number !== undefined && number.length > 0 ? number : undefined;
  if (!list.has('unpredictable_number.present', present)) return null;
  const whole = present.length === UNPREDICTABLE_NUMBER_BYTES;
  return list.require('unpredictable_number.length', 'credential.data_missing', whole) ? present : null;
}

/** The length byte, the number of that length, and what follows it. */
export function splitDynamicData(list: ChipCheckList, data: Uint8Array): DynamicData | null {
  const length = data[0] ?? 0;
  const consistent =
    length >= DYNAMIC_NUMBER_BYTES_MIN && length <= DYNAMIC_NUMBER_BYTES_MAX && data.length > length;
  if (!list.require('dynamic_data.number', 'credential.malformed', consistent)) return null;
  return { number: data.subarray(1, 1 + length), rest: data.subarray(1 + length) };
}

/** EMV Book 2 clause 6.5. */
const dda: DynamicMode = {
  enabled: () => true,
  terminalData(list, input, { ddol }) {
    const entries = ddol === undefined ? DEFAULT_DDOL : parseDol(ddol);
    if (!list.require('ddol.format', 'credential.malformed', entries !== null) || entries === null)
      return null;
    // Clause 6.5.1: a list without the unpredictable number fails. One that cuts it short would let an old signature
    // be shown again, and the list need not be authenticated, so it fails too.
    const asked = entries.some(
      ({ tag, length }) => tag === UNPREDICTABLE_NUMBER && length >= UNPREDICTABLE_NUMBER_BYTES,
    );
    if (!list.require('ddol.unpredictable_number', 'credential.malformed', asked)) return null;
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (!list.require('ddol.data_length', 'credential.malformed', bytes <= COMMAND_DATA_BYTES_MAX))
      return null;
    return buildDolData(entries, input.terminal);
  },
  readDynamicData: () => ({}),
};
const DEFAULT_DDOL = [{ tag: UNPREDICTABLE_NUMBER, constructed: false, length: UNPREDICTABLE_NUMBER_BYTES }];
/** INTERNAL AUTHENTICATE takes one short command's data (EMV Book 3 clause 6.5.9). */
const COMMAND_DATA_BYTES_MAX = 255;

/** EMV Book 2 clause 6.6. */
const cda: DynamicMode = {
  enabled: () => true,
  terminalData(list, input) {
    if (!list.has('transaction_data.present', input.transactionData)) return null;
    return input.terminal[UNPREDICTABLE_NUMBER] ?? null;
  },
  readDynamicData(list, { rest }, key, input) {
    const hash = key.transactionHash(input.transactionData ?? new Uint8Array());
    // Table 19: cryptogram information, cryptogram and hash are the leftmost bytes; more may follow.
    const fits = rest.length >= HASH_OFFSET + hash.length;
    if (!list.require('dynamic_data.cryptogram', 'credential.malformed', fits)) return null;
    const information = rest[0] ?? 0;
    const type = CRYPTOGRAM_TYPES[information >> 6];
    if (!list.require('dynamic_data.cryptogram_type', 'credential.malformed', type !== undefined))
      return null;
    // Clause 6.6.2 step 6: the cryptogram information in clear is the one signed.
    const agrees = [input.tags['9F27'], input.terminal['9F27']].every(
      (inClear) => inClear === undefined || (inClear.length === 1 && inClear[0] === information),
    );
    if (!list.require('dynamic_data.cryptogram_information', 'credential.malformed', agrees)) return null;
    const signed = rest.subarray(HASH_OFFSET, HASH_OFFSET + hash.length);
    if (!list.require('transaction_data.hash', 'signature.transaction_hash', equalBytes(signed, hash)))
      return null;
    return { applicationCryptogramType: type ?? '' };
  },
};
/** One byte of cryptogram information and eight of the cryptogram. */
const HASH_OFFSET = 9;
/**
 * By the two highest bits of the cryptogram information (EMV Book 3 clause 6.5.5.4). An AAC declines the transaction
 * and is never signed (Book 2 clause 6.6.1 step 3), and the fourth value is reserved.
 */
const CRYPTOGRAM_TYPES: Readonly<Record<number, string>> = { 1: 'tc', 2: 'arqc' };

/** Fast DDA of qPBOC, version 01: the order of terminal data is that of public kernels. */
const fdda: DynamicMode = {
  enabled: (caKey) => caKey.fddaEnabled,
  terminalData(list, input, { related: fromCard }) {
    const amount = input.terminal['9F02'];
    if (!list.has('amount.present', amount) || !list.hasLength('amount.length', amount, AMOUNT_BYTES))
      return null;
    const currency = input.terminal['5F2A'];
    if (!list.has('currency.present', currency)) return null;
    if (!list.hasLength('currency.length', currency, CURRENCY_BYTES)) return null;
    const fromTerminal = input.terminal['9F69'];
    const related = fromCard ?? fromTerminal;
    if (!list.has('card_authentication_data.present', related)) return null;
    const agrees = fromTerminal === undefined || equalBytes(related, fromTerminal);
    if (!list.require('card_authentication_data.agrees', 'credential.malformed', agrees)) return null;
    const fits = related.length >= RELATED_DATA_BYTES_MIN && related.length <= RELATED_DATA_BYTES_MAX;
    if (!list.require('card_authentication_data.length', 'credential.malformed', fits)) return null;
    // Version 00 signs the unpredictable number alone; no source with a vector describes it.
    const version = related[0] === FDDA_VERSION;
    if (!list.require('card_authentication_data.version', 'credential.version_unsupported', version))
      return null;
    return Buffer.concat([input.terminal[UNPREDICTABLE_NUMBER] ?? NOTHING, amount, currency, related]);
  },
  readDynamicData(list, { number }, _key, input) {
    const counter = number.length === COUNTER_BYTES ? number : null;
    const inClear = input.tags['9F36'];
    const agrees = inClear === undefined || counter === null || equalBytes(inClear, counter);
    if (!list.require('dynamic_data.transaction_counter', 'credential.malformed', agrees)) return null;
    return counter === null ? {} : { atc: (counter[0] ?? 0) * 256 + (counter[1] ?? 0) };
  },
};
const NOTHING = new Uint8Array();
const AMOUNT_BYTES = 6;
const CURRENCY_BYTES = 2;
const COUNTER_BYTES = 2;
const FDDA_VERSION = 0x01;
const RELATED_DATA_BYTES_MIN = 5;
const RELATED_DATA_BYTES_MAX = 16;

export const DYNAMIC_MODES: Readonly<Record<ChipMode, DynamicMode>> = { dda, cda, fdda };
