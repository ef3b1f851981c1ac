/** Readers that are paired with a workplace. Of their tokens the desk keeps digests. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { NAMED_HEX_PATTERN, namedDigest, profileOfDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { ProblemResponse } from '../http/problem.ts';
import { KeptList } from '../people/kept-list.ts';

const READERS_MAX = 256;
const TOKEN_BYTES = 32;
const ID_BYTES = 8;

const PairedReaderSchema = Type.Object(
  {
    readerId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    name: Type.String({ minLength: 1, maxLength: 64 }),
    desk: Type.String(),
    tokenDigest: Type.String({ pattern: NAMED_HEX_PATTERN }),
    pairedAtMs: Type.Integer(),
    pairedBy: Type.String(),
  },
  { additionalProperties: false },
);
export type PairedReader = Static<typeof PairedReaderSchema>;

export class PairedReaders {
  readonly #kept: KeptList<PairedReader>;
  readonly #profile: CryptoProfile;

  /** `folder`: the desk's own. Throws HotelError `unusable` when the file is damaged. */
  constructor(folder: string, profile: CryptoProfile) {
    this.#profile = profile;
    this.#kept = new KeptList<PairedReader>(
      join(folder, 'readers.json'),
      PairedReaderSchema,
      (each) => each.readerId,
    );
  }

  all(): readonly PairedReader[] {
    return this.#kept.all();
  }

  get(readerId: string): PairedReader | null {
    return this.#kept.get(readerId);
  }

  /** On disk when it returns; the token is said this once. Throws ProblemResponse, or HotelError `store_unavailable`. */
  add(wish: Pick<PairedReader, 'name' | 'desk' | 'pairedAtMs' | 'pairedBy'>) {
    if (this.#kept.size >= READERS_MAX) throw new ProblemResponse('desk.too_many_kept');
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const readerId = randomBytes(ID_BYTES).toString('hex');
    const { name, desk, pairedAtMs, pairedBy } = wish;
    const reader: PairedReader = {
      ...{ readerId, name, desk, pairedAtMs, pairedBy },
      tokenDigest: tokenDigest(token, this.#profile),
    };
    this.#kept.put(reader);
    return { reader, token };
  }

  /** Whose token it is. */
  find(token: string): PairedReader | null {
    for (const reader of this.all()) {
      const profile = profileOfDigest(reader.tokenDigest);
      if (!isEqual(tokenDigest(token, profile), reader.tokenDigest)) continue;
      if (profile === this.#profile) return reader;
      // Of another profile than that of now: it is digested anew with the first use.
      const anew = { ...reader, tokenDigest: tokenDigest(token, this.#profile) };
      this.#kept.put(anew);
      return anew;
    }
    return null;
  }

  /** On disk when it returns. */
  remove(readerId: string): void {
    this.#kept.remove(readerId);
  }
}

const tokenDigest = (token: string, profile: CryptoProfile): string =>
  namedDigest(profile, digestOf(algorithmFor('token-digest', profile), Buffer.from(token)), 'hex');

function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
