/** SD-JWT credentials of a city's cards, as their wallets show them: residents' and visitors', by turns. */
import { createHash } from 'node:crypto';
import type { SdJwtIssuer } from '../authority/sd-jwt.ts';
import type { City } from '../city.ts';
import { type P256Key, p256Jwk, p256Key, p256Sign } from '../p256.ts';
import { seeded, seededInteger } from '../seed.ts';
import { packClaims, type ShownFrame, shownDisclosures } from './disclosure-frame.ts';
import { contributed, type Showing, type ShownFamily } from './showing.ts';

/** Whom the holder signs for. */
const AUDIENCE = 'https://gate.city.test';
const TYPE = 'urn:city:person:1';
const DAY_S = 86_400;

const FAMILY_NAMES = ['王', '李', '张', '陈', 'Müller', 'Smith', 'García', 'Rossi'] as const;
const GIVEN_NAMES = ['伟', '芳', '敏', '静', 'Anna', 'John', 'Lucía', 'Marco'] as const;

const FRAME = {
  _sd: [
    'family_name',
    'given_name',
    'birthdate',
    'sex',
    'nationalities',
    'document_number',
    'address',
    'place_of_birth',
    'age_equal_or_over',
  ],
  age_equal_or_over: { _sd: ['12', '18', '65'] },
};
/** What a gate asks for. */
const SHOWN: ShownFrame = {
  family_name: true,
  given_name: true,
  birthdate: true,
  document_number: true,
  age_equal_or_over: { 18: true },
};

export const sdJwtCredential: ShownFamily = {
  faults: [
    'wrong-signer',
    'expired',
    'injected-claim',
    'repeated-disclosure',
    'hidden-expiry',
    'wrong-audience',
    'replayed-nonce',
    'wrong-holder',
    'dropped-disclosure',
    'none',
  ],
  show(showing) {
    const { fault } = showing;
    const nonce = nonceOf(showing);
    const { jwt, disclosures, holder } = issue(showing);
    const shown = `${[jwt, ...disclosures].join('~')}~`;
    const signedNonce = fault === 'replayed-nonce' ? earlierNonce(showing) : nonce;
    const kb = signed(fault === 'wrong-holder' ? stranger(showing) : holder, KB_HEADER, {
      iat: Math.floor(showing.atMs / 1000),
      aud: fault === 'wrong-audience' ? 'https://another.city.test' : AUDIENCE,
      nonce: signedNonce,
      sd_hash: createHash('sha256').update(shown).digest('base64url'),
    });
    const presented = fault === 'dropped-disclosure' ? shown.replace(`~${disclosures[0]}`, '') : shown;
    return { credential: { text: presented + kb }, context: { aud: AUDIENCE, nonce } };
  },
};

const KB_HEADER = { alg: 'ES256', typ: 'kb+jwt' };

/** In the text in which a gateway gives its challenges. */
function nonceOf(showing: Showing): string {
  return Buffer.from(showing.challenge ?? contributed(showing, 'sd-jwt nonce', 16)).toString('base64url');
}

function earlierNonce({ challenge: _, ...showing }: Showing): string {
  return nonceOf({ ...showing, nonce: 'an earlier one' });
}

function stranger(showing: Showing): P256Key {
  return p256Key(contributed(showing, 'sd-jwt stranger', 40));
}

interface Issued {
  readonly jwt: string;
  readonly disclosures: readonly string[];
  readonly holder: P256Key;
}

/** Credentials of cities: signing takes longer than all else. The oldest give way. */
const KEPT_MAX = 4_096;
const kept = new WeakMap<City, Map<string, Issued>>();

/** The credential of a card, the same until it is replaced. */
function issue(showing: Showing): Issued {
  const { city, index, chip, fault } = showing;
  if (fault !== null) return issueAnew(showing);
  const credentials = kept.get(city) ?? new Map<string, Issued>();
  kept.set(city, credentials);
  const name = `${index}/${chip}`;
  const known = credentials.get(name);
  if (known !== undefined) return known;
  const [oldest] = credentials.keys();
  if (oldest !== undefined && credentials.size >= KEPT_MAX) credentials.delete(oldest);
  const made = issueAnew(showing);
  credentials.set(name, made);
  return made;
}

function issueAnew({ city, index, chip, atMs, fault }: Showing): Issued {
  // Throws where the city has no such card.
  const { identity } = city.card(index, chip);
  const { seed, sdJwt, statusListUri } = city;
  const holder = p256Key(seeded(seed, `sd-jwt holder ${chip}`, index, 40));
  const issuers = fault === 'wrong-signer' ? sdJwt.strangers : sdJwt;
  const { issuer, key, header } = index % 2 === 0 ? issuers.residents : issuers.visitors;
  const from_s = city.cardValidFromMs / 1000;
  const until_s = Date.UTC(city.cardExpires.year, city.cardExpires.month, 1) / 1000;
  const exp = fault === 'expired' ? Math.floor(atMs / 1000) - DAY_S : until_s;
  const hidden = fault === 'hidden-expiry' ? [...FRAME._sd, 'exp'] : FRAME._sd;
  const claims = {
    iss: issuer,
    vct: TYPE,
    iat: from_s,
    exp,
    jti: `${identity.pan}-${chip}`,
    cnf: { jwk: p256Jwk(holder) },
    issuing_country: 'CN',
    issuing_authority: `Test City ${city.region}`,
    ...(statusListUri !== null && { status: { status_list: { idx: index, uri: statusListUri } } }),
    ...personOf(city, index, identity.pan),
  };
  const salt = (path: string) =>
    Buffer.from(seeded(seed, `sd-jwt salt ${chip} ${path}`, index, 16)).toString('base64url');
  const packed = packClaims(claims, { ...FRAME, _sd: hidden }, salt);
  const payload = { ...(packed.claims as object), _sd_alg: 'sha-256' };
  const shown = shownDisclosures(packed, fault === 'hidden-expiry' ? { ...SHOWN, exp: true } : SHOWN);
  return {
    jwt: issuerJwt({ issuer, key, header }, payload, fault),
    disclosures: withFault(shown, fault),
    holder,
  };
}

function issuerJwt({ key, header }: SdJwtIssuer, payload: object, fault: string | null): string {
  const alg = fault === 'none' ? 'none' : 'ES256';
  return signed(key, { alg, typ: 'dc+sd-jwt', ...header }, payload);
}

function withFault(disclosures: readonly string[], fault: string | null): readonly string[] {
  if (fault === 'repeated-disclosure') return [...disclosures, ...disclosures.slice(0, 1)];
  if (fault !== 'injected-claim') return disclosures;
  return [...disclosures, encoded(['salt', 'nationalities', ['UN']])];
}

function signed(key: P256Key, header: object, payload: object): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${Buffer.from(p256Sign(key, Buffer.from(input, 'ascii'))).toString('base64url')}`;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function personOf({ seed }: City, index: number, number: string) {
  const draw = (label: string, below: number) => seededInteger(seed, `sd-jwt ${label}`, index, below);
  const family = draw('family name', FAMILY_NAMES.length);
  return {
    family_name: FAMILY_NAMES[family],
    given_name: GIVEN_NAMES[draw('given name', GIVEN_NAMES.length)],
    birthdate: `${1950 + draw('birth year', 50)}-0${1 + draw('birth month', 9)}-1${draw('birth day', 10)}`,
    sex: 1 + draw('sex', 2),
    nationalities: [family < 4 ? 'CN' : 'EU'],
    document_number: `P${number}`,
    address: { street_address: `${1 + draw('house', 200)} Test Road`, locality: 'Test City', country: 'CN' },
    place_of_birth: { locality: 'Test City', country: 'CN' },
    age_equal_or_over: { 12: true, 18: true, 65: false },
  };
}
