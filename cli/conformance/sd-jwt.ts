/**
 * Suite `sd-jwt`: the examples of RFC 9901, whole and one disclosure at a time, and cases that are issued here with the keys of
 * the data (`settings.yml`): what is left of the claims must be what the case expects.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type DisclosureFrame,
  packClaims,
  type ShownFrame,
  shownDisclosures,
} from '../../platform/issue/disclosure-frame.ts';
import { p256KeyOf, p256Sign } from '../../platform/p256.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { Disclosing, hashOf, withoutDigests } from '../../workers/families/sd-jwt/disclosures.ts';
import { isObject, type JsonObject, readJsonPart } from '../../workers/families/sd-jwt/json-part.ts';
import { splitCredential } from '../../workers/families/sd-jwt/split.ts';
import { Prover } from '../../workers/prove.ts';
import { filesOf, readJsonFile } from './folder.ts';
import { type IssuerJwk, readSettings, type Settings } from './sd-jwt-settings.ts';
import type { ConformanceCase, Outcome, Suite } from './suite.ts';

const FAMILY = 'sd-jwt';
const SDJWTS = 'spec-sdjwts.json';
const DISCLOSURES = 'spec-disclosures.json';
const SERIALIZATIONS = 'spec-json-serialization.json';

export const sdJwtSuite: Suite = {
  name: FAMILY,
  about: 'examples of RFC 9901 and cases of openwallet-foundation/sd-jwt-js, with settings.yml',
  *run(folder) {
    const settings = readSettings(folder);
    yield* wholeExamples(folder, settings);
    yield* singleDisclosures(folder);
    yield* serializations(folder, settings);
    for (const name of filesOf(folder, '.json')) {
      const content = readJsonFile(folder, name);
      if (isFramedCase(content)) yield { name, expected: 'accepted', ...issueAndProve(content, settings) };
    }
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

interface WholeExample {
  readonly id: string;
  readonly value: string;
  readonly issuerSigOk: boolean;
  readonly allDisclosuresReferenced: boolean;
  readonly kbSigOk?: boolean;
  readonly sdHashOk?: boolean;
}

function* wholeExamples(folder: string, settings: Settings): Generator<ConformanceCase> {
  const { issuerJwk, sdjwts } = readJsonFile(folder, SDJWTS) as {
    readonly issuerJwk: IssuerJwk;
    readonly sdjwts: readonly WholeExample[];
  };
  for (const {
    id,
    value,
    issuerSigOk,
    allDisclosuresReferenced,
    kbSigOk = true,
    sdHashOk = true,
  } of sdjwts) {
    // The issuer's JWT alone is an SD-JWT of which nothing is disclosed.
    const text = value.includes('~') ? value : `${value}~`;
    yield {
      name: id,
      expected: outcome(issuerSigOk && allDisclosuresReferenced && kbSigOk && sdHashOk),
      ...prove(text, issuerJwk, settings),
    };
  }
}

interface SingleDisclosure {
  readonly disclosure: string;
  readonly decoded: readonly unknown[];
  readonly sha256: string;
}

/** Each under its digest in a payload of its own: what comes out must be what the data has decoded. */
function* singleDisclosures(folder: string): Generator<ConformanceCase> {
  const all = readJsonFile(folder, DISCLOSURES) as readonly SingleDisclosure[];
  for (const [i, { disclosure, decoded, sha256 }] of all.entries()) {
    const [, name, value] = decoded.length === 3 ? decoded : [null, 'element', decoded[1]];
    const payload = decoded.length === 3 ? { _sd: [sha256] } : { element: [{ '...': sha256 }] };
    const expected = { [String(name)]: decoded.length === 3 ? value : [value] };
    const claims = disclosedPayload(`${encode({})}.${encode(payload)}.${encode('')}~${disclosure}~`);
    const isSame = isDeepStrictEqual(claims, withoutDigests(expected));
    yield {
      name: `disclosure ${i + 1}`,
      expected: 'accepted',
      actual: outcome(isSame),
      code: typeof claims === 'string' ? claims : isSame ? 'proof.ok' : 'another claim',
    };
  }
}

interface Serialization {
  readonly id: string;
  readonly jws: Signature & { readonly payload: string; readonly signatures?: readonly Signature[] };
  /** For each signature: whether it verifies under each key, by the key's name. */
  readonly verifies: readonly Readonly<Record<string, boolean>>[];
}

interface Signature {
  readonly protected: string;
  readonly signature: string;
  readonly header?: { readonly disclosures?: readonly string[]; readonly kb_jwt?: string };
}

/** JWS in JSON (RFC 9901 clause 8): each signature is the compact form of the same. Disclosures stand at the first. */
function* serializations(folder: string, settings: Settings): Generator<ConformanceCase> {
  const { issuerKeys } = settings;
  for (const { id, jws, verifies } of readJsonFile(folder, SERIALIZATIONS) as readonly Serialization[]) {
    const signatures = jws.signatures ?? [jws];
    const { disclosures = [], kb_jwt = '' } = signatures[0]?.header ?? {};
    for (const [i, signature] of signatures.entries()) {
      const jwt = `${signature.protected}.${jws.payload}.${signature.signature}`;
      const text = [jwt, ...disclosures, i === 0 ? kb_jwt : ''].join('~');
      for (const [name, verified] of Object.entries(verifies[i] ?? {})) {
        const key = issuerKeys.find((_, at) => name === `issuer-key-${at + 1}`);
        yield {
          name: `${id}, signature ${i + 1}, ${name}`,
          expected: outcome(verified),
          ...(key === undefined
            ? { actual: 'unsupported', code: 'the data does not have the key' }
            : prove(text, key, settings)),
        };
      }
    }
  }
}

interface FramedCase {
  readonly claims: JsonObject;
  readonly disclosureFrame: DisclosureFrame;
  readonly presentationFrames: ShownFrame;
  readonly presentedClaims: JsonObject;
}

function isFramedCase(content: unknown): content is FramedCase {
  return isObject(content) && isObject(content['claims']) && isObject(content['disclosureFrame']);
}

function issueAndProve(framed: FramedCase, settings: Settings): Actual {
  const { claims, disclosureFrame, presentationFrames, presentedClaims } = framed;
  const { issuer, issuerKeys } = settings;
  const [key] = issuerKeys;
  if (key?.d === undefined) return { actual: 'unsupported', code: 'the data has no private key' };
  const packed = packClaims(claims, disclosureFrame, (path) => `salt of ${path}`);
  const input = `${encode({ alg: 'ES256', typ: 'example+sd-jwt' })}.${encode({ iss: issuer, ...(packed.claims as object) })}`;
  const signing = p256KeyOf(BigInt(`0x${Buffer.from(key.d, 'base64url').toString('hex')}`));
  const jwt = `${input}.${Buffer.from(p256Sign(signing, Buffer.from(input))).toString('base64url')}`;
  const text = `${[jwt, ...shownDisclosures(packed, presentationFrames)].join('~')}~`;
  const proven = prove(text, key, settings);
  if (proven.actual !== 'accepted') return proven;
  const shown = disclosedPayload(text);
  const expected = { iss: issuer, ...presentedClaims };
  // An object of which nothing is disclosed stays, empty (RFC 9901 clause 7.1); the library of the data leaves it out.
  const isSame = isDeepStrictEqual(shown, expected) || isDeepStrictEqual(withoutEmpty(shown), expected);
  return isSame ? proven : { actual: 'rejected', code: 'other claims' };
}

/** Through the family as it is for gates, under one key of the issuer that the credential itself names. */
function prove(text: string, { kty, crv, x, y }: IssuerJwk, { iatSeconds }: Settings): Actual {
  const [header, payload] = text.split('~', 1)[0]?.split('.').map(decode) ?? [];
  const kb = decode(text.slice(text.lastIndexOf('~') + 1).split('.')[1] ?? '');
  const issuer = issuerOf(payload);
  const types = [String(isObject(header) ? (header['typ'] ?? '') : '')];
  const prover = new Prover(chooseEngine().engine, 0);
  const revision = prover.loadTrust({
    anchors: [{ family: FAMILY, issuer, types, jwk: { kty, crv, x, y } }],
  });
  const { aud = null, nonce = null, iat = iatSeconds } = isObject(kb) ? kb : {};
  const item = { family: FAMILY, input: { text, aud, nonce }, atMs: Number(iat) * 1000 };
  const [verdict] = prover.prove([item], revision, false);
  if (verdict === undefined) throw new Error('one verdict an item expected');
  return { actual: outcome(verdict.ok), code: verdict.code };
}

function issuerOf(payload: unknown): string {
  const { iss, issuer } = isObject(payload) ? payload : {};
  return String(iss ?? (isObject(issuer) ? issuer['id'] : issuer));
}

/** What an application would see of it; a code where it is refused. */
function disclosedPayload(text: string): unknown {
  const split = splitCredential(text);
  if (typeof split === 'string') return split;
  const part = readJsonPart(text, split.issuerJwt.headerEnd + 1, split.issuerJwt.payloadEnd);
  if (typeof part === 'string') return part;
  const hashName = hashOf(part.value as JsonObject) ?? 'sha256';
  return new Disclosing(split).resolve(part, hashName)?.code ?? withoutDigests(part.value);
}

/** Without members that are empty objects. */
function withoutEmpty(value: unknown): unknown {
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withoutEmpty(member)] as const);
  return Object.fromEntries(
    members.filter(([, member]) => !isObject(member) || Object.keys(member).length > 0),
  );
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Undefined where it is no JSON. */
function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function outcome(isAccepted: boolean): Outcome {
  return isAccepted ? 'accepted' : 'rejected';
}
