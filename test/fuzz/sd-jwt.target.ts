/** SD-JWT: the whole proof. Parts are changed encoded and decoded, and digests put right, so that what is inside is reached. */
import { hash } from 'node:crypto';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { CheckList } from '../../workers/families/check-list.ts';
import { Disclosing, hashOf, withoutDigests } from '../../workers/families/sd-jwt/disclosures.ts';
import { sdJwt } from '../../workers/families/sd-jwt/family.ts';
import { costKey } from '../../workers/families/sd-jwt/input.ts';
import { readIssuerJwt } from '../../workers/families/sd-jwt/issuer-jwt.ts';
import { splitCredential } from '../../workers/families/sd-jwt/split.ts';
import { Prover } from '../../workers/prove.ts';
import {
  AGE,
  AUDIENCE,
  anchor,
  BIRTH_DATE,
  claim,
  digestOf,
  element,
  GIVEN_NAME,
  HEADER,
  issued,
  issuerKey,
  jwt,
  NONCE,
  NOW_MS,
  payload,
  present,
} from '../fixtures/sd-jwts.ts';
import { mutateBytes } from './bytes.ts';
import type { FuzzTarget } from './driver.ts';
import type { Random } from './random.ts';

const prover = new Prover(chooseEngine().engine, 65_536);
const revision = prover.loadTrust({ anchors: [anchor()] });

export const target: FuzzTarget = {
  name: 'sd-jwt',
  seeds: () => SEEDS.map((text) => new TextEncoder().encode(text)),
  mutate: (input, random, other) =>
    random.once(4) ? mutateBytes(input, random, other) : mutateText(input, random, other),
  run(input) {
    const text = Buffer.from(input).toString('latin1');
    const credential = { text, aud: AUDIENCE, nonce: NONCE };
    costKey(credential);
    const item = {
      family: sdJwt.name,
      input: credential,
      atMs: NOW_MS,
      disclose: ['address', 'portrait', 'sex'],
    };
    const [verdict] = prover.prove([item], revision, true);
    if (verdict?.code === 'proof.internal') throw new RangeError('the family threw');
    if (verdict?.ok === true && !SIGNED.has(signedIn(text))) throw new RangeError('another was proven');
    resolve(text);
  },
};

/** What is signed falls to the first change; what is disclosed is looked at on its own. */
function resolve(text: string): void {
  const split = splitCredential(text);
  if (typeof split === 'string') return;
  const read = readIssuerJwt(split, new CheckList());
  const hashName = read === null ? null : hashOf(read.payload);
  if (read === null || hashName === null) return;
  const fault = new Disclosing(split).resolve(read.part, hashName);
  const left = JSON.stringify(withoutDigests(read.payload));
  if (fault === null && left.includes('"...":')) throw new RangeError('a digest was left');
}

const LOCALITY = claim('locality', '渝中');
const PLACE = claim('place_of_birth', { country: 'CN', _sd: [digestOf(LOCALITY), digestOf('decoy')] });
const [CN, FR] = [element('CN', 'a'), element(['FR', { a: 1 }], 'b')];
const nested = payload([digestOf(PLACE), digestOf(GIVEN_NAME)], {
  nationalities: [{ '...': digestOf(CN) }, { '...': digestOf(FR) }],
  status: { status_list: { idx: 7, uri: 'https://a.example/1' } },
});
const SEEDS = [
  present(issued(), [GIVEN_NAME, BIRTH_DATE, AGE]),
  present(issued(), [], null),
  present(jwt(HEADER, nested, issuerKey), [PLACE, LOCALITY, CN, FR, GIVEN_NAME]),
];
/** Header and payload, all that an issuer signed. */
const signedIn = (text: string) => text.split('.', 2).join('.');
const SIGNED: ReadonlySet<string> = new Set(SEEDS.map(signedIn));

const BETWEEN = /[.~]/;
const JSON_PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\u0061',
  '"_sd":[],',
  '{"...":"x"},',
  '"__proto__":1,',
  '1e999',
  'null',
];

/** One part changed: as text, as its JSON, or in its place; a digest after it put right, where it has one. */
function mutateText(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const text = Buffer.from(input).toString('latin1');
  const parts = text.split(BETWEEN);
  const at = random.below(parts.length);
  const part = parts[at] ?? '';
  const donors = Buffer.from(other).toString('latin1').split(BETWEEN);
  const changed = changedPart(part, random, donors[random.below(donors.length)] ?? '');
  const before = part === '' ? text.length : text.indexOf(part);
  const spliced = text.slice(0, before) + changed + text.slice(before + part.length);
  return new TextEncoder().encode(withDigest(spliced, part, changed));
}

function changedPart(part: string, random: Random, donor: string): string {
  switch (random.below(5)) {
    case 0:
      return donor;
    case 1:
      return `${part}~${donor}`;
    case 2:
      return part.slice(0, random.below(part.length + 1));
    default: {
      const json = Buffer.from(part, 'base64url').toString('latin1');
      const at = random.below(json.length + 1);
      const piece = JSON_PIECES[random.below(JSON_PIECES.length)] ?? '';
      const end = random.once(2) ? at : at + random.below(4);
      return Buffer.from(json.slice(0, at) + piece + json.slice(end), 'latin1').toString('base64url');
    }
  }
}

/** The payload refers to the part as it is now, where it referred to it before. */
function withDigest(text: string, before: string, after: string): string {
  const [header = '', body = '', ...rest] = text.split('.');
  const [was, is] = [before, after].map((part) => hash('sha256', part, 'base64url')) as [string, string];
  const json = Buffer.from(body, 'base64url').toString('latin1');
  if (!json.includes(was)) return text;
  const put = Buffer.from(json.replace(was, is), 'latin1').toString('base64url');
  return [header, put, ...rest].join('.');
}
