/**
 * Suite `status-list`: lists of draft-ietf-oauth-status-list, packed and signed. Each packed list is read whole: entries that are
 * not named are 0, and there is none behind the last.
 */
import { authorityOf } from '../../gateway/knowledge/token-status/list-authority.ts';
import { openListToken } from '../../gateway/knowledge/token-status/list-token.ts';
import { entryAt, inflateEntries } from '../../gateway/knowledge/token-status/status-list-entries.ts';
import { TokenStatusError } from '../../gateway/knowledge/token-status/token-status-error.ts';
import type { CborProfile } from '../../workers/codecs/cbor-profile.ts';
import { readCbor } from '../../workers/codecs/cbor-reader.ts';
import { CborTape, cborKey } from '../../workers/codecs/cbor-tape.ts';
import { readSign1, signedDigest } from '../../workers/cose/sign1.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import type { StatusListKey } from '../../workers/trust/document.ts';
import { readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

const PACKED = 'encoding-vectors.json';
const SIGNED = 'signed-tokens.json';
const LIST_BYTES_MAX = 16_777_216;

export const statusListSuite: Suite = {
  name: 'status-list',
  about: 'lists of draft-ietf-oauth-status-list, packed and signed, as JWT and as CWT',
  async *run(folder) {
    yield* packedLists(folder);
    yield* signedTokens(folder);
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;
const ACCEPTED: Actual = { actual: 'accepted', code: 'proof.ok' };
const rejected = (code: string): Actual => ({ actual: 'rejected', code });

interface PackedList {
  readonly bits: number;
  readonly entries: number;
  readonly statuses: readonly { readonly index: number; readonly value: number }[];
  readonly json: { readonly bits: number; readonly lst: string };
  readonly cborHex: string;
}

async function* packedLists(folder: string): AsyncGenerator<ConformanceCase> {
  for (const list of readJsonFile(folder, PACKED) as readonly PackedList[]) {
    const { bits, json, cborHex } = list;
    const name = `${list.entries} entries of ${bits} bits`;
    const expected = 'accepted';
    const asJson = { bits: json.bits, compressed: Buffer.from(json.lst, 'base64url') };
    yield { name: `${name}, JSON`, expected, ...(await readPacked(asJson, list)) };
    const asCbor = packedInCbor(Buffer.from(cborHex, 'hex'));
    yield {
      name: `${name}, CBOR`,
      expected,
      ...(typeof asCbor === 'string' ? rejected(asCbor) : await readPacked(asCbor, list)),
    };
  }
}

const PROFILE: CborProfile = { longHeads: false, floats: true, dates: false, tags: new Set([18]) };

function packedInCbor(bytes: Uint8Array) {
  const tape = new CborTape();
  const fault = readCbor(tape, bytes, PROFILE);
  if (fault !== null) return fault;
  const compressed = tape.byteString(tape.valueOf(0, cborKey('lst')));
  const bits = tape.integer(tape.valueOf(0, cborKey('bits')));
  return compressed === null ? 'malformed' : { bits, compressed };
}

async function readPacked(
  { bits, compressed }: { readonly bits: number; readonly compressed: Uint8Array },
  { bits: expectedBits, entries, statuses }: PackedList,
): Promise<Actual> {
  if (bits !== expectedBits) return rejected('other bits');
  try {
    const list = await inflateEntries(compressed, LIST_BYTES_MAX);
    const named = new Map(statuses.map(({ index, value }) => [index, value]));
    for (let i = 0; i < entries; i += 1) {
      if (entryAt(list, bits, i) !== (named.get(i) ?? 0)) return rejected(`another entry ${i}`);
    }
    return entryAt(list, bits, entries) === null ? ACCEPTED : rejected('more entries');
  } catch (error) {
    return rejected(faultOf(error));
  }
}

interface SignedTokens {
  readonly key: StatusListKey;
  readonly statusListJwt: string;
  readonly statusListJwtVerifies: boolean;
  readonly status_list_cwt: string;
  readonly status_list_cwtVerifies: boolean;
  readonly referenced_token_cwt: string;
  readonly referenced_token_cwtVerifies: boolean;
}

async function* signedTokens(folder: string): AsyncGenerator<ConformanceCase> {
  const data = readJsonFile(folder, SIGNED) as SignedTokens;
  const outcome = (verifies: boolean) => (verifies ? 'accepted' : 'rejected');
  const jwt = Buffer.from(data.statusListJwt);
  yield {
    name: 'status list token, JWT',
    expected: outcome(data.statusListJwtVerifies),
    ...(await openToken(jwt, subjectOfJwt(data.statusListJwt), data.key)),
  };
  const cwt = Buffer.from(data.status_list_cwt, 'hex');
  yield {
    name: 'status list token, CWT',
    expected: outcome(data.status_list_cwtVerifies),
    ...(await openToken(cwt, subjectOfCwt(cwt), data.key)),
  };
  yield {
    name: 'referenced token, CWT',
    expected: outcome(data.referenced_token_cwtVerifies),
    ...verifyReferenced(Buffer.from(data.referenced_token_cwt, 'hex'), data.key),
  };
}

/** The list that the token itself names: the data does not say which was asked for. */
async function openToken(bytes: Uint8Array, uri: string, key: StatusListKey): Promise<Actual> {
  // The data have the private key, which is refused where a public one is due.
  const { d: _, ...keyJwk } = key as StatusListKey & { readonly d?: string };
  try {
    const authority = authorityOf({ region: 'x', uri, keyJwk }, []);
    await openListToken(bytes, { uri, authority, digest: 'SHA-256', maxBytes: LIST_BYTES_MAX, nowMs: 0 });
    return ACCEPTED;
  } catch (error) {
    return rejected(faultOf(error));
  }
}

function subjectOfJwt(text: string): string {
  const payload = Buffer.from(text.split('.')[1] ?? '', 'base64url').toString();
  return String((JSON.parse(payload) as { readonly sub?: unknown }).sub);
}

const SUBJECT = 2;

function subjectOfCwt(bytes: Uint8Array): string {
  const tape = new CborTape();
  const sign1 = readSign1(bytes, { tag: 'required', algorithmIn: 'protected', cbor: PROFILE });
  if (typeof sign1 === 'string' || sign1.payload === null) return '';
  return readCbor(tape, sign1.payload, PROFILE) === null ? (tape.text(tape.valueAt(0, SUBJECT)) ?? '') : '';
}

/** A credential that refers to a list (draft clause 6.3): only its signature is asked for. */
function verifyReferenced(bytes: Uint8Array, key: StatusListKey): Actual {
  const sign1 = readSign1(bytes, { tag: 'required', algorithmIn: 'protected', cbor: PROFILE });
  if (typeof sign1 === 'string') return rejected(sign1);
  const { protectedBytes, payload, signature } = sign1;
  if (payload === null || signature.length !== 64 || key.kty !== 'EC') return rejected('signature.encoding');
  const publicKey = Buffer.concat([key.x, key.y].map((each) => Buffer.from(each, 'base64url')));
  const job = { curve: 'p256', publicKey, digest: signedDigest(protectedBytes, payload), signature } as const;
  return chooseEngine().engine.verify([job])[0] === 1 ? ACCEPTED : rejected('signature.credential');
}

function faultOf(error: unknown): string {
  if (error instanceof TokenStatusError) return error.code;
  throw error;
}
