/**
 * SM2 keys, imported once. As the documentation of sm-crypto-v2 advises, a key that is used again gets its table of
 * multiples (`precomputePublicKey`), which makes verifying several times faster; SM3 comes from node:crypto.
 */
import { createHash, ECDH } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { LruMap } from './lru-map.ts';

/** A point with its table of multiples. */
type PrecomputedKey = ReturnType<typeof sm2.precomputePublicKey>;

/** GB/T 32918.5: a, b and the base point. */
const CURVE = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
);
export const DEFAULT_ID = Buffer.from('1234567812345678');
const SIGNATURE_BYTES = 64;
const UNCOMPRESSED = 0x04;

/** Keys remembered. A table takes about a megabyte, so fewer get one. */
const KEYS_MAX = 20_000;
const TABLES_MAX = 512;
/** Making a table takes as long as several verifications without one, so a key seen once gets none. */
const TABLE_FROM_USE = 2;

const sm3 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sm3');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export class Sm2Key {
  readonly #hex: string;
  readonly #xy: Buffer;
  readonly #identities = new Map<string, Buffer>();
  #table: PrecomputedKey | null = null;
  #uses = 0;

  /** `point` is 04 ‖ X ‖ Y. */
  constructor(point: Buffer) {
    this.#hex = point.toString('hex');
    this.#xy = point.subarray(1);
  }

  get hasTable(): boolean {
    return this.#table !== null;
  }

  /** Whether r ‖ s is the key's signature over the message under the ID. */
  verify(message: readonly Uint8Array[], signature: Buffer, id: Buffer = DEFAULT_ID): boolean {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const digest = sm3(this.#identity(id), ...message);
    try {
      return sm2.doVerifySignature(digest, signature.toString('hex'), this.#table ?? this.#hex);
    } catch {
      // The library throws where r or s is out of range.
      return false;
    }
  }

  /** Whether it is time for a table. */
  used(): boolean {
    this.#uses += 1;
    return this.#table === null && this.#uses >= TABLE_FROM_USE;
  }

  makeTable(): void {
    this.#table = sm2.precomputePublicKey(this.#hex);
  }

  /** Z of GB/T 32918.2 clause 5.5. */
  #identity(id: Buffer): Buffer {
    const name = id.toString('latin1');
    let identity = this.#identities.get(name);
    if (identity === undefined) {
      identity = sm3(Uint8Array.of(id.length >> 5, (id.length << 3) & 0xff), id, CURVE, this.#xy);
      this.#identities.set(name, identity);
    }
    return identity;
  }
}

/** The keys of cards, phones and issuers that were seen, by their bytes. */
export class Sm2Keys {
  readonly #keys = new LruMap<Sm2Key>(KEYS_MAX);
  #tables = 0;

  /** Of 33 (compressed) or 64 bytes (X ‖ Y); null when it is no point of the curve. */
  import(bytes: Buffer): Sm2Key | null {
    const name = bytes.toString('latin1');
    let key = this.#keys.get(name);
    if (key === undefined) {
      const point = uncompressed(bytes);
      if (point === null) return null;
      key = new Sm2Key(point);
      if (this.#keys.set(name, key)?.hasTable) this.#tables -= 1;
    }
    if (key.used() && this.#tables < TABLES_MAX) {
      key.makeTable();
      this.#tables += 1;
    }
    return key;
  }
}

function uncompressed(bytes: Buffer): Buffer | null {
  const encoded =
    bytes.length === SIGNATURE_BYTES ? Buffer.concat([Uint8Array.of(UNCOMPRESSED), bytes]) : bytes;
  try {
    return ECDH.convertKey(encoded, 'SM2', undefined, undefined, 'uncompressed') as Buffer;
  } catch {
    return null;
  }
}
