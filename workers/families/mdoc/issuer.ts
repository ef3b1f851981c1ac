/** The issuer's part of a document: who signed it, and that it is signed (ISO/IEC 18013-5 clause 9.1.2.4). */
import type { CborTape } from '../../codecs/cbor-tape.ts';
import { toHex } from '../../codecs/hex.ts';
import { coseAlgorithm } from '../../cose/algorithms.ts';
import type { CoseKey } from '../../cose/key.ts';
import { type Sign1, type Sign1Profile, sign1At } from '../../cose/sign1.ts';
import { shortDigest } from '../../short-digest.ts';
import type { CheckList } from '../check-list.ts';
import { addSignature } from './cose-signature.ts';
import { type DocumentSigner, findSigner, signerTimeFault } from './document-signer.ts';
import type { Proving } from './prove.ts';
import { MDOC_CBOR } from './response.ts';
import type { MdocTrust } from './trust.ts';

export const COSE_PROFILE: Sign1Profile = { tag: 'refused', algorithmIn: 'protected', cbor: MDOC_CBOR };

export interface IssuerAuth {
  /** MobileSecurityObjectBytes. */
  readonly payload: Uint8Array;
  readonly signer: DocumentSigner;
  /** Names the credential: digest of what the issuer signed. */
  readonly credential: string;
  /** Whether the signature was proven before. */
  readonly known: boolean;
  /** All of it, by which it is remembered. */
  readonly bytes: Uint8Array;
  /** The signer's certificate where it is not proven yet, and else where the signature is not. */
  readonly certificate: Uint8Array | null;
  readonly signerKnown: boolean;
}

const CREDENTIAL_BYTES = 16;

/** Null when a check failed. The signatures that are not remembered are on the list then. */
export function proveIssuer(tape: CborTape, at: number, proving: Proving): IssuerAuth | null {
  const { trust, atMs, list } = proving;
  const { counters } = trust.setting;
  const bytes = tape.whole(at);
  const kept = trust.remembered.issuerAuth(bytes, trust.anchors);
  if (kept !== null) {
    counters.authorisationHits += 1;
    if (!list.judge('document_signer.time', signerTimeFault(kept.signer, atMs))) return null;
    list.require('issuer_auth.signature', 'signature.credential', true);
    const payload = tape.byteString(payloadAt(tape, at)) ?? new Uint8Array();
    return { payload, ...kept, known: true, bytes, certificate: null, signerKnown: true };
  }
  counters.authorisationMisses += 1;
  const sign1 = sign1At(tape, at, COSE_PROFILE);
  if (!list.judge('issuer_auth.form', typeof sign1 === 'string' ? sign1 : null) || typeof sign1 === 'string')
    return null;
  const { payload } = sign1;
  if (!list.require('issuer_auth.payload', 'credential.malformed', payload !== null) || !payload) return null;
  const [certificate] = sign1.x5chain;
  if (
    !list.require('issuer_auth.x5chain', 'credential.data_missing', certificate !== undefined) ||
    !certificate
  )
    return null;
  const found = findSigner(certificate, trust, list);
  if (found === null || !list.judge('document_signer.time', signerTimeFault(found.signer, atMs))) return null;
  counters[found.known ? 'chainHits' : 'chainMisses'] += 1;
  const { signer } = found;
  if (!addIssuerSignature(sign1, signer.key, payload, list)) return null;
  const credential = toHex(shortDigest(payload).subarray(0, CREDENTIAL_BYTES));
  return { payload, signer, credential, known: false, bytes, certificate, signerKnown: found.known };
}

function addIssuerSignature(sign1: Sign1, key: CoseKey, payload: Uint8Array, list: CheckList): boolean {
  const algorithm = coseAlgorithm(sign1.algorithm);
  if (!list.require('issuer_auth.algorithm', 'credential.algorithm_unsupported', algorithm !== undefined))
    return false;
  return (
    algorithm !== undefined &&
    addSignature(
      list,
      { check: 'issuer_auth', code: 'signature.credential' },
      { sign1, key, algorithm, payload },
    )
  );
}

/** Of an issuerAuth that was read before. */
function payloadAt(tape: CborTape, at: number): number {
  return tape.nexts[tape.nexts[at + 1] as number] as number;
}

/** What was not known, and has held. */
export function rememberIssuer(issuer: IssuerAuth, { remembered, setting }: MdocTrust): void {
  const { signer, certificate, bytes, known } = issuer;
  if (certificate === null || known) return;
  if (!issuer.signerKnown) remembered.keepSigner(certificate, signer);
  if (remembered.countSignerUse(certificate) && signer.key.curve === 'p256') {
    setting.engine.prepare('p256', signer.key.publicKey);
  }
  remembered.keepIssuerAuth(bytes, issuer);
}
