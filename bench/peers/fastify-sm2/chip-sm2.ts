/** Chip cards with SM2 (JR/T 0025.17): certificates in clear, r ‖ s behind them. */
import {
  CARD_DIGITS_BYTES,
  type Certified,
  type ChipKey,
  ISSUER_DIGITS_BYTES,
  readHead,
} from './chip-chain.ts';
import type { Sm2Key, Sm2Keys } from './sm2-keys.ts';
import { demand } from './verdict.ts';

const KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;
/** Format, digits' neighbours and algorithms around the digits: 1 + expiry 2 + serial 3 + algorithms 4. */
const HEAD_BYTES = 10;
const NOTHING = Buffer.alloc(0);

export class Sm2ChipKey implements ChipKey {
  readonly alg = 'sm2';
  readonly #key: Sm2Key;
  readonly #keys: Sm2Keys;

  constructor(key: Sm2Key, keys: Sm2Keys) {
    this.#key = key;
    this.#keys = keys;
  }

  issuer(tags: ReadonlyMap<string, Buffer>): Certified {
    return this.#certified(
      tags.get('90'),
      0x12,
      ISSUER_DIGITS_BYTES,
      NOTHING,
      'signature.issuer_certificate',
    );
  }

  card(tags: ReadonlyMap<string, Buffer>, staticData: Buffer): Certified {
    return this.#certified(
      tags.get('9F46'),
      0x14,
      CARD_DIGITS_BYTES,
      staticData,
      'signature.card_certificate',
    );
  }

  /** `15` ‖ length ‖ card's data ‖ r ‖ s. */
  dynamic(signature: Buffer, terminalData: Buffer): void {
    demand(signature[0] === 0x15, 'credential.malformed');
    const end = 2 + (signature[1] ?? 0);
    demand(signature.length === end + SIGNATURE_BYTES, 'credential.malformed');
    const holds = this.#key.verify([signature.subarray(0, end), terminalData], signature.subarray(end));
    demand(holds, 'signature.dynamic_data');
  }

  #certified(
    certificate: Buffer | undefined,
    format: number,
    digitsBytes: number,
    appended: Buffer,
    code: string,
  ): Certified {
    demand(certificate !== undefined, 'credential.data_missing');
    const keyAt = HEAD_BYTES + digitsBytes;
    const signedBytes = keyAt + KEY_BYTES;
    demand(certificate.length === signedBytes + SIGNATURE_BYTES, 'credential.malformed');
    const head = readHead(certificate, format, digitsBytes);
    demand(
      certificate[keyAt - 4] === 0x04 && certificate[keyAt - 3] === 0,
      'credential.algorithm_unsupported',
    );
    demand(certificate[keyAt - 1] === KEY_BYTES, 'credential.malformed');
    const bytes = Buffer.from(certificate.subarray(keyAt, signedBytes));
    demand(this.#keys.import(bytes) !== null, 'key.invalid');
    const signature = certificate.subarray(signedBytes);
    demand(this.#key.verify([certificate.subarray(0, signedBytes), appended], signature), code);
    return { head, key: this.#ofBytes(bytes) };
  }

  /** Asks for the key at each use, so that one in use comes to its table. */
  #ofBytes(bytes: Buffer): ChipKey {
    const keys = this.#keys;
    const now = () => {
      const key = keys.import(bytes);
      demand(key !== null, 'key.invalid');
      return new Sm2ChipKey(key, keys);
    };
    return {
      alg: 'sm2',
      issuer: (tags) => now().issuer(tags),
      card: (tags, staticData) => now().card(tags, staticData),
      dynamic: (signature, terminalData) => now().dynamic(signature, terminalData),
    };
  }
}
