/** Whether a card is that of a person with this name and this number, asked by keyed hashes: `POST /v1/matches`. */
import { timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { type CardPerson, cardPerson, registeredNames } from '../cards/person.ts';
import type { City } from '../city.ts';
import { comparableName, comparableNumber } from './comparable.ts';
import { holderAmong } from './holder-among.ts';
import { kindOf, matchDigest } from './holder-digests.ts';

export const MATCHES_PATH = '/v1/matches';
const MATCHES_MAX = 256;

const digest = Type.String({ pattern: '^(?:sm3:)?[0-9a-f]{64}$' });
const AskedMatchSchema = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 128 }),
    credential: Type.String({ minLength: 1, maxLength: 256 }),
    name: digest,
    document_number: Type.Union([digest, Type.Null()]),
  },
  { additionalProperties: false },
);
export const MatchesQuestion = Compile(
  Type.Object(
    { matches: Type.Array(AskedMatchSchema, { minItems: 1, maxItems: MATCHES_MAX }) },
    { additionalProperties: false },
  ),
);

export type AskedMatch = Static<typeof AskedMatchSchema>;

export type MatchAnswer =
  | {
      readonly answer: 'known';
      readonly name: 'yes' | 'no';
      /** `unknown`: it was not asked for. */
      readonly document_number: 'yes' | 'no' | 'unknown';
      readonly as_of_ms: number;
    }
  | { readonly answer: 'unknown'; readonly as_of_ms: number };

/** Keyed hashes of one person: of each name that he or she is registered under, and of the number of the document. */
export function personDigests(key: Uint8Array, person: CardPerson, profile: CryptoProfile) {
  return {
    names: registeredNames(person).map((name) => matchDigest(key, comparableName(name), profile)),
    documentNumber: matchDigest(key, comparableNumber(person.documentNumber), profile),
  };
}

/** Without a key nobody is known. */
export function answerMatch(
  city: City,
  key: Uint8Array | null,
  asked: AskedMatch,
  nowMs: number,
): MatchAnswer {
  const found = holderAmong(city, asked.issuer, asked.credential);
  if (found === null || key === null) return { answer: 'unknown', as_of_ms: nowMs };
  const person = cardPerson(found.city.seed, found.index);
  const { names, documentNumber } = personDigests(key, person, kindOf(asked.name));
  return {
    answer: 'known',
    name: yesOrNo(names.some((each) => isSame(each, asked.name))),
    document_number:
      asked.document_number === null ? 'unknown' : yesOrNo(isSame(documentNumber, asked.document_number)),
    as_of_ms: nowMs,
  };
}

const yesOrNo = (holds: boolean) => (holds ? 'yes' : 'no');
function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
