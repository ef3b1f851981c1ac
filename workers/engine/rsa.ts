/**
 * RSA with message recovery (ISO/IEC 9796-2 scheme 1 as EMV Book 2, Annex A2.1 uses it): the public operation, of the
 * native addon, or of OpenSSL where there is none. Public values only; nothing here is secret. A key is its numbers: no
 * imported key is kept, which would hold some 4 kB outside the heap for every card that is remembered.
 */
import { constants, createPublicKey, publicDecrypt } from 'node:crypto';
import { loadAddon } from '../../native/index.ts';
import { equalBytes } from '../codecs/hex.ts';
import { ENGINE_VARIABLE, PORTABLE } from './choose.ts';

/** Smallest modulus taken, bytes: the smallest the sources have seen on a card is larger. */
export const MODULUS_BYTES_MIN = 64;
/** EMV Book 2 clause 6.1 ends at 248; 256 leaves room for a 2048-bit key of a test CA. */
export const MODULUS_BYTES_MAX = 256;

export interface RsaKey {
  /** Big-endian; its leftmost bit is 1. */
  readonly modulus: Uint8Array;
  readonly exponent: 3 | 65_537;
}

/** Whether the bytes are an exponent that EMV Book 2 clause 6.1 allows: 3 or 2^16 + 1, without leading zeros. */
export function isRsaExponent(exponent: Uint8Array): boolean {
  if (exponent.length === 1) return exponent[0] === 3;
  return exponent.length === 3 && exponent[0] === 1 && exponent[1] === 0 && exponent[2] === 1;
}

/**
 * A copy of a key, or null when it is not usable: size out of bounds, leftmost bit not 1 (EMV Book 2 clause 6.1), even, or
 * an exponent other than 3 and 65537.
 */
export function rsaKey(modulus: Uint8Array, exponent: Uint8Array): RsaKey | null {
  const [first, last] = [modulus[0], modulus.at(-1)];
  if (modulus.length < MODULUS_BYTES_MIN || modulus.length > MODULUS_BYTES_MAX) return null;
  if (first === undefined || first < 0x80 || last === undefined || last % 2 === 0) return null;
  if (!isRsaExponent(exponent)) return null;
  return { modulus: Uint8Array.from(modulus), exponent: exponent.length === 1 ? 3 : 65_537 };
}

/**
 * s^e mod n, as long as the modulus, or null when the signature is not as long or its number not below n. What it returns is
 * good until it is called again.
 */
export type RecoverRsa = (key: RsaKey, signature: Uint8Array) => Uint8Array | null;

/** By the addon where that is here and not ruled out, else by OpenSSL. */
export const recoverRsa: RecoverRsa = (key, signature) => {
  recover ??= chooseRecover();
  return recover(key, signature);
};

let recover: RecoverRsa | null = null;

function chooseRecover(): RecoverRsa {
  const { addon } = process.env[ENGINE_VARIABLE] === PORTABLE ? { addon: null } : loadAddon();
  if (addon === null) return recoverByOpenSsl;
  return trustedRecover(({ modulus, exponent }, signature) => {
    const block = blockOf(modulus.length);
    return addon.rsaRecover(modulus, exponent, signature, block) ? block : null;
  });
}

/** Used again for each modulus of that length: a block of its own for each tap would be outside the heap. */
function blockOf(length: number): Uint8Array {
  let block = blocks.get(length);
  if (block === undefined) {
    block = new Uint8Array(length);
    blocks.set(length, block);
  }
  return block;
}

const blocks = new Map<number, Uint8Array>();

/** The candidate, or OpenSSL where that gives other answers. */
export function trustedRecover(candidate: RecoverRsa): RecoverRsa {
  return knowsAnswer(candidate) ? candidate : recoverByOpenSsl;
}

/** Imports the key each time: what is imported lives as briefly as the tap. */
export const recoverByOpenSsl: RecoverRsa = ({ modulus, exponent }, signature) => {
  if (signature.length !== modulus.length) return null;
  const jwk = { kty: 'RSA', n: base64url(modulus), e: exponent === 3 ? 'Aw' : 'AQAB' };
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return null;
  }
};

/** Both exponents give what OpenSSL gives, and a number that is not below the modulus nothing. */
function knowsAnswer(candidate: RecoverRsa): boolean {
  const modulus = Uint8Array.from({ length: KNOWN_BYTES }, (_, i) => ((i * 37 + 0x8b) % 256) | 1);
  const signature = Uint8Array.from({ length: KNOWN_BYTES }, (_, i) => (i * 91 + 3) % 256);
  return ([3, 65_537] as const).every((exponent) => {
    const key = { modulus, exponent };
    const [found, expected] = [candidate(key, signature), recoverByOpenSsl(key, signature)];
    const holds = found !== null && expected !== null && equalBytes(found, expected);
    return holds && candidate(key, modulus) === null;
  });
}

const KNOWN_BYTES = 144;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
