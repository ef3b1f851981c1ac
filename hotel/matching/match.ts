/** Whether the name and number a guest gave are those of the credential: by what it has signed, else by keyed hashes. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { macOf } from '../../crypto/digest.ts';
import { namedDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { DeskCore, MatchAnswer, MatchDigests, MatchSaid } from '../../gateway/desk/desk-core.ts';
import { normalName, normalNumber } from './normal-form.ts';

/** `not_asked`: nothing was given to compare. */
export type Said = MatchSaid | 'not_asked';

export interface Match {
  readonly name: Said;
  readonly documentNumber: Said;
  /** `signed`: the credential itself says it. */
  readonly source: 'signed' | 'live' | 'list' | 'none';
  /** Milliseconds. */
  readonly ageMs: number;
}

export interface Given {
  readonly full_name: string;
  readonly document_number?: string | undefined;
}

type Disclosed = Readonly<Record<string, string>>;

export interface MatcherOptions {
  readonly core: Pick<DeskCore, 'match'>;
  /** 32 bytes, shared with the platform; null: nobody is asked. */
  readonly key: Uint8Array | null;
  readonly profile: CryptoProfile;
}

export class Matcher {
  readonly #options: MatcherOptions;

  constructor(options: MatcherOptions) {
    this.#options = options;
  }

  /** `ref`: of DeskShown; null: nothing was proven. Rejects as the core does. */
  async match(given: Given, disclosed: Disclosed | null, ref: string | null): Promise<Match> {
    const signed = signedMatch(given, disclosed);
    const isAnswered = signed.name !== 'unknown' && signed.documentNumber !== 'unknown';
    const { core, key, profile } = this.#options;
    if (isAnswered || key === null || ref === null) {
      const source = signed.name === 'unknown' ? 'none' : 'signed';
      return { ...signed, source, ageMs: 0 };
    }
    return joined(signed, await core.match(ref, matchDigests(key, given, profile)));
  }
}

/** HMAC over the UTF-8 of the normal form, in hex; `sm3:` before those of SM3. */
export function matchDigests(
  key: Uint8Array,
  { full_name, document_number }: Given,
  profile: CryptoProfile,
): MatchDigests {
  const mac = algorithmFor('guest-match', profile);
  const digest = (text: string) => namedDigest(profile, macOf(mac, key, Buffer.from(text, 'utf8')), 'hex');
  return {
    name: digest(normalName(full_name)),
    documentNumber: document_number === undefined ? null : digest(normalNumber(document_number)),
  };
}

/** The name that a credential has signed; null: it says none. */
export function signedName(disclosed: Disclosed | null): string | null {
  const { full_name, family_name, given_name } = disclosed ?? {};
  if (full_name !== undefined) return full_name;
  if (family_name === undefined || given_name === undefined) return null;
  const isHan = /\p{Script=Han}/u.test(family_name);
  return isHan ? `${family_name}${given_name}` : `${family_name} ${given_name}`;
}

function signedMatch(given: Given, disclosed: Disclosed | null): Pick<Match, 'name' | 'documentNumber'> {
  const name = signedName(disclosed);
  const numbers = [disclosed?.['document_number'], disclosed?.['national_id']].filter(
    (number): number is string => number !== undefined,
  );
  const number = given.document_number;
  return {
    name: name === null ? 'unknown' : said(normalName(name) === normalName(given.full_name)),
    documentNumber:
      number === undefined
        ? 'not_asked'
        : numbers.length === 0
          ? 'unknown'
          : said(numbers.some((each) => normalNumber(each) === normalNumber(number))),
  };
}

const said = (holds: boolean): MatchSaid => (holds ? 'yes' : 'no');

function joined(signed: Pick<Match, 'name' | 'documentNumber'>, asked: MatchAnswer): Match {
  const name = signed.name === 'unknown' ? asked.name : signed.name;
  const documentNumber = signed.documentNumber === 'unknown' ? asked.documentNumber : signed.documentNumber;
  const { ageMs } = asked;
  return { name, documentNumber, source: signed.name === 'unknown' ? asked.source : 'signed', ageMs };
}
