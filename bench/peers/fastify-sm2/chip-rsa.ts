/** Chip cards with RSA (EMV Book 2, clauses 5 and 6): what is signed is recovered by the public operation of OpenSSL. */
import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt } from 'node:crypto';
import {
  CARD_DIGITS_BYTES,
  type Certified,
  type ChipKey,
  ISSUER_DIGITS_BYTES,
  readHead,
} from './chip-chain.ts';
import { demand } from './verdict.ts';

const SHA1_BYTES = 20;
const HASH_SHA1 = 0x01;
const KEY_RSA = 0x01;
const PADDING = 0xbb;
const NOTHING = Buffer.alloc(0);

export class RsaChipKey implements ChipKey {
  readonly alg = 'rsa';
  readonly #key: KeyObject;
  readonly #modulusBytes: number;

  /** Throws Unproven when it is no usable key. */
  constructor(modulus: Buffer, exponent: Buffer) {
    const exponents = ['03', '010001'];
    const usable = (modulus[0] ?? 0) >= 0x80 && (modulus.at(-1) ?? 0) % 2 === 1;
    demand(usable && exponents.includes(exponent.toString('hex')), 'key.invalid');
    const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
    this.#key = createPublicKey({ key: jwk, format: 'jwk' });
    this.#modulusBytes = modulus.length;
  }

  issuer(tags: ReadonlyMap<string, Buffer>): Certified {
    const parts = [tags.get('90'), tags.get('92'), tags.get('9F32')] as const;
    return this.#certified(parts, 0x02, ISSUER_DIGITS_BYTES, NOTHING, 'signature.issuer_certificate');
  }

  card(tags: ReadonlyMap<string, Buffer>, staticData: Buffer): Certified {
    const parts = [tags.get('9F46'), tags.get('9F48'), tags.get('9F47')] as const;
    return this.#certified(parts, 0x04, CARD_DIGITS_BYTES, staticData, 'signature.card_certificate');
  }

  dynamic(signature: Buffer, terminalData: Buffer): void {
    const body = this.#recover(signature, [terminalData], 'signature.dynamic_data');
    demand(body[0] === 0x05, 'credential.malformed');
    demand(body[1] === HASH_SHA1, 'credential.algorithm_unsupported');
    demand(body.subarray(3 + (body[2] ?? 0)).every(isPadding), 'credential.malformed');
  }

  #certified(
    [certificate, remainder = NOTHING, exponent]: readonly (Buffer | undefined)[],
    format: number,
    digitsBytes: number,
    appended: Buffer,
    code: string,
  ): Certified {
    demand(certificate !== undefined && exponent !== undefined, 'credential.data_missing');
    const body = this.#recover(certificate, [remainder, exponent, appended], code);
    const head = readHead(body, format, digitsBytes);
    const at = 6 + digitsBytes;
    demand(body[at] === HASH_SHA1 && body[at + 1] === KEY_RSA, 'credential.algorithm_unsupported');
    const keyBytes = body[at + 2] ?? 0;
    const inside = body.subarray(at + 4);
    const remaining = Math.max(0, keyBytes - inside.length);
    demand(
      remainder.length === remaining && inside.subarray(keyBytes).every(isPadding),
      'credential.malformed',
    );
    const modulus = Buffer.concat([inside.subarray(0, keyBytes), remainder]);
    return { head, key: new RsaChipKey(modulus, exponent) };
  }

  /** The body between header and hash, whose hash over it and `appended` holds (EMV Book 2, annex A2.1). */
  #recover(signature: Buffer, appended: readonly Buffer[], code: string): Buffer {
    demand(signature.length === this.#modulusBytes, 'credential.malformed');
    let block: Buffer;
    try {
      block = publicDecrypt({ key: this.#key, padding: constants.RSA_NO_PADDING }, signature);
    } catch {
      // Not below the modulus.
      block = NOTHING;
    }
    demand(block[0] === 0x6a && block.at(-1) === 0xbc, code);
    const body = block.subarray(1, -SHA1_BYTES - 1);
    const hash = createHash('sha1').update(body);
    for (const part of appended) hash.update(part);
    demand(hash.digest().equals(block.subarray(-SHA1_BYTES - 1, -1)), code);
    return body;
  }
}

const isPadding = (byte: number) => byte === PADDING;
