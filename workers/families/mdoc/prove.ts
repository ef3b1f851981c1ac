/**
 * The proof of a DeviceResponse (ISO/IEC 18013-5 clause 9.3.1): of every document the signer's certificate, the issuer's signature,
 * the digests of what was disclosed, validity, and the device's signature or MAC over this session.
 */
import type { Code } from '../../../config/codes.ts';
import { personalText } from '../../claims.ts';
import { CborTape } from '../../codecs/cbor-tape.ts';
import { toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import { shortDigest } from '../../short-digest.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { ElementClaims } from './claims.ts';
import { checkDevice, type Session } from './device.ts';
import { elementsFault } from './elements.ts';
import type { MdocInput } from './input.ts';
import { type IssuerAuth, proveIssuer, rememberIssuer } from './issuer.ts';
import { type MobileSecurityObject, readMobileSecurityObject } from './mobile-security-object.ts';
import { readResponse, type ShownDocument } from './response.ts';
import { givenTranscript, missingField, transcriptOf } from './transcript.ts';
import type { MdocTrust } from './trust.ts';

/** Whose name spaces repeat what the signer's certificate says (clause 7.2.1). */
const DRIVING_LICENCE = 'org.iso.18013.5.1.mDL';
const NONCE_BYTES = 16;

/** What was shown, and what an issuer signed of the document that is looked at. */
const shown = new CborTape();
const signed = new CborTape();

/** Never throws for any bytes. `disclose`: personal claims that were asked for. */
export function beginMdocProof(
  input: MdocInput,
  trust: MdocTrust,
  atMs: number,
  disclose: readonly string[],
): PendingProof {
  const list = new CheckList();
  const proof = prove(input, { trust, atMs, list }, disclose);
  shown.close();
  signed.close();
  return proof ?? list.denied();
}

/** What every step needs. */
export interface Proving {
  readonly trust: MdocTrust;
  readonly atMs: number;
  readonly list: CheckList;
}

function prove(input: MdocInput, proving: Proving, disclose: readonly string[]): PendingProof | null {
  const { list, trust } = proving;
  const transcript = readTranscript(input, list);
  if (transcript === null) return null;
  const documents = readResponse(shown, input.response, list);
  if (documents === null) return null;
  const chosen = choose(documents, input.docType);
  if (!list.require('response.doc_type', 'credential.no_document', chosen >= 0)) return null;

  const session: Session = { transcript, readerKey: input.readerKey };
  const authentic: IssuerAuth[] = [];
  let facts: ProofFacts | null = null;
  for (const [i, document] of documents.entries()) {
    const claims = new ElementClaims(i === chosen ? disclose : []);
    const proven = proveDocument(document, session, proving, claims);
    if (proven === null) return null;
    authentic.push(proven.issuer);
    if (i === chosen) facts = factsOf(proven, claims, transcript, documents.length);
  }
  return facts === null
    ? null
    : list.pending(facts, () => {
        for (const issuer of authentic) rememberIssuer(issuer, trust);
      });
}

function readTranscript({ transcript, handover }: MdocInput, list: CheckList): Uint8Array | null {
  if (
    !list.require('context.transcript', 'credential.data_missing', transcript !== null || handover !== null)
  )
    return null;
  if (!list.require('context.unambiguous', 'credential.malformed', transcript === null || handover === null))
    return null;
  if (transcript !== null) {
    const given = givenTranscript(transcript);
    return list.require('context.transcript_form', 'credential.malformed', given !== null) ? given : null;
  }
  if (handover === null) return null;
  const missing = missingField(handover);
  return list.require(`handover.${missing ?? 'fields'}`, 'credential.data_missing', missing === null)
    ? transcriptOf(handover)
    : null;
}

/** Place of the document that counts; -1: there is none of its type. */
function choose(documents: readonly ShownDocument[], docType: string | null): number {
  return docType === null ? 0 : documents.findIndex((each) => shown.text(each.docType) === docType);
}

interface ProvenDocument {
  readonly docType: string;
  readonly mso: MobileSecurityObject;
  readonly issuer: IssuerAuth;
  readonly mode: 'device-signature' | 'device-mac';
}

function proveDocument(
  document: ShownDocument,
  session: Session,
  proving: Proving,
  claims: ElementClaims,
): ProvenDocument | null {
  const { list, atMs } = proving;
  const issuer = proveIssuer(shown, document.issuerAuth, proving);
  if (issuer === null) return null;
  const mso = readMobileSecurityObject(signed, issuer.payload);
  if (!list.judge('mso.form', typeof mso === 'string' ? mso : null) || typeof mso === 'string') return null;
  if (!isOfType(document, mso, issuer, list)) return null;
  if (!list.judge('mso.signed', signedFault(mso, issuer))) return null;
  if (!list.judge('mso.validity', validityFault(mso, atMs))) return null;
  if (!list.judge('elements.digests', elementsFault(shown, document.nameSpaces, signed, mso, claims)))
    return null;
  const docType = shown.text(document.docType) ?? '';
  if (docType === DRIVING_LICENCE) {
    const { signer } = issuer;
    const isSame =
      isSameOrUnsaid(claims.issuingCountry, signer.anchor.country) &&
      isSameOrUnsaid(claims.issuingJurisdiction, signer.stateOrProvince);
    if (!list.require('document_signer.country', 'credential.identity_mismatch', isSame)) return null;
  }
  return checkDevice(shown, document, { tape: signed, mso }, session, { list, repeats: issuer.known })
    ? { docType, mso, issuer, mode: document.deviceMac < 0 ? 'device-signature' : 'device-mac' }
    : null;
}

function isSameOrUnsaid(element: string | null, attribute: string): boolean {
  return element === null || attribute === '' || element === attribute;
}

function isOfType(
  { docType }: ShownDocument,
  mso: MobileSecurityObject,
  { signer }: IssuerAuth,
  list: CheckList,
): boolean {
  const { docTypes } = signer.anchor;
  const name = signed.bytes.subarray(signed.contents[mso.docType], signed.ends[mso.docType]);
  return (
    list.require('document.type', 'credential.type_mismatch', shown.isText(docType, name)) &&
    list.require(
      'document_signer.doc_type',
      'trust.issuer_not_accepted',
      docTypes === null || docTypes.has(shown.text(docType) ?? ''),
    )
  );
}

/** The signer's certificate was good when it signed (clause 9.3.1). */
function signedFault({ signedMs }: MobileSecurityObject, { signer }: IssuerAuth): Code | null {
  if (signedMs < signer.notBeforeMs) return 'trust.certificate_not_yet_valid';
  return signedMs > signer.notAfterMs ? 'trust.certificate_expired' : null;
}

/** Depends on the clock, so it is never remembered. Both bounds are inclusive. */
function validityFault({ validFromMs, validUntilMs }: MobileSecurityObject, atMs: number): Code | null {
  if (atMs < validFromMs) return 'credential.not_yet_valid';
  return atMs > validUntilMs ? 'credential.expired' : null;
}

function factsOf(
  { docType, mso, issuer, mode }: ProvenDocument,
  claims: ElementClaims,
  transcript: Uint8Array,
  documents: number,
): ProofFacts {
  const { signer, credential } = issuer;
  const { anchor } = signer;
  const { disclosed } = claims;
  return {
    credentialId: personalText(`${anchor.issuer}:${credential}`),
    issuer: anchor.issuer,
    region: anchor.region,
    subject: personalText(`${anchor.issuer}:${claims.documentNumber ?? credential}`),
    mode,
    // Of what the reader contributed alone: whatever else a wallet could vary, one session is one presentation.
    nonce: toHex(shortDigest(transcript).subarray(0, NONCE_BYTES)),
    replayableUntilMs: null,
    validUntilMs: Math.min(mso.validUntilMs, signer.notAfterMs, anchor.certificate.notAfterMs),
    claims: {
      document_type: docType,
      ...(anchor.country !== '' && { issuing_country: anchor.country }),
      ...claims.public,
      ...(documents > 1 && { documents }),
    },
    holderBound: true,
    ...(disclosed !== undefined && { disclosed }),
    ...(mso.status !== null && { statusReference: mso.status }),
  };
}
