/** RSA certificates of chip cards (EMV Book 2, tables 13 and 14): the issuer's and the card's. */
import { createHash } from 'node:crypto';
import { joined } from '../bytes.ts';
import { type Month, mmyy, packedDigits } from '../calendar.ts';
import type { RsaKey } from '../rsa.ts';
import type { Edit } from './sm2-signing.ts';

const HEADER = 0x6a;
const TRAILER = 0xbc;
const PADDING = 0xbb;
const SHA1_BYTES = 20;

export interface RsaTamper {
  /** Applied to the layout (from the format byte to before the hash) before it is hashed. */
  readonly before?: Edit;
  /** Applied to the whole block, 6A … BC, before the private operation. */
  readonly block?: Edit;
  /** Signs instead of the rightful key. */
  readonly signer?: RsaKey;
  /** Applied to the signed block. */
  readonly after?: Edit;
}

/** Signs 6A ‖ layout ‖ SHA-1(layout ‖ hashedOnly) ‖ BC (EMV Book 2, annex A2.1). `layout` must fill the key. */
export function signRecoverable(
  key: RsaKey,
  layout: Uint8Array,
  hashedOnly: Uint8Array,
  tamper: RsaTamper = {},
): Uint8Array {
  const finished = tamper.before ? tamper.before(layout) : layout;
  const hash = createHash('sha1').update(finished).update(hashedOnly).digest();
  const block = joined(Uint8Array.of(HEADER), finished, hash, Uint8Array.of(TRAILER));
  const signed = (tamper.signer ?? key).sign(tamper.block ? tamper.block(block) : block);
  return tamper.after ? tamper.after(signed) : signed;
}

/** `layout` filled with BB up to what fits a block signed by `key`. */
export function padded(key: RsaKey, layout: Uint8Array): Uint8Array {
  const length = key.modulus.length - SHA1_BYTES - 2;
  if (layout.length > length) throw new RangeError(`${layout.length} bytes do not fit a block of ${length}`);
  const out = new Uint8Array(length).fill(PADDING);
  out.set(layout);
  return out;
}

export interface RsaCertificate {
  readonly certificate: Uint8Array;
  /** What of the modulus did not fit (tags 92 and 9F48); empty when all did. */
  readonly remainder: Uint8Array;
  /** Tags 9F32 and 9F47. */
  readonly exponent: Uint8Array;
}

interface RsaCertificateFields {
  /** Format byte, holder, expiry, serial: what stands before the algorithm bytes. */
  readonly head: Uint8Array;
  readonly subject: RsaKey;
  readonly hashedOnly: Uint8Array;
  readonly tamper?: RsaTamper | undefined;
}

function makeRsaCertificate(signer: RsaKey, fields: RsaCertificateFields): RsaCertificate {
  const { head, subject, hashedOnly, tamper } = fields;
  const { modulus, exponent } = subject;
  const room = signer.modulus.length - SHA1_BYTES - 2 - head.length - 4;
  const remainder = modulus.subarray(Math.min(room, modulus.length));
  const layout = padded(
    signer,
    // Hash algorithm 01: SHA-1; key algorithm 01: RSA (EMV Book 2, annex B).
    joined(head, Uint8Array.of(0x01, 0x01, modulus.length, exponent.length), modulus.subarray(0, room)),
  );
  const certificate = signRecoverable(signer, layout, joined(remainder, exponent, hashedOnly), tamper);
  return { certificate, remainder: new Uint8Array(remainder), exponent };
}

export interface ChipRsaCa {
  readonly alg: 'rsa';
  /** 5 bytes. */
  readonly rid: Uint8Array;
  readonly index: number;
  readonly expires: Month;
  readonly key: RsaKey;
}

export interface ChipRsaIssuer extends RsaCertificate {
  readonly alg: 'rsa';
  readonly ca: ChipRsaCa;
  /** 3 to 8 digits that its card numbers begin with. */
  readonly digits: string;
  readonly key: RsaKey;
}

export interface RsaIssuerCertificateFields {
  readonly ca: ChipRsaCa;
  readonly digits: string;
  readonly key: RsaKey;
  readonly expires: Month;
  /** 3 bytes. */
  readonly serial: Uint8Array;
  readonly tamper?: RsaTamper | undefined;
}

/** Tags 90, 92 and 9F32. */
export function makeRsaIssuer(fields: RsaIssuerCertificateFields): ChipRsaIssuer {
  const { ca, digits, key, expires, serial, tamper } = fields;
  const head = joined(Uint8Array.of(0x02), packedDigits(digits, 4), mmyy(expires), serial);
  const made = makeRsaCertificate(ca.key, { head, subject: key, hashedOnly: new Uint8Array(), tamper });
  return { alg: 'rsa', ca, digits, key, ...made };
}

export interface RsaCardCertificateFields {
  readonly issuer: ChipRsaIssuer;
  readonly pan: string;
  readonly key: RsaKey;
  readonly expires: Month;
  /** 3 bytes. */
  readonly serial: Uint8Array;
  readonly staticData: Uint8Array;
  readonly tamper?: RsaTamper | undefined;
}

/** Tags 9F46, 9F48 and 9F47. */
export function makeRsaCardCertificate(fields: RsaCardCertificateFields): RsaCertificate {
  const { issuer, pan, key, expires, serial, staticData, tamper } = fields;
  const head = joined(Uint8Array.of(0x04), packedDigits(pan, 10), mmyy(expires), serial);
  return makeRsaCertificate(issuer.key, { head, subject: key, hashedOnly: staticData, tamper });
}
