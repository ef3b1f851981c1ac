/**
 * COSE_Sign1 (RFC 9052 clause 4.2): one signature over a payload, with a header that it covers and one that it does not. The bytes
 * are read once; what is returned are views of them.
 */
import type { Code } from '../../config/codes.ts';
import type { CborProfile } from '../codecs/cbor-profile.ts';
import { readCbor } from '../codecs/cbor-reader.ts';
import { ARRAY, BYTES, CborTape, MAP, NEGATIVE, TEXT } from '../codecs/cbor-tape.ts';
import { CborWriter } from '../codecs/cbor-writer.ts';
import { shortDigest } from '../short-digest.ts';

export interface Sign1Profile {
  /** Tag 18 (RFC 9052 clause 2): it must stand before the array, must not, or may. */
  readonly tag: 'required' | 'refused' | 'optional';
  /** Where the algorithm may be named. Where it is not covered by the signature, a stranger chooses it. */
  readonly algorithmIn: 'protected' | 'either';
  /** Of the headers, and of the array where `readSign1` reads it. */
  readonly cbor: CborProfile;
}

export interface Sign1 {
  /** Content of the protected header's byte string, as it is signed: no bytes where it holds nothing (RFC 9052 clause 4.4). */
  readonly protectedBytes: Uint8Array;
  /** Null: it is carried elsewhere. */
  readonly payload: Uint8Array | null;
  readonly signature: Uint8Array;
  /** Header label 1 (RFC 9053): a number, a registered name, or null where none is given where it must be. */
  readonly algorithm: number | string | null;
  /** Label 4, from the protected header where both have it. */
  readonly kid: Uint8Array | null;
  /** Label 33 (RFC 9360), the signer's certificate first; from the protected header where both have it. */
  readonly x5chain: readonly Uint8Array[];
  /** Label 16 of the protected header (RFC 9596). */
  readonly type: string | number | null;
}

export const TAG_SIGN1 = 18;
const LABEL_ALGORITHM = 1;
const LABEL_CRITICAL = 2;
const LABEL_KID = 4;
const LABEL_TYPE = 16;
const LABEL_X5CHAIN = 33;
/** Certificates of a chain; a longer one is refused. */
const CHAIN_CERTIFICATES_MAX = 8;

const outer = new CborTape();
const header = new CborTape();
const writer = new CborWriter();
const NO_BYTES = new Uint8Array();

/** Reads `bytes`, all of them. Never throws for any bytes. */
export function readSign1(bytes: Uint8Array, profile: Sign1Profile): Sign1 | Code {
  const fault = readCbor(outer, bytes, profile.cbor);
  const sign1 = fault ?? sign1At(outer, 0, profile);
  outer.close();
  return sign1;
}

/** The same of an item that a tape has already. */
export function sign1At(tape: CborTape, at: number, profile: Sign1Profile): Sign1 | Code {
  const inTag = tape.tagged(at, TAG_SIGN1);
  if (inTag < 0 ? profile.tag === 'required' : profile.tag === 'refused') return 'credential.malformed';
  const array = inTag < 0 ? at : inTag;
  if (!tape.is(array, ARRAY) || tape.sizes[array] !== 4) return 'credential.malformed';
  const protectedAt = array + 1;
  const unprotected = tape.nexts[protectedAt] as number;
  const payloadAt = tape.nexts[unprotected] as number;
  const protectedBytes = tape.byteString(protectedAt);
  const signature = tape.byteString(tape.nexts[payloadAt] as number);
  const payload = tape.byteString(payloadAt);
  if (protectedBytes === null || signature === null || !tape.is(unprotected, MAP))
    return 'credential.malformed';
  if (payload === null && !tape.isNull(payloadAt)) return 'credential.malformed';

  const protectedMap = readProtected(protectedBytes, profile.cbor);
  if (typeof protectedMap === 'string') return protectedMap;
  const headers = readHeaders(protectedMap, tape, unprotected, profile);
  const isEmpty = protectedMap === null || protectedMap.sizes[0] === 0;
  header.close();
  if (typeof headers === 'string') return headers;
  return { protectedBytes: isEmpty ? NO_BYTES : protectedBytes, payload, signature, ...headers };
}

/** RFC 9052 clause 3: no bytes stand for an empty map. Null then. */
function readProtected(bytes: Uint8Array, cbor: CborProfile): CborTape | null | Code {
  if (bytes.length === 0) return null;
  const fault = readCbor(header, bytes, cbor);
  if (fault !== null) return fault;
  return header.is(0, MAP) ? header : 'credential.malformed';
}

type Headers = Pick<Sign1, 'algorithm' | 'kid' | 'x5chain' | 'type'>;

function readHeaders(
  protectedMap: CborTape | null,
  tape: CborTape,
  unprotected: number,
  profile: Sign1Profile,
): Headers | Code {
  const inProtected = (label: number) => protectedMap?.valueAt(0, label) ?? -1;
  // Nothing that could be critical is understood here beyond what is read anyway; in the other header it has no meaning.
  if (inProtected(LABEL_CRITICAL) >= 0 || tape.valueAt(unprotected, LABEL_CRITICAL) >= 0) {
    return 'credential.header_critical';
  }
  const find = (label: number): [CborTape, number] => {
    const at = inProtected(label);
    return at >= 0 && protectedMap !== null ? [protectedMap, at] : [tape, tape.valueAt(unprotected, label)];
  };
  const algorithmAt: [CborTape, number] =
    profile.algorithmIn === 'either'
      ? find(LABEL_ALGORITHM)
      : [protectedMap ?? tape, inProtected(LABEL_ALGORITHM)];
  const algorithm = nameOrNumber(...algorithmAt);
  const type = nameOrNumber(protectedMap ?? tape, inProtected(LABEL_TYPE));
  const [kidTape, kidAt] = find(LABEL_KID);
  const kid = kidAt < 0 ? null : kidTape.byteString(kidAt);
  const x5chain = readChain(...find(LABEL_X5CHAIN));
  if (algorithm === undefined || type === undefined || x5chain === null || (kidAt >= 0 && kid === null)) {
    return 'credential.malformed';
  }
  return { algorithm, kid, x5chain, type };
}

/** Null where there is none, undefined where it is of no type that it may have. */
function nameOrNumber(tape: CborTape, at: number): string | number | null | undefined {
  if (at < 0) return null;
  const major = tape.majors[at] as number;
  if (major <= NEGATIVE) return tape.integer(at);
  return major === TEXT ? (tape.text(at) ?? undefined) : undefined;
}

/** RFC 9360 clause 2: one certificate stands alone, several in an array. Null on anything else. */
function readChain(tape: CborTape, at: number): readonly Uint8Array[] | null {
  if (at < 0) return [];
  const alone = tape.byteString(at);
  if (alone !== null) return [alone];
  const count = tape.sizes[at] as number;
  if (!tape.is(at, ARRAY) || count === 0 || count > CHAIN_CERTIFICATES_MAX) return null;
  const chain: Uint8Array[] = [];
  for (let i = at + 1; i < (tape.nexts[at] as number); i += 1) {
    if (tape.majors[i] !== BYTES) return null;
    chain.push(tape.bytes.subarray(tape.contents[i], tape.ends[i]));
  }
  return chain;
}

const CONTEXT = 'Signature1';

/**
 * Sig_structure, what the signature is made over (RFC 9052 clause 4.4): a view that is good until the next call. `payload`: that
 * of the message, or the one that is carried elsewhere.
 */
export function signedBytes(
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  external = NO_BYTES,
): Uint8Array {
  return writer
    .reset()
    .array(4)
    .text(CONTEXT)
    .byteString(protectedBytes)
    .byteString(external)
    .byteString(payload)
    .written();
}

/** SHA-256 of Sig_structure, as jobs of ES256 take it. */
export function signedDigest(
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  external = NO_BYTES,
): Uint8Array {
  return shortDigest(signedBytes(protectedBytes, payload, external));
}
