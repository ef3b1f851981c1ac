/**
 * Lists in CWT form: status lists of tokens (draft-ietf-oauth-status-list, clause 5.2) and lists of identifiers (ISO/IEC 18013-5,
 * second edition). COSE_Sign1 in its tag; a MAC is none, and no tag of a CWT goes before it.
 */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { CborProfile } from '../../../workers/codecs/cbor-profile.ts';
import { readCbor } from '../../../workers/codecs/cbor-reader.ts';
import { BYTES, CborTape, cborKey, MAP } from '../../../workers/codecs/cbor-tape.ts';
import { coseAlgorithm } from '../../../workers/cose/algorithms.ts';
import { readSign1, type Sign1, signedBytes } from '../../../workers/cose/sign1.ts';
import { identifierDigests } from './identifier-digests.ts';
import { signerOf, type TokenSigner } from './list-authority.ts';
import { isSignedBy } from './list-signature.ts';
import type { ExpectedList, IdentifierListToken, ListToken, StatusListToken } from './list-token.ts';
import { type EntryBits, inflateEntries } from './status-list-entries.ts';
import { TokenStatusError } from './token-status-error.ts';

/** COSE_Mac0 (RFC 9052 clause 2). */
const TAG_MAC0 = 0xd1;
/** Moments may be fractions (RFC 8392 clause 2). */
const PROFILE: CborProfile = { longHeads: false, floats: true, dates: false, tags: new Set([18]) };
/** Identifiers are byte strings, and keys of a map. */
const PAYLOAD_PROFILE: CborProfile = { ...PROFILE, tags: new Set(), byteKeys: true };

const STATUS_LIST_TYPE = 'application/statuslist+cwt';
const IDENTIFIER_LIST_TYPE = 'application/identifierlist+cwt';

/** Claims: RFC 8392 clause 4, and the registrations of the draft and of ISO. */
const CLAIM = { subject: 2, expires: 4, issuedAt: 6, identifiers: 65_530, statusList: 65_533, ttl: 65_534 };
const BITS = cborKey('bits');
const LST = cborKey('lst');
const IDENTIFIERS = cborKey('identifiers');
const SUBJECT_CHARACTERS_MAX = 2_048;
const SECONDS_MAX = 8.64e12;

const tape = new CborTape();

/** Rejects with TokenStatusError. */
export async function openCwtList(bytes: Uint8Array, expected: ExpectedList): Promise<ListToken> {
  if (bytes[0] === TAG_MAC0) throw new TokenStatusError('algorithm', 'a MAC is no signature');
  const sign1 = readSign1(bytes, { tag: 'required', algorithmIn: 'protected', cbor: PROFILE });
  if (typeof sign1 === 'string') throw malformed(`the token is not a COSE_Sign1 in its tag: ${sign1}`);
  const { type, payload } = sign1;
  if (type !== STATUS_LIST_TYPE && type !== IDENTIFIER_LIST_TYPE) {
    throw new TokenStatusError('type', 'the token is no list of a known type');
  }
  const signer = verifiedSigner(sign1, expected);
  try {
    const fault = payload === null ? 'there are none' : readCbor(tape, payload, PAYLOAD_PROFILE);
    if (fault !== null) throw malformed(`the claims: ${fault}`);
    const times = timesOf(expected, signer);
    if (type === IDENTIFIER_LIST_TYPE) return identifierList(times, expected.digest);
    const { bits, compressed } = statusList();
    return {
      ...times,
      kind: 'status_list',
      bits,
      entries: await inflateEntries(compressed, expected.maxBytes),
    };
  } finally {
    tape.close();
  }
}

function verifiedSigner(sign1: Sign1, { authority, nowMs }: ExpectedList): TokenSigner {
  const { algorithm, protectedBytes, payload, signature, x5chain } = sign1;
  const named = coseAlgorithm(algorithm);
  if (named === undefined) throw new TokenStatusError('algorithm', 'the token names no signature algorithm');
  const signer = signerOf(authority, x5chain, nowMs);
  if (NAMES[named.name] !== signer.algorithm) {
    throw new TokenStatusError('algorithm', `the key is for ${signer.algorithm} only`);
  }
  const message = payload === null ? null : signedBytes(protectedBytes, payload);
  if (message === null || !isSignedBy(signer, message, signature)) {
    throw new TokenStatusError('signature', 'the token is not signed with the key of the list');
  }
  return signer;
}

/** Names of COSE that mean the same on the curve of the key (RFC 9864). */
const NAMES: Readonly<Record<string, TokenSigner['algorithm']>> = {
  ES256: 'ES256',
  ESP256: 'ES256',
  ES384: 'ES384',
  ESP384: 'ES384',
  ES512: 'ES512',
  ESP512: 'ES512',
  EdDSA: 'EdDSA',
  Ed25519: 'EdDSA',
};

type Times = Omit<StatusListToken, 'kind' | 'bits' | 'entries'>;

function timesOf({ uri }: ExpectedList, signer: TokenSigner): Times {
  if (!tape.is(0, MAP)) throw malformed('the claims are no map');
  const sub = tape.text(tape.valueAt(0, CLAIM.subject));
  if (sub === null || sub.length > SUBJECT_CHARACTERS_MAX) throw malformed('the token names no list');
  if (sub !== uri) throw new TokenStatusError('subject', 'the token is of another list');
  const iat = secondsAt(CLAIM.issuedAt);
  if (iat === null) throw malformed('the token does not say when it was issued');
  const [exp, ttl] = [secondsAt(CLAIM.expires), secondsAt(CLAIM.ttl)];
  if (ttl === 0) throw malformed('the token may be kept for no time');
  return {
    uri,
    issuedAtMs: Math.floor(iat * 1000),
    expiresAtMs: exp === null ? null : Math.floor(exp * 1000),
    ttlMs: ttl === null ? null : Math.ceil(ttl * 1000),
    signerUntilMs: signer.untilMs,
  };
}

/** Null where the claim is not there. */
function secondsAt(claim: number): number | null {
  const at = tape.valueAt(0, claim);
  if (at < 0) return null;
  const seconds = tape.number(at);
  if (seconds >= 0 && seconds <= SECONDS_MAX) return seconds;
  throw malformed(`claim ${claim} is no time`);
}

function statusList(): { readonly bits: EntryBits; readonly compressed: Uint8Array } {
  const list = tape.valueAt(0, CLAIM.statusList);
  const bits = tape.integer(tape.valueOf(list, BITS));
  const compressed = tape.byteString(tape.valueOf(list, LST));
  if (![1, 2, 4, 8].includes(bits) || compressed === null) throw malformed('there is no status list');
  // A copy: the tape may be filled anew while the list is inflated.
  return { bits: bits as EntryBits, compressed: compressed.slice() };
}

/** It must say when it ends: what is absent from it is good only so long. */
function identifierList(times: Times, digest: DigestAlgorithm): IdentifierListToken {
  if (times.expiresAtMs === null) throw malformed('a list of identifiers must have an end');
  const map = tape.valueOf(tape.valueAt(0, CLAIM.identifiers), IDENTIFIERS);
  if (!tape.is(map, MAP)) throw malformed('there is no list of identifiers');
  const identifiers: Uint8Array[] = [];
  for (let at = map + 1; at < (tape.nexts[map] as number); at = tape.nexts[at + 1] as number) {
    const identifier = tape.is(at, BYTES) && tape.is(at + 1, MAP) ? tape.byteString(at) : null;
    if (identifier === null) throw malformed('an identifier is no byte string');
    identifiers.push(identifier);
  }
  return { ...times, kind: 'identifier_list', identifiers: identifierDigests(digest, identifiers) };
}

function malformed(message: string): TokenStatusError {
  return new TokenStatusError('malformed', message);
}
