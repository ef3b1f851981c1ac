/**
 * Offline data authentication with SM2 (JR/T 0025.17 as public kernels implement it): certificates in clear with the
 * signature r ‖ s behind them, SM3, and the default distinguishing ID throughout. Signatures become engine jobs.
 */
import { fromHex } from '../../codecs/hex.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type SignatureEngine, sm2Job } from '../../engine/job.ts';
import { SM2_DEFAULT_ID, sm3 } from '../../engine/sm2-digest.ts';
import { TrustError } from '../../trust/error.ts';
import type { CaKey, CardKey, IssuerKey } from './algorithm.ts';
import type { ChipSm2Anchor } from './anchors.ts';
import {
  algorithmsOffset,
  CARD_CERTIFICATE,
  type CertificateHead,
  type CertificateKind,
  ISSUER_CERTIFICATE,
  readHead,
} from './certificate.ts';
import type { ChipCheckList } from './chip-check-list.ts';

const ISSUER_FORMAT = 0x12;
const STATIC_FORMAT = 0x13;
const CARD_FORMAT = 0x14;
const DYNAMIC_FORMAT = 0x15;
const SIGNATURE_ALGORITHM_SM2 = 0x04;
const ENCRYPTION_ALGORITHM_NONE = 0x00;
/** Signature and encryption algorithm, curve parameter, key length. */
const ALGORITHM_BYTES = 4;
/** Format and two bytes of data authentication code. */
const STATIC_HEAD_BYTES = 3;
/** Format and length of the ICC dynamic data. */
const DYNAMIC_HEAD_BYTES = 2;

/** Throws TrustError when the anchor's key is not a point of the curve. */
export function sm2CaKey(anchor: ChipSm2Anchor, engine: SignatureEngine): CaKey {
  const caKey = fromHex(anchor.publicKeyHex);
  if (!engine.isOnCurve('sm2', caKey)) {
    throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index}: not a point of the SM2 curve`);
  }
  engine.prepare('sm2', caKey);
  return {
    alg: anchor.alg,
    fddaEnabled: anchor.sm2Fdda === true,
    issuerCertificateTags: ['90'],
    issuerCertificate: (list, tags) => {
      const read = readCertificate(
        list,
        ISSUER_CERTIFICATE,
        ISSUER_FORMAT,
        tags['90'],
        caKey,
        NOTHING,
        engine,
      );
      if (read === null) return null;
      return { ...read.head, key: issuerKey(read.publicKey, engine) };
    },
    provenIssuerKey: (bytes) => issuerKey(bytes, engine),
    provenCardKey: (bytes) => cardKey(bytes, true),
  };
}

const NOTHING = new Uint8Array();

function issuerKey(publicKey: Uint8Array, engine: SignatureEngine): IssuerKey {
  return {
    bytes: publicKey,
    prepare: () => engine.prepare('sm2', publicKey),
    cardCertificateTags: ['9F46'],
    cardCertificate: (list, tags, staticData) => {
      const certificate = tags['9F46'];
      const read = readCertificate(
        list,
        CARD_CERTIFICATE,
        CARD_FORMAT,
        certificate,
        publicKey,
        staticData,
        engine,
      );
      return read && { ...read.head, key: cardKey(read.publicKey, false) };
    },
    staticSignature: (list, signed, staticData) => {
      if (!list.hasLength('static_signature.length', signed, STATIC_HEAD_BYTES + SIGNATURE_BYTES))
        return false;
      const format = signed[0] === STATIC_FORMAT;
      if (!list.require('static_signature.format', 'credential.malformed', format)) return false;
      const head = signed.subarray(0, STATIC_HEAD_BYTES);
      const signature = signed.subarray(STATIC_HEAD_BYTES);
      const job = sm2Job(publicKey, SM2_DEFAULT_ID, head, signature, staticData);
      list.verify('static_signature.signature', 'signature.static_data', job);
      return true;
    },
  };
}

/** `repeats`: whether the key has signed before. */
function cardKey(publicKey: Uint8Array, repeats: boolean): CardKey {
  return {
    bytes: publicKey,
    dynamicData: (list, signed, terminalData) => {
      const format = signed[0] === DYNAMIC_FORMAT;
      if (!list.require('dynamic_signature.format', 'credential.malformed', format)) return null;
      const dataEnd = DYNAMIC_HEAD_BYTES + (signed[1] ?? 0);
      if (!list.hasLength('dynamic_signature.length', signed, dataEnd + SIGNATURE_BYTES)) return null;
      const [covered, signature] = [signed.subarray(0, dataEnd), signed.subarray(dataEnd)];
      const job = sm2Job(publicKey, SM2_DEFAULT_ID, covered, signature, terminalData, repeats);
      list.verify('dynamic_signature.signature', 'signature.dynamic_data', job);
      return signed.subarray(DYNAMIC_HEAD_BYTES, dataEnd);
    },
    transactionHash: (data) => sm3(data),
  };
}

/** Reads a certificate and asks the engine for its signature over everything before it and `appended`. */
function readCertificate(
  list: ChipCheckList,
  kind: CertificateKind,
  format: number,
  certificate: Uint8Array | undefined,
  signer: Uint8Array,
  appended: Uint8Array,
  engine: SignatureEngine,
): { head: CertificateHead; publicKey: Uint8Array } | null {
  const algorithms = algorithmsOffset(kind);
  const keyOffset = algorithms + ALGORITHM_BYTES;
  const signatureOffset = keyOffset + PUBLIC_KEY_BYTES;
  if (!list.has(`${kind.name}.present`, certificate)) return null;
  if (!list.hasLength(`${kind.name}.length`, certificate, signatureOffset + SIGNATURE_BYTES)) return null;
  const head = readHead(list, kind, format, certificate);
  if (head === null) return null;
  // The curve parameter after these two is not looked at: cards in the field carry different ones.
  const known =
    certificate[algorithms] === SIGNATURE_ALGORITHM_SM2 &&
    certificate[algorithms + 1] === ENCRYPTION_ALGORITHM_NONE;
  if (!list.require(`${kind.name}.algorithm`, 'credential.algorithm_unsupported', known)) return null;
  const keyLength = certificate[keyOffset - 1] === PUBLIC_KEY_BYTES;
  if (!list.require(`${kind.name}.key_length`, 'credential.malformed', keyLength)) return null;
  // A copy (a Buffer's `slice` makes none): what is remembered must not hold on to the message it came in.
  const publicKey = new Uint8Array(certificate.subarray(keyOffset, signatureOffset));
  if (!list.require(`${kind.name}.key`, 'key.invalid', engine.isOnCurve('sm2', publicKey))) return null;
  const covered = certificate.subarray(0, signatureOffset);
  const job = sm2Job(signer, SM2_DEFAULT_ID, covered, certificate.subarray(signatureOffset), appended);
  list.verify(`${kind.name}.signature`, kind.signatureCode, job);
  return { head, publicKey };
}
