/**
 * Offline data authentication with RSA: EMV Book 2, clauses 5 and 6. Everything a signature covers partly lies inside
 * it and is recovered, so each is checked here at once and nothing is left for the engine.
 */
import { hash } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import { fromHex } from '../../codecs/hex.ts';
import { isRsaExponent, MODULUS_BYTES_MIN, type RsaKey, recoverRsa, rsaKey } from '../../engine/rsa.ts';
import { TrustError } from '../../trust/error.ts';
import type { CaKey, CardKey, IssuerKey } from './algorithm.ts';
import type { ChipRsaAnchor } from './anchors.ts';
import {
  algorithmsOffset,
  CARD_CERTIFICATE,
  type CertificateHead,
  type CertificateKind,
  ISSUER_CERTIFICATE,
  readHead,
} from './certificate.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import { isSha1, SHA1_BYTES } from './sha1.ts';

const HEADER = 0x6a;
const TRAILER = 0xbc;
const PADDING = 0xbb;
const ISSUER_FORMAT = 0x02;
const STATIC_FORMAT = 0x03;
const CARD_FORMAT = 0x04;
const DYNAMIC_FORMAT = 0x05;
/** EMV Book 2, Annex B: SHA-1 and RSA are the only algorithms with a number. */
const HASH_SHA1 = 0x01;
const KEY_RSA = 0x01;
/** Hash and key algorithm, length of the key and of its exponent. */
const ALGORITHM_BYTES = 4;
/** Format, hash algorithm, two bytes of data authentication code. */
const STATIC_HEAD_BYTES = 4;
/** Format, hash algorithm, length of the ICC dynamic data. */
const DYNAMIC_HEAD_BYTES = 3;

/** Throws TrustError when the anchor's key is not usable. */
export function rsaCaKey(anchor: ChipRsaAnchor): CaKey {
  const caKey = rsaKey(fromHex(anchor.modulusHex), fromHex(anchor.exponentHex));
  if (caKey === null) {
    throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index}: not a usable RSA key`);
  }
  return {
    alg: anchor.alg,
    fddaEnabled: true,
    issuerCertificateTags: ['90', '92', '9F32'],
    issuerCertificate: (list, tags) => {
      const parts = { certificate: tags['90'], remainder: tags['92'], exponent: tags['9F32'] };
      const read = readCertificate(list, ISSUER_CERTIFICATE, ISSUER_FORMAT, parts, caKey, NOTHING);
      return read && { ...read.head, key: issuerKey(read.key) };
    },
    provenIssuerKey: (bytes) => issuerKey(unpackKey(bytes)),
    provenCardKey: (bytes) => new RsaCardKey(unpackKey(bytes)),
  };
}

const NOTHING = new Uint8Array();

/** The exponent by its length in bytes, then the modulus. */
function packKey({ modulus, exponent }: RsaKey): Uint8Array {
  return Buffer.concat([Uint8Array.of(exponent === 3 ? 1 : 3), modulus]);
}

function unpackKey(bytes: Uint8Array): RsaKey {
  return { modulus: bytes.subarray(1), exponent: bytes[0] === 1 ? 3 : 65_537 };
}

function issuerKey(key: RsaKey): IssuerKey {
  return {
    get bytes() {
      return packKey(key);
    },
    // Tables are of curves.
    prepare: () => {},
    cardCertificateTags: ['9F46', '9F48', '9F47'],
    cardCertificate: (list, tags, staticData) => {
      const parts = { certificate: tags['9F46'], remainder: tags['9F48'], exponent: tags['9F47'] };
      const read = readCertificate(list, CARD_CERTIFICATE, CARD_FORMAT, parts, key, staticData);
      return read && { ...read.head, key: new RsaCardKey(read.key) };
    },
    staticSignature: (list, signed, staticData) => {
      const body = recover(list, STATIC_SIGNATURE, key, signed, [staticData]);
      if (body === null) return false;
      const format = body[0] === STATIC_FORMAT && isPadding(body, STATIC_HEAD_BYTES);
      return list.require('static_signature.format', 'credential.malformed', format);
    },
  };
}

/** A class, because one is made for each tap: an object with a getter of its own takes longer to make than its signature. */
class RsaCardKey implements CardKey {
  readonly #key: RsaKey;

  constructor(key: RsaKey) {
    this.#key = key;
  }

  get bytes(): Uint8Array {
    return packKey(this.#key);
  }

  dynamicData(list: ChipCheckList, signed: Uint8Array, terminalData: Uint8Array): Uint8Array | null {
    const body = recover(list, DYNAMIC_SIGNATURE, this.#key, signed, [terminalData]);
    if (body === null) return null;
    const format = body[0] === DYNAMIC_FORMAT;
    if (!list.require('dynamic_signature.format', 'credential.malformed', format)) return null;
    const dataEnd = DYNAMIC_HEAD_BYTES + (body[DYNAMIC_HEAD_BYTES - 1] ?? 0);
    const consistent = dataEnd <= body.length && isPadding(body, dataEnd);
    if (!list.require('dynamic_signature.data_length', 'credential.malformed', consistent)) return null;
    return body.subarray(DYNAMIC_HEAD_BYTES, dataEnd);
  }

  transactionHash(data: Uint8Array): Uint8Array {
    return hash('sha1', data, 'buffer');
  }
}

interface CertificateParts {
  readonly certificate: Uint8Array | undefined;
  readonly remainder: Uint8Array | undefined;
  readonly exponent: Uint8Array | undefined;
}

/** EMV Book 2 clauses 6.3 and 6.4; `appended` is the static data of a card certificate. */
function readCertificate(
  list: ChipCheckList,
  kind: CertificateKind,
  format: number,
  { certificate, remainder = NOTHING, exponent }: CertificateParts,
  signer: RsaKey,
  appended: Uint8Array,
): { head: CertificateHead; key: RsaKey } | null {
  if (!list.has(`${kind.name}.present`, certificate)) return null;
  if (!list.has(`${kind.name}.exponent_present`, exponent)) return null;
  if (!list.require(`${kind.name}.exponent`, 'key.invalid', isRsaExponent(exponent))) return null;
  const signature: Recoverable = {
    name: kind.name,
    code: kind.signatureCode,
    hashAlgorithmOffset: algorithmsOffset(kind),
  };
  const body = recover(list, signature, signer, certificate, [remainder, exponent, appended]);
  const head = body && readHead(list, kind, format, body);
  if (body === null || head === null) return null;
  const modulus = readModulus(list, kind, body, remainder, exponent, signer);
  const key = modulus && rsaKey(modulus, exponent);
  if (modulus === null || !list.require(`${kind.name}.key`, 'key.invalid', key !== null)) return null;
  return key && { head, key };
}

/** The modulus in a recovered body, joined with its remainder where it did not fit (EMV Book 2 clause 6.1). */
function readModulus(
  list: ChipCheckList,
  kind: CertificateKind,
  body: Uint8Array,
  remainder: Uint8Array,
  exponent: Uint8Array,
  signer: RsaKey,
): Uint8Array | null {
  const offset = algorithmsOffset(kind);
  const known = body[offset + 1] === KEY_RSA;
  if (!list.require(`${kind.name}.algorithm`, 'credential.algorithm_unsupported', known)) return null;
  const keyBytes = body[offset + 2] ?? 0;
  const inRange = keyBytes >= MODULUS_BYTES_MIN && keyBytes <= signer.modulus.length;
  const lengths = inRange && body[offset + 3] === exponent.length;
  if (!list.require(`${kind.name}.key_length`, 'credential.malformed', lengths)) return null;
  const longEnough = keyBytes >= kind.modulusBytesMin;
  if (!list.require(`${kind.name}.key_strength`, 'key.too_short', longEnough)) return null;
  const inside = body.subarray(offset + ALGORITHM_BYTES);
  const remaining = Math.max(0, keyBytes - inside.length);
  if (
    remaining > 0 &&
    !list.require(`${kind.name}.remainder_present`, 'credential.data_missing', remainder.length > 0)
  )
    return null;
  if (!list.hasLength(`${kind.name}.remainder`, remainder, remaining)) return null;
  if (!list.require(`${kind.name}.padding`, 'credential.malformed', isPadding(inside, keyBytes))) return null;
  return Buffer.concat([inside.subarray(0, keyBytes), remainder]);
}

/** One kind of signature with recovery. */
interface Recoverable {
  /** Prefix of the names of its checks. */
  readonly name: string;
  readonly code: Code;
  /** Where the recovered body says which hash was made. */
  readonly hashAlgorithmOffset: number;
}
const STATIC_SIGNATURE: Recoverable = {
  name: 'static_signature',
  code: 'signature.static_data',
  hashAlgorithmOffset: 1,
};
const DYNAMIC_SIGNATURE: Recoverable = {
  name: 'dynamic_signature',
  code: 'signature.dynamic_data',
  hashAlgorithmOffset: 1,
};

/**
 * Recovers the body between header and hash, and checks the hash over it and `appended` (EMV Book 2, Annex A2.1). The body
 * is good until the next one is recovered.
 */
function recover(
  list: ChipCheckList,
  { name, code, hashAlgorithmOffset }: Recoverable,
  key: RsaKey,
  signature: Uint8Array,
  appended: readonly Uint8Array[],
): Uint8Array | null {
  if (!list.hasLength(`${name}.length`, signature, key.modulus.length)) return null;
  const block = recoverRsa(key, signature);
  const framed = block !== null && block[0] === HEADER && block.at(-1) === TRAILER;
  if (!list.require(`${name}.recovered`, code, framed) || block === null) return null;
  const hashOffset = block.length - SHA1_BYTES - 1;
  const body = block.subarray(1, hashOffset);
  const known = body[hashAlgorithmOffset] === HASH_SHA1;
  if (!list.require(`${name}.hash_algorithm`, 'credential.algorithm_unsupported', known)) return null;
  const holds = isSha1(block.subarray(hashOffset, -1), [body, ...appended]);
  return list.require(`${name}.signature`, code, holds) ? body : null;
}

/** Whether everything from `offset` on is padding. */
function isPadding(body: Uint8Array, offset: number): boolean {
  for (let at = offset; at < body.length; at += 1) if (body[at] !== PADDING) return false;
  return true;
}
