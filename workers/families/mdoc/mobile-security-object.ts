/** MobileSecurityObject (ISO/IEC 18013-5 clause 9.1.2.4): what the issuer signed of a document. */
import type { Code } from '../../../config/codes.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { ARRAY, type CborTape, cborKey, MAP, TEXT } from '../../codecs/cbor-tape.ts';
import { toHex } from '../../codecs/hex.ts';
import { parseInstantMs, wholeSecondMs } from '../../codecs/instant.ts';
import type { StatusReference } from '../../contract.ts';
import { type CoseKey, coseKeyAt } from '../../cose/key.ts';
import { isVersion1, MDOC_CBOR, TAG_ENCODED_CBOR } from './response.ts';

export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';

/** Places are in the tape that it was read into. */
export interface MobileSecurityObject {
  readonly digestAlgorithm: DigestAlgorithm;
  /** Map of name spaces to maps of digests by number. */
  readonly valueDigests: number;
  readonly docType: number;
  readonly deviceKey: CoseKey;
  /** Map, or -1: what the device may sign besides. */
  readonly keyAuthorizations: number;
  readonly signedMs: number;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly status: StatusReference | null;
}

const KEYS = {
  version: cborKey('version'),
  digestAlgorithm: cborKey('digestAlgorithm'),
  valueDigests: cborKey('valueDigests'),
  deviceKeyInfo: cborKey('deviceKeyInfo'),
  deviceKey: cborKey('deviceKey'),
  keyAuthorizations: cborKey('keyAuthorizations'),
  docType: cborKey('docType'),
  validityInfo: cborKey('validityInfo'),
  signed: cborKey('signed'),
  validFrom: cborKey('validFrom'),
  validUntil: cborKey('validUntil'),
  status: cborKey('status'),
  statusList: cborKey('status_list'),
  identifierList: cborKey('identifier_list'),
  idx: cborKey('idx'),
  id: cborKey('id'),
  uri: cborKey('uri'),
};

/** Table 21. */
const DIGEST_ALGORITHMS: ReadonlyMap<string, DigestAlgorithm> = new Map<string, DigestAlgorithm>([
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);
const URI_CHARACTERS_MAX = 512;
const IDENTIFIER_BYTES_MAX = 64;

/** `payload`: MobileSecurityObjectBytes, as issuerAuth carries it. */
export function readMobileSecurityObject(tape: CborTape, payload: Uint8Array): MobileSecurityObject | Code {
  const wrapperFault = readCbor(tape, payload, MDOC_CBOR);
  if (wrapperFault !== null) return wrapperFault;
  const wrapped = tape.tagged(0, TAG_ENCODED_CBOR);
  if (wrapped < 0) return 'credential.malformed';
  const fault = readCbor(tape, payload, MDOC_CBOR, tape.contents[wrapped], tape.ends[wrapped]);
  return fault ?? read(tape);
}

function read(tape: CborTape): MobileSecurityObject | Code {
  const version = tape.text(tape.valueOf(0, KEYS.version));
  if (version === null) return 'credential.malformed';
  if (!isVersion1(version)) return 'credential.version_unsupported';
  const algorithm = tape.text(tape.valueOf(0, KEYS.digestAlgorithm));
  if (algorithm === null) return 'credential.malformed';
  const digestAlgorithm = DIGEST_ALGORITHMS.get(algorithm);
  if (digestAlgorithm === undefined) return 'credential.algorithm_unsupported';
  const valueDigests = tape.valueOf(0, KEYS.valueDigests);
  const docType = tape.valueOf(0, KEYS.docType);
  if (!tape.is(valueDigests, MAP) || !tape.is(docType, TEXT)) return 'credential.malformed';

  const deviceKeyInfo = tape.valueOf(0, KEYS.deviceKeyInfo);
  const deviceKey = coseKeyAt(tape, tape.valueOf(deviceKeyInfo, KEYS.deviceKey));
  if (deviceKey === 'malformed') return 'credential.malformed';
  if (deviceKey === 'unsupported') return 'credential.algorithm_unsupported';
  const keyAuthorizations = tape.valueOf(deviceKeyInfo, KEYS.keyAuthorizations);

  const validity = tape.valueOf(0, KEYS.validityInfo);
  const signedMs = instantAt(tape, tape.valueOf(validity, KEYS.signed));
  const validFromMs = instantAt(tape, tape.valueOf(validity, KEYS.validFrom));
  const validUntilMs = instantAt(tape, tape.valueOf(validity, KEYS.validUntil));
  // NaN compares false.
  if (!(signedMs <= validUntilMs) || !(validFromMs <= validUntilMs)) return 'credential.malformed';
  const status = statusAt(tape, tape.valueOf(0, KEYS.status));
  if (typeof status === 'string') return status;
  return {
    digestAlgorithm,
    valueDigests,
    docType,
    deviceKey,
    keyAuthorizations,
    signedMs,
    validFromMs,
    validUntilMs,
    status,
  };
}

/** tdate (RFC 8610 appendix D): tag 0. NaN where it is none. */
function instantAt(tape: CborTape, at: number): number {
  const inside = tape.tagged(at, 0);
  if (inside < 0) return Number.NaN;
  const ms = wholeSecondMs(tape.bytes, tape.contents[inside] as number, tape.ends[inside] as number);
  // Fractions and zones are rare.
  return Number.isNaN(ms) ? (parseInstantMs(tape.text(inside) ?? '') ?? Number.NaN) : ms;
}

/** A status that cannot be looked up is a credential whose state nobody would know: it is refused. */
function statusAt(tape: CborTape, at: number): StatusReference | null | Code {
  if (at < 0) return null;
  const list = tape.valueOf(at, KEYS.statusList);
  if (list >= 0) {
    const index = tape.integer(tape.valueOf(list, KEYS.idx));
    const uri = uriAt(tape, list);
    return index >= 0 && uri !== null ? { kind: 'status_list', uri, index } : 'credential.malformed';
  }
  const identifiers = tape.valueOf(at, KEYS.identifierList);
  if (identifiers < 0) return tape.is(at, MAP) ? 'credential.status_unsupported' : 'credential.malformed';
  const id = tape.byteString(tape.valueOf(identifiers, KEYS.id));
  const uri = uriAt(tape, identifiers);
  const isGood = id !== null && uri !== null && id.length > 0 && id.length <= IDENTIFIER_BYTES_MAX;
  return isGood ? { kind: 'identifier_list', uri, id: toHex(id) } : 'credential.malformed';
}

function uriAt(tape: CborTape, list: number): string | null {
  const uri = tape.text(tape.valueOf(list, KEYS.uri));
  return uri !== null && uri.length <= URI_CHARACTERS_MAX && /^https?:\/\/[!-~]+$/.test(uri) ? uri : null;
}

const AUTHORIZED = { nameSpaces: cborKey('nameSpaces'), dataElements: cborKey('dataElements') };

/** Whether the issuer lets the device sign this element of this name space (clause 9.1.2.4). Both as UTF-8. */
export function mayDeviceSign(
  tape: CborTape,
  keyAuthorizations: number,
  nameSpace: Uint8Array,
  element: Uint8Array,
): boolean {
  return (
    hasText(tape, tape.valueOf(keyAuthorizations, AUTHORIZED.nameSpaces), nameSpace) ||
    hasText(tape, tape.valueOf(tape.valueOf(keyAuthorizations, AUTHORIZED.dataElements), nameSpace), element)
  );
}

function hasText(tape: CborTape, array: number, text: Uint8Array): boolean {
  if (!tape.is(array, ARRAY)) return false;
  const end = tape.nexts[array] as number;
  for (let at = array + 1; at < end; at = tape.nexts[at] as number) if (tape.isText(at, text)) return true;
  return false;
}
