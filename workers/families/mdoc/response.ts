/** DeviceResponse (ISO/IEC 18013-5 clause 8.3.2.1.2.2) as a table of where its parts lie. Nothing of it is believed yet. */
import type { CborProfile } from '../../codecs/cbor-profile.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { ARRAY, type CborTape, cborKey, MAP, TEXT } from '../../codecs/cbor-tape.ts';
import type { CheckList } from '../check-list.ts';
import { RESPONSE_BYTES_MAX } from './input.ts';

/** Real wallets write longer heads than needed. Elements may hold any type of data: documents of any type are taken. */
export const MDOC_CBOR: CborProfile = { longHeads: true, floats: true, dates: true, tags: null };
export const TAG_ENCODED_CBOR = 24;
const DOCUMENTS_MAX = 8;

/** A document: places in the tape, -1 for what is not there. */
export interface ShownDocument {
  readonly docType: number;
  /** Map of name spaces to arrays of items. */
  readonly nameSpaces: number;
  readonly issuerAuth: number;
  /** DeviceNameSpacesBytes, tag and all. */
  readonly deviceNameSpaces: number;
  readonly deviceSignature: number;
  readonly deviceMac: number;
}

const KEYS = {
  version: cborKey('version'),
  documents: cborKey('documents'),
  documentErrors: cborKey('documentErrors'),
  status: cborKey('status'),
  docType: cborKey('docType'),
  issuerSigned: cborKey('issuerSigned'),
  deviceSigned: cborKey('deviceSigned'),
  nameSpaces: cborKey('nameSpaces'),
  issuerAuth: cborKey('issuerAuth'),
  deviceAuth: cborKey('deviceAuth'),
  deviceSignature: cborKey('deviceSignature'),
  deviceMac: cborKey('deviceMac'),
};

/** The documents, or null when a check failed; `list` then names it. */
export function readResponse(
  tape: CborTape,
  bytes: Uint8Array,
  list: CheckList,
): readonly ShownDocument[] | null {
  if (!list.require('response.size', 'credential.oversized', bytes.length <= RESPONSE_BYTES_MAX)) return null;
  if (!list.judge('response.encoding', readCbor(tape, bytes, MDOC_CBOR))) return null;
  if (!list.require('response.form', 'credential.malformed', tape.is(0, MAP))) return null;
  const version = tape.text(tape.valueOf(0, KEYS.version));
  if (!list.require('response.version_form', 'credential.malformed', version !== null)) return null;
  if (!list.require('response.version', 'credential.version_unsupported', isVersion1(version))) return null;
  const status = tape.integer(tape.valueOf(0, KEYS.status));
  if (!list.require('response.status_form', 'credential.malformed', !Number.isNaN(status))) return null;
  if (!list.require('response.status', 'credential.response_status', status === 0)) return null;
  return readDocuments(tape, list);
}

/** Minor versions add fields. */
export function isVersion1(version: string | null): boolean {
  return version !== null && /^1\.[0-9]$/.test(version);
}

function readDocuments(tape: CborTape, list: CheckList): readonly ShownDocument[] | null {
  const at = tape.valueOf(0, KEYS.documents);
  const errors = tape.valueOf(0, KEYS.documentErrors);
  const isForm = (at < 0 || tape.is(at, ARRAY)) && (errors < 0 || tape.is(errors, ARRAY));
  if (!list.require('response.documents_form', 'credential.malformed', isForm)) return null;
  const count = at < 0 ? 0 : (tape.sizes[at] as number);
  // Where other documents could not be given, those that were are proven all the same.
  const refused = count === 0 && errors >= 0 && (tape.sizes[errors] as number) > 0;
  if (!list.require('response.document_errors', 'credential.document_error', !refused)) return null;
  if (!list.require('response.documents', 'credential.no_document', count > 0)) return null;
  if (!list.require('response.documents_count', 'credential.too_many_items', count <= DOCUMENTS_MAX))
    return null;
  const documents: ShownDocument[] = [];
  for (let i = 0, item = at + 1; i < count; i += 1, item = tape.nexts[item] as number) {
    const document = documentAt(tape, item);
    if (!list.require('document.form', 'credential.malformed', document !== null) || !document) return null;
    documents.push(document);
  }
  return documents;
}

/** Null where it is not of the form. */
function documentAt(tape: CborTape, at: number): ShownDocument | null {
  const docType = tape.valueOf(at, KEYS.docType);
  const issuerSigned = tape.valueOf(at, KEYS.issuerSigned);
  const deviceSigned = tape.valueOf(at, KEYS.deviceSigned);
  const nameSpaces = tape.valueOf(issuerSigned, KEYS.nameSpaces);
  const issuerAuth = tape.valueOf(issuerSigned, KEYS.issuerAuth);
  const deviceNameSpaces = tape.valueOf(deviceSigned, KEYS.nameSpaces);
  const deviceAuth = tape.valueOf(deviceSigned, KEYS.deviceAuth);
  const deviceSignature = tape.valueOf(deviceAuth, KEYS.deviceSignature);
  const deviceMac = tape.valueOf(deviceAuth, KEYS.deviceMac);
  const isWhole =
    tape.is(docType, TEXT) &&
    (nameSpaces < 0 || tape.is(nameSpaces, MAP)) &&
    tape.is(issuerAuth, ARRAY) &&
    tape.tagged(deviceNameSpaces, TAG_ENCODED_CBOR) >= 0 &&
    // One of the two, never both (clause 9.1.3.2).
    deviceSignature < 0 !== deviceMac < 0;
  return isWhole ? { docType, nameSpaces, issuerAuth, deviceNameSpaces, deviceSignature, deviceMac } : null;
}
