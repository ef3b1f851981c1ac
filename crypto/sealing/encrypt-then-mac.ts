/**
 * GB/T 36624 clause 10, encrypt-then-MAC: SM4 in counter mode (GB/T 17964 clause 9) and HMAC-SM3 over the length of what is
 * associated in 8 bytes, itself, counter and ciphertext. In the native addon where it is there, else by OpenSSL.
 */
import { createCipheriv, createDecipheriv, createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import { loadAddon, type NativeAddon } from '../../native/index.ts';

export const COUNTER_BYTES = 16;
export const TAG_BYTES = 32;
export const CIPHER_KEY_BYTES = 16;
export const MAC_KEY_BYTES = 32;
/** The addon's keys of the rounds, and the two hashes after their first block. */
const READY_BYTES = 192;
const CIPHER = 'sm4-ctr';

/** Of one pair of keys. */
export interface EncryptThenMac {
  /** counter ‖ ciphertext ‖ tag; the counter is drawn. */
  seal(plain: Uint8Array, associated: Uint8Array): Buffer;
  /** Null: it was changed, cut, or sealed under another key or `associated`. */
  open(sealed: Uint8Array, associated: Uint8Array): Buffer | null;
  /** Overwrites the keys. */
  forget(): void;
}

/** `cipherKey`: 16 bytes. `macKey`: 32 bytes. Both are overwritten at `forget` at the latest. */
export type MakeEncryptThenMac = (cipherKey: Uint8Array, macKey: Uint8Array) => EncryptThenMac;

export const encryptThenMac: MakeEncryptThenMac = (cipherKey, macKey) => {
  make ??= chooseEncryptThenMac(loadAddon().addon);
  return make(cipherKey, macKey);
};

let make: MakeEncryptThenMac | null = null;

/** `addon`: null where there is none. */
export function chooseEncryptThenMac(addon: NativeAddon | null): MakeEncryptThenMac {
  return addon === null ? byOpenSsl : (cipherKey, macKey) => byAddon(addon, cipherKey, macKey);
}

function byAddon(addon: NativeAddon, cipherKey: Uint8Array, macKey: Uint8Array): EncryptThenMac {
  const ready = new Uint8Array(READY_BYTES);
  addon.sealKey(cipherKey, macKey, ready);
  cipherKey.fill(0);
  macKey.fill(0);
  return {
    seal(plain, associated) {
      const sealed = withCounter(plain.length);
      addon.seal(ready, associated, plain, sealed);
      return sealed;
    },
    open(sealed, associated) {
      const length = sealed.length - COUNTER_BYTES - TAG_BYTES;
      if (length < 0) return null;
      const plain = Buffer.allocUnsafe(length);
      return addon.open(ready, associated, sealed, plain) ? plain : null;
    },
    forget() {
      ready.fill(0);
    },
  };
}

function byOpenSsl(cipherKey: Uint8Array, macKey: Uint8Array): EncryptThenMac {
  const tagOf = (associated: Uint8Array, counterAndBody: Uint8Array) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(associated.length));
    return createHmac('sm3', macKey).update(length).update(associated).update(counterAndBody).digest();
  };
  return {
    seal(plain, associated) {
      const sealed = withCounter(plain.length);
      const end = COUNTER_BYTES + plain.length;
      const counter = sealed.subarray(0, COUNTER_BYTES);
      createCipheriv(CIPHER, cipherKey, counter).update(plain).copy(sealed, COUNTER_BYTES);
      tagOf(associated, sealed.subarray(0, end)).copy(sealed, end);
      return sealed;
    },
    open(sealed, associated) {
      const end = sealed.length - TAG_BYTES;
      if (end < COUNTER_BYTES) return null;
      const counterAndBody = sealed.subarray(0, end);
      if (!timingSafeEqual(tagOf(associated, counterAndBody), sealed.subarray(end))) return null;
      const counter = sealed.subarray(0, COUNTER_BYTES);
      return createDecipheriv(CIPHER, cipherKey, counter).update(sealed.subarray(COUNTER_BYTES, end));
    },
    forget() {
      cipherKey.fill(0);
      macKey.fill(0);
    },
  };
}

/** Room for what is sealed, with its counter. */
function withCounter(length: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(COUNTER_BYTES + length + TAG_BYTES), 0, COUNTER_BYTES);
}
