/**
 * What a chip card says of its holder (EMV Book 3, Annex A: 5F20, 9F0B; JR/T 0025: 9F61, 9F62). Believed only inside the records
 * that the issuer signed: what a reader puts beside them, anybody may have written.
 */
import type { PersonalClaim } from '../../../config/personal-claims.ts';
import { type DisclosedClaims, personalText } from '../../claims.ts';
import type { ChipOdaInput, DataObjects } from './input.ts';
import { recordObjects } from './static-data.ts';

/** Names of claims that a chip can say. */
export const CHIP_DISCLOSES = ['full_name', 'national_id', 'document_number'] as const;

const NAME = '5F20';
/** Where the name is longer than 26 bytes. */
const LONG_NAME = '9F0B';
const NUMBER = '9F61';
const KIND = '9F62';
/** JR/T 0025: 00 resident identity card, 04 temporary one. Both have the number of the person; others one of their own. */
const CITIZEN_KINDS: ReadonlySet<number> = new Set([0, 4]);

const CHARACTERS_MAX = 64;
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u;
/** Issuers write Chinese in GBK (JR/T 0025); ASCII is a part of it. */
const gbk = new TextDecoder('gbk', { fatal: true });

/** Of a card that is otherwise proven. Undefined where it says nothing of what is asked. */
export function holderClaims(input: ChipOdaInput, asked: readonly string[]): DisclosedClaims | undefined {
  const inside = recordObjects(input);
  if (inside === null) return undefined;
  const said: Partial<Record<PersonalClaim, string>> = {
    ...named('full_name', textOf(inside[LONG_NAME]) ?? textOf(inside[NAME])),
    ...named(kindOf(inside), textOf(inside[NUMBER])),
  };
  const claims = Object.entries(said).filter(([name]) => asked.includes(name));
  if (claims.length === 0) return undefined;
  return Object.fromEntries(claims.map(([name, text]) => [name, personalText(text)]));
}

function kindOf(inside: DataObjects): 'national_id' | 'document_number' {
  const kind = inside[KIND];
  return kind?.length === 1 && CITIZEN_KINDS.has(kind[0] ?? -1) ? 'national_id' : 'document_number';
}

function named(name: PersonalClaim, text: string | null) {
  return text === null ? {} : { [name]: text };
}

/** Null: it is not there, blank, or no text. Padding at the end is taken off. */
function textOf(value: Uint8Array | undefined): string | null {
  if (value === undefined) return null;
  let end = value.length;
  while (end > 0 && (value[end - 1] === 0x20 || value[end - 1] === 0 || value[end - 1] === 0xff)) end -= 1;
  let text: string;
  try {
    text = gbk.decode(value.subarray(0, end)).trim();
  } catch {
    return null;
  }
  const isText = text.length > 0 && text.length <= CHARACTERS_MAX && !UNSHOWABLE.test(text);
  return isText ? text : null;
}
