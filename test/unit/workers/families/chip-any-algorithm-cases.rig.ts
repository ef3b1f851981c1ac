/** Negative cases that hold for chip cards of every algorithm. */
import type { Code } from '../../../../config/codes.ts';
import type { Edit } from '../../../../platform/authority/sm2-signing.ts';
import type { Month } from '../../../../platform/calendar.ts';
import type { ChipMode, ChipProfile } from '../../../../platform/issue/chip-card.ts';
import {
  type Alter,
  all,
  type ChipBench,
  REVOKED_SERIAL,
  type ShowOptions,
  SPARED_SERIAL,
  staticDataOnly,
  withStaticData,
  withTag,
  withTerminal,
  withTransactionData,
} from './chip-bench.rig.ts';
import { append, cut, flip, set } from './edits.rig.ts';
import type { Negative } from './negatives.rig.ts';

/** What these cases need an algorithm's issuer to do. */
export interface CommonMakers<Card> {
  profiled(profile: Partial<ChipProfile>): Card;
  /** Under an issuer certificate of this expiry and serial. */
  issued(change: { expires?: Month; serial?: Uint8Array; digits?: string }): Card;
  underEndingCa(expires: Month): Card;
  /** With a card certificate whose expiry is this MMYY, whatever the application says. */
  certificateExpiring(month: number, year: number): Card;
  /** With a card certificate for another card number. */
  certificateForPan(pan: string): Card;
  /** Makes tag 93 too. */
  withStaticSignature(): Card;
  /** Records in place of the profile's. */
  recorded(records: Edit): Card;
}

export function commonCases<Card, Tap>(bench: ChipBench<Card, Tap>, makers: CommonMakers<Card>): Negative[] {
  const { alg, profile } = bench;
  const against = (
    name: string,
    code: Code,
    wrong: ShowOptions<Card, Tap>,
    control: ShowOptions<Card, Tap> = {},
  ): Negative => ({ name: `${alg}: ${name}`, code, wrong: bench.show(wrong), control: bench.show(control) });
  const alters = (mode: ChipMode, name: string, code: Code, alter: Alter) =>
    against(`${mode}: ${name}`, code, { mode, alter }, { mode });
  return [
    ...missing(alters),
    ...terminalCases(alters),
    ...dataObjects(alters),
    ...staticCases(alters),
    ...staticSignature(against, makers),
    ...identityCases(against, makers, profile),
    ...boundCases(against, makers),
  ];
}

type Alters = (mode: ChipMode, name: string, code: Code, alter: Alter) => Negative;
type Against<Card, Tap> = (
  name: string,
  code: Code,
  wrong: ShowOptions<Card, Tap>,
  control?: ShowOptions<Card, Tap>,
) => Negative;

function missing(alters: Alters): Negative[] {
  const gone = (tag: string) => alters('dda', `no tag ${tag}`, 'credential.data_missing', withTag(tag, null));
  return [
    ...['84', '8F', '90', '9F46', '9F4B'].map(gone),
    alters(
      'dda',
      'no card number',
      'credential.data_missing',
      all(
        withTag('5A', null),
        withStaticData(() => new Uint8Array()),
      ),
    ),
    alters('dda', 'no unpredictable number', 'credential.data_missing', withTerminal('9F37', null)),
    alters('fdda', 'no amount', 'credential.data_missing', withTerminal('9F02', null)),
    alters('fdda', 'no currency', 'credential.data_missing', withTerminal('5F2A', null)),
    alters('fdda', 'no card authentication data', 'credential.data_missing', withTag('9F69', null)),
    alters('cda', 'no transaction data', 'credential.data_missing', withTransactionData(null)),
  ];
}

function terminalCases(alters: Alters): Negative[] {
  const modes = ['dda', 'cda', 'fdda'] as const;
  const dynamic = 'signature.dynamic_data';
  return [
    ...modes.map((mode) =>
      alters(mode, 'another unpredictable number', dynamic, withTerminal('9F37', flip(3))),
    ),
    ...modes.map((mode) =>
      alters(mode, 'unpredictable number cut', 'credential.data_missing', withTerminal('9F37', cut())),
    ),
    ...modes.map((mode) =>
      alters(
        mode,
        'unpredictable number one byte long',
        'credential.data_missing',
        withTerminal('9F37', append(0)),
      ),
    ),
    alters('cda', 'other transaction data', 'signature.transaction_hash', withTransactionData(flip(0))),
    alters('cda', 'transaction data cut', 'signature.transaction_hash', withTransactionData(cut())),
    alters(
      'cda',
      'transaction data one byte long',
      'signature.transaction_hash',
      withTransactionData(append(0)),
    ),
    alters('fdda', 'another amount', dynamic, withTerminal('9F02', flip(5))),
    alters('fdda', 'amount cut', 'credential.truncated', withTerminal('9F02', cut())),
    alters('fdda', 'amount one byte long', 'credential.trailing', withTerminal('9F02', append(0))),
    alters('fdda', 'another currency', dynamic, withTerminal('5F2A', flip(1))),
    alters('fdda', 'currency cut', 'credential.truncated', withTerminal('5F2A', cut())),
    alters('fdda', 'currency one byte long', 'credential.trailing', withTerminal('5F2A', append(0))),
    alters('fdda', 'other card authentication data', dynamic, withTag('9F69', flip(2))),
    alters('fdda', 'card authentication data one byte long', dynamic, withTag('9F69', append(0))),
    alters('fdda', 'card authentication data cut', dynamic, withTag('9F69', cut())),
    alters('fdda', 'version 00', 'credential.version_unsupported', withTag('9F69', set(0, 0))),
    alters(
      'fdda',
      'another transaction counter in clear',
      'credential.malformed',
      withTag('9F36', Uint8Array.of(0, 2)),
    ),
    alters(
      'cda',
      'other cryptogram information in clear',
      'credential.malformed',
      withTag('9F27', Uint8Array.of(0x80)),
    ),
  ];
}

function dataObjects(alters: Alters): Negative[] {
  const malformed = 'credential.malformed';
  return [
    alters('dda', 'another application provider', 'trust.ca_unknown', withTag('84', flip(4))),
    alters(
      'dda',
      'application identifier of four bytes',
      malformed,
      withTag('84', (bytes) => bytes.slice(0, 4)),
    ),
    alters('dda', 'application identifier of 17 bytes', malformed, withTag('84', new Uint8Array(17))),
    alters('dda', 'CA index of no CA', 'trust.ca_unknown', withTag('8F', Uint8Array.of(0x01))),
    alters('dda', 'CA index of two bytes', 'credential.trailing', withTag('8F', append(0))),
    alters('dda', 'CA index of no bytes', 'credential.truncated', withTag('8F', new Uint8Array())),
    alters('dda', 'a tag in both cases', malformed, withTag('5a', Uint8Array.of(0x62))),
    alters(
      'dda',
      'DDOL without the unpredictable number',
      malformed,
      withTag('9F49', Uint8Array.of(0x9f, 0x02, 0x06)),
    ),
    alters(
      'dda',
      'DDOL that cuts the unpredictable number',
      malformed,
      withTag('9F49', Uint8Array.of(0x9f, 0x37, 0x03)),
    ),
    alters('dda', 'DDOL without a length', malformed, withTag('9F49', Uint8Array.of(0x9f, 0x37))),
    alters(
      'dda',
      'DDOL that asks for more than was signed',
      'signature.dynamic_data',
      withTag('9F49', Uint8Array.of(0x9f, 0x37, 0x04, 0x9f, 0x02, 0x06)),
    ),
    alters('dda', 'card number beside differs', 'credential.identity_mismatch', withTag('5A', flip(4))),
    alters('dda', 'card number beside is no digits', 'credential.malformed', withTag('5A', set(1, 0xa0))),
    alters(
      'dda',
      'track 2 of another card',
      'credential.identity_mismatch',
      withTag('57', Uint8Array.of(0x62, 0x99, 0, 0, 0, 0, 0, 0, 0xd3)),
    ),
    alters('dda', 'shown as CDA', 'credential.malformed', (shown) => ({
      ...shown,
      context: { ...shown.context, mode: 'cda', transactionData: Uint8Array.of(1) },
    })),
  ];
}

/** Offsets of the records: 5A first, its value after two bytes. */
function staticCases(alters: Alters): Negative[] {
  const card = 'signature.card_certificate';
  const inside = (name: string, code: Code, edit: Edit) =>
    alters('dda', `static data: ${name}`, code, all(staticDataOnly, withStaticData(edit)));
  return [
    inside('another digit of the card number', card, flip(8, 0x10)),
    inside('another usage', card, flip(-1)),
    inside('a data object more', card, append(0x5f, 0x30, 0x02, 0x02, 0x01)),
    inside('filling bytes more', card, append(0, 0, 0)),
    inside('last data object gone', card, cut(5)),
    inside('a length of one less', 'credential.malformed', cut()),
    inside('a card number twice', 'credential.malformed', (bytes) => append(...bytes.subarray(0, 10))(bytes)),
    alters(
      'dda',
      'static data: differs from the value beside',
      'credential.malformed',
      withTag('5F34', flip(0)),
    ),
  ];
}

function staticSignature<Card, Tap>(against: Against<Card, Tap>, makers: CommonMakers<Card>): Negative[] {
  const card = makers.withStaticSignature();
  const wrong = (name: string, code: Code, edit: Edit) =>
    against(`static signature: ${name}`, code, { card, alter: withTag('93', edit) }, { card });
  return [
    wrong('first byte after its head', 'signature.static_data', flip(6)),
    wrong('last byte', 'signature.static_data', flip(-1)),
    wrong('cut', 'credential.truncated', cut()),
    wrong('one byte long', 'credential.trailing', append(0)),
  ];
}

function identityCases<Card, Tap>(
  against: Against<Card, Tap>,
  makers: CommonMakers<Card>,
  profile: ChipProfile,
): Negative[] {
  const mismatch = 'credential.identity_mismatch';
  const { pan } = profile;
  const lastDigit = pan.slice(0, -1) + String((Number(pan.at(-1)) + 1) % 10);
  return [
    against(
      'card certificate for another card number',
      mismatch,
      { card: makers.certificateForPan(lastDigit) },
      { card: makers.certificateForPan(pan) },
    ),
    against(
      'card certificate for a shorter card number',
      mismatch,
      { card: makers.certificateForPan(pan.slice(0, -1)) },
      { card: makers.certificateForPan(pan) },
    ),
    against(
      'issuer of other card numbers',
      mismatch,
      { card: makers.issued({ digits: '629' + '11' }) },
      { card: makers.issued({ digits: '629' }) },
    ),
    against(
      'issuer of two digits',
      'credential.malformed',
      { card: makers.issued({ digits: '62' }) },
      { card: makers.issued({ digits: '629' }) },
    ),
    against(
      'issuer certificate revoked',
      'trust.certificate_revoked',
      { card: makers.issued({ serial: REVOKED_SERIAL }) },
      { card: makers.issued({ serial: SPARED_SERIAL }) },
    ),
    against(
      'card number of no digits',
      'credential.malformed',
      { card: makers.recorded(set(2, 0xf6)), alter: staticDataOnly },
      { card: makers.recorded((bytes) => bytes), alter: staticDataOnly },
    ),
  ];
}

/** Each bound: accepted at it, refused one unit past it. */
function boundCases<Card, Tap>(against: Against<Card, Tap>, makers: CommonMakers<Card>): Negative[] {
  const march = { year: 2027, month: 3 };
  const endOf = ({ year, month }: Month) => Date.UTC(year, month, 1) - 1;
  const caEndMs = endOf({ year: 2027, month: 2 });
  const today = Date.UTC(2026, 10, 20);
  const bound = (name: string, code: Code, card: Card, atMs: number, pastMs: number) =>
    against(name, code, { card, atMs: pastMs }, { card, atMs });
  const effective = makers.profiled({ validFromMs: today });
  return [
    bound('CA past its day', 'trust.ca_expired', makers.underEndingCa(march), caEndMs, caEndMs + 1),
    bound(
      'issuer certificate past its month',
      'trust.certificate_expired',
      makers.issued({ expires: march }),
      endOf(march),
      endOf(march) + 1,
    ),
    bound(
      'card certificate past its month',
      'trust.certificate_expired',
      makers.certificateExpiring(3, 27),
      endOf(march),
      endOf(march) + 1,
    ),
    against(
      'application past its day',
      'credential.expired',
      { card: makers.recorded(expiringOn(0x27, 0x03, 0x31)), alter: staticDataOnly, atMs: endOf(march) + 1 },
      { card: makers.recorded(expiringOn(0x27, 0x03, 0x31)), alter: staticDataOnly, atMs: endOf(march) },
    ),
    bound('application before its day', 'credential.not_yet_valid', effective, today, today - 1),
    against('issuer certificate expired years ago', 'trust.certificate_expired', {
      card: makers.issued({ expires: { year: 2020, month: 1 } }),
    }),
    against(
      'card certificate expired last month',
      'trust.certificate_expired',
      { card: makers.certificateExpiring(10, 26) },
      { card: makers.certificateExpiring(11, 26) },
    ),
    against(
      'card certificate expiring in month 13',
      'credential.malformed',
      { card: makers.certificateExpiring(13, 27) },
      { card: makers.certificateExpiring(12, 27) },
    ),
    against(
      'application expiring on no day',
      'credential.malformed',
      { card: makers.recorded(expiringOn(0x27, 0x02, 0x30)), alter: staticDataOnly },
      { card: makers.recorded(expiringOn(0x27, 0x02, 0x28)), alter: staticDataOnly },
    ),
  ];
}

/** Sets the value of 5F24, which follows the card number, in the records. */
function expiringOn(...yymmdd: [number, number, number]): Edit {
  return (records) => set(2 + (records[1] ?? 0) + 3, ...yymmdd)(records);
}
