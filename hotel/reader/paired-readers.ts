/** Readers that are paired with a workplace. Of their tokens the desk keeps digests. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
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
    /** SHA-256, hex. */
    tokenDigest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    pairedAtMs: Type.Integer(),
    pairedBy: Type.String(),
  },
  { additionalProperties: false },
);
export type PairedReader = Static<typeof PairedReaderSchema>;

export class PairedReaders {
  readonly #kept: KeptList<PairedReader>;

  /** `folder`: the desk's own. Throws HotelError `unusable` when the file is damaged. */
  constructor(folder: string) {
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
      tokenDigest: digestOf(token).toString('hex'),
    };
    this.#kept.put(reader);
    return { reader, token };
  }

  /** Whose token it is. */
  find(token: string): PairedReader | null {
    const digest = digestOf(token);
    return this.all().find((each) => timingSafeEqual(Buffer.from(each.tokenDigest, 'hex'), digest)) ?? null;
  }

  /** On disk when it returns. */
  remove(readerId: string): void {
    this.#kept.remove(readerId);
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
