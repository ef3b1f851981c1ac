/**
 * The reference platform's status list of tokens (draft-ietf-oauth-status-list): drawn from the seed, changed as a test
 * wants, signed whenever it is asked for.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { CompactSign } from 'jose';
import type { CryptoProfile } from '../config/crypto-settings.ts';
import type { StatusListSource } from '../workers/trust/document.ts';
import type { Profiles } from './authority/profiles.ts';
import { sm2Jwk, sm2Jws } from './authority/status-sm.ts';
import { spoilt } from './http/views.ts';
import { seeded } from './seed.ts';
import { type Sm2Key, sm2Key } from './sm2.ts';

export interface TokenStatusOptions {
  readonly seed: string;
  readonly region: string;
  /** Whose algorithms it is signed with. */
  readonly profiles: Profiles;
  readonly now: () => number;
  /** Base address of the platform. */
  readonly baseUrl: () => string;
  /** How long a gateway need not fetch it again, seconds; default 300. */
  readonly ttl_s?: number;
  /** Whether signatures are to be wrong. */
  readonly isSpoilt: () => boolean;
}

export const TOKEN_STATUS_PATH = '/v1/token-status/';
export const TOKEN_STATUS_LIST = 'tokens';
const TYPE = 'statuslist+jwt';
const BITS = 2;
/** Entries of the list, four to a byte. */
export const TOKEN_STATUS_ENTRIES = 65_536;
const ENTRIES_PER_BYTE = 8 / BITS;
const LIFETIME_S = 43_200;
const TTL_S = 300;
/** One token in so many is invalid, and as many are suspended. */
const RARITY = 64;
/** PKCS #8 around the 32 bytes of an Ed25519 private key (RFC 8410, clause 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export class TokenStatusIssuer {
  readonly #options: TokenStatusOptions;
  readonly #privateKey: KeyObject;
  readonly #sm2: Sm2Key;
  readonly #list = new Uint8Array(TOKEN_STATUS_ENTRIES / ENTRIES_PER_BYTE);

  constructor(options: TokenStatusOptions) {
    const { seed } = options;
    this.#options = options;
    const der = Buffer.concat([PKCS8_PREFIX, seeded(seed, 'token status key', 0, 32)]);
    this.#privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    this.#sm2 = sm2Key(seeded(seed, 'sm2 token status key', 0, 40));
    const drawn = seeded(seed, 'token status', 0, TOKEN_STATUS_ENTRIES);
    for (const [index, byte] of drawn.entries()) {
      const value = byte % RARITY;
      if (value === 1 || value === 2) this.set(index, value);
    }
  }

  /** What trust says of the list, for gateways to follow it. */
  get source(): StatusListSource {
    const { profiles, region } = this.#options;
    const { kty, crv, x: sm2X, y } = sm2Jwk(this.#sm2, 'sig');
    const sm2KeyJwk = { kty, crv, x: sm2X, y };
    const named = { region, uri: this.#uri };
    if (!profiles.includes('international')) return { ...named, keyJwk: sm2KeyJwk };
    const { x = '' } = createPublicKey(this.#privateKey).export({ format: 'jwk' });
    const keyJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
    return profiles.includes('sm') ? { ...named, keyJwk, sm2KeyJwk } : { ...named, keyJwk };
  }

  /** 0 valid, 1 invalid, 2 suspended, 3 of no general meaning. */
  valueAt(index: number): number {
    return ((this.#list[this.#byteOf(index)] ?? 0) >> this.#shiftOf(index)) & 3;
  }

  /** What the next token says. Throws RangeError on an index or a value that does not exist. */
  set(index: number, value: number): void {
    if (![0, 1, 2, 3].includes(value)) throw new RangeError('a token status of 2 bits is 0 to 3');
    const at = this.#byteOf(index);
    const shift = this.#shiftOf(index);
    this.#list[at] = ((this.#list[at] ?? 0) & ~(3 << shift)) | (value << shift);
  }

  /**
   * The token as it is now; null: there is no list of that name. `profile`: whose signature is asked for, where the platform signs
   * for both; else it is that of the only one.
   */
  async token(name: string, profile: CryptoProfile): Promise<string | null> {
    if (name !== TOKEN_STATUS_LIST) return null;
    const iat = Math.floor(this.#options.now() / 1000);
    const claims = {
      sub: this.#uri,
      iat,
      exp: iat + LIFETIME_S,
      ttl: this.#options.ttl_s ?? TTL_S,
      status_list: { bits: BITS, lst: deflateSync(this.#list).toString('base64url') },
    };
    const payload = Buffer.from(JSON.stringify(claims));
    const { profiles } = this.#options;
    const signed = profiles.includes(profile) ? profile : profiles[0];
    const token =
      signed === 'sm'
        ? sm2Jws(this.#sm2, { kid: 'token-status-sm2', typ: TYPE }, payload)
        : await new CompactSign(payload)
            .setProtectedHeader({ alg: 'EdDSA', typ: TYPE })
            .sign(this.#privateKey);
    return this.#options.isSpoilt() ? spoilt(token) : token;
  }

  get #uri(): string {
    return `${this.#options.baseUrl()}${TOKEN_STATUS_PATH}${TOKEN_STATUS_LIST}`;
  }

  #byteOf(index: number): number {
    if (!Number.isSafeInteger(index) || index < 0 || index >= TOKEN_STATUS_ENTRIES) {
      throw new RangeError(`the list has entries 0 to ${TOKEN_STATUS_ENTRIES - 1}`);
    }
    return Math.floor(index / ENTRIES_PER_BYTE);
  }

  /** The first entry of a byte is in its lowest bits. */
  #shiftOf(index: number): number {
    return (index % ENTRIES_PER_BYTE) * BITS;
  }
}
