/** The key-encryption key, which the operator holds apart from the data: it wraps the keys that rows are sealed under. */
import { CRYPTO_PROFILES, type CryptoProfile } from '../../../config/crypto-settings.ts';
import type { WrapAlgorithm } from '../../../crypto/algorithms.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { derivedKey } from '../../../crypto/digest.ts';
import { type KeyWrap, keyWrap } from '../../../crypto/sealing/key-wrap.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { HotelError } from '../../hotel-error.ts';
import { readPrivateText } from '../private-text.ts';
import type { KeyChecks } from '../row-store.ts';

const KEY_HEX = /^[0-9a-f]{64}$/i;
const CHECK_BYTES = 16;
const NAMED_CHECK = `${algorithmFor('register-key-check', 'sm')}:`;
export const MAKE_ONE = 'onecard desk key new FILE makes one';

export class KeyEncryptionKey implements KeyChecks {
  /** What it wraps, and makes check values, by. It unwraps what was wrapped in either. */
  readonly profile: CryptoProfile;
  readonly check: string;
  readonly #checkIn: (profile: CryptoProfile) => string;
  readonly #wraps: ReadonlyMap<CryptoProfile, KeyWrap>;

  /** `key`: 32 bytes. */
  constructor(key: Buffer, hotelId: string, profile: CryptoProfile) {
    this.profile = profile;
    this.#wraps = new Map(
      CRYPTO_PROFILES.map((each) => [each, keyWrap(algorithmFor('register-key-wrap', each), key)]),
    );
    this.#checkIn = (each) => checkOf(key, hotelId, each);
    this.check = this.#checkIn(profile);
  }

  get algorithm(): WrapAlgorithm {
    return algorithmFor('register-key-wrap', this.profile);
  }

  /** Of the two, only the one that it names is made. */
  hasLeft(check: string): boolean {
    return check === this.#checkIn(check.startsWith(NAMED_CHECK) ? 'sm' : 'international');
  }

  /** 32 bytes become 40. */
  async wrap(dataKey: Buffer): Promise<Buffer> {
    return this.#of(this.profile).wrap(dataKey);
  }

  /** `wrappedBy`: the profile it was wrapped in. Rejects with HotelError `unreadable` when it was wrapped under another key, or changed. */
  async unwrap(wrapped: Buffer, wrappedBy: CryptoProfile): Promise<Buffer> {
    try {
      return this.#of(wrappedBy).unwrap(wrapped);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw new HotelError(
        'unreadable',
        'a key of the register cannot be unwrapped: it is damaged, or was wrapped under another key-encryption key',
        { cause },
      );
    }
  }

  #of(profile: CryptoProfile): KeyWrap {
    const wrap = this.#wraps.get(profile);
    if (wrap === undefined) throw new TypeError('there is a wrap for each profile');
    return wrap;
  }
}

/** Hex; named where it is not SHA-256's, which came first. */
function checkOf(key: Buffer, hotelId: string, profile: CryptoProfile): string {
  const mac = algorithmFor('register-key-check', profile);
  const check = derivedKey(mac, key, `onecard register check ${hotelId}`, CHECK_BYTES).toString('hex');
  return profile === 'international' ? check : `${mac}:${check}`;
}

/** Reads `hotel.key_file`. Throws HotelError `unusable`, with what to do. */
export function readKeyEncryptionKey(
  file: string,
  hotelId: string,
  profile: CryptoProfile,
): KeyEncryptionKey {
  const text = readPrivateText(file, 'hotel.key_file', MAKE_ONE);
  if (!KEY_HEX.test(text)) {
    throw new HotelError(
      'unusable',
      `hotel.key_file: ${file} must hold 32 bytes in hex and nothing else; ${MAKE_ONE}`,
    );
  }
  return new KeyEncryptionKey(Buffer.from(text, 'hex'), hotelId, profile);
}
