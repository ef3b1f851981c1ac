/** API clients: who integrates with the desk. Their secrets and access tokens are random, and kept as digests alone. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { NAMED_BASE64URL_PATTERN, namedDigest, profileOfDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { SCOPES, type Scope } from './actor.ts';
import { KeptList } from './kept-list.ts';

export const ClientSchema = Type.Object(
  {
    clientId: Type.String({ pattern: '^client-[0-9a-f]{16}$' }),
    title: Type.String({ minLength: 1, maxLength: 64 }),
    scopes: Type.Array(Type.Enum([...SCOPES]), { maxItems: SCOPES.length }),
    /** Digest of the secret, which is drawn at random, so that nothing slower is needed. */
    secretDigest: Type.String({ pattern: NAMED_BASE64URL_PATTERN }),
    createdAtMs: Type.Integer({ minimum: 0 }),
    createdBy: Type.String({ maxLength: 64 }),
  },
  { additionalProperties: false },
);
export type ApiClient = Readonly<Static<typeof ClientSchema>>;

export interface AccessToken {
  /** Names the token, and opens nothing. */
  readonly id: string;
  readonly clientId: string;
  readonly scopes: readonly Scope[];
  readonly untilMs: number;
}

const RANDOM_BYTES = 32;
const ID_BYTES = 8;
/** Of one client at once: one more ends the oldest. */
const TOKENS_PER_CLIENT = 16;
/** What no client's secret has as digest. */
const NO_DIGEST = '-'.repeat(43);

export class ApiClients {
  readonly #list: KeptList<ApiClient>;
  readonly #tokenMs: number;
  readonly #profile: CryptoProfile;
  readonly #now: () => number;
  readonly #onEnd: (session: string) => void;
  /** By digest, oldest first. */
  readonly #tokens = new Map<string, AccessToken>();

  /** `folder`: the desk's own. `onEnd`: told the id of each token that ended before its time. Throws HotelError `unusable`. */
  constructor(
    folder: string,
    profile: CryptoProfile,
    tokenMs: number,
    now: () => number,
    onEnd: (session: string) => void,
  ) {
    this.#list = new KeptList(join(folder, 'clients.json'), ClientSchema, (each) => each.clientId);
    this.#profile = profile;
    this.#tokenMs = tokenMs;
    this.#now = now;
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#list.size;
  }

  all(): readonly ApiClient[] {
    return this.#list.all();
  }

  get(clientId: string): ApiClient | null {
    return this.#list.get(clientId);
  }

  /** `clientId` is drawn, for whoever writes down that it is made. */
  drawId(): string {
    return `client-${randomBytes(ID_BYTES).toString('hex')}`;
  }

  /** Answers the secret, which is said this once. Throws HotelError `store_unavailable`. */
  make(client: Pick<ApiClient, 'clientId' | 'title' | 'scopes' | 'createdBy'>): {
    made: ApiClient;
    secret: string;
  } {
    const secret = drawn();
    const made: ApiClient = {
      ...client,
      secretDigest: textDigest(secret, this.#profile),
      createdAtMs: this.#now(),
    };
    this.#list.put(made);
    return { made, secret };
  }

  /** The one before opens nothing from now on, nor do tokens that it was given. */
  newSecret(client: ApiClient): string {
    const secret = drawn();
    this.#list.put({ ...client, secretDigest: textDigest(secret, this.#profile) });
    this.#endTokens(client.clientId);
    return secret;
  }

  revoke(clientId: string): void {
    this.#list.remove(clientId);
    this.#endTokens(clientId);
  }

  /** Null: there is none, or the secret is another's. */
  open(clientId: string, secret: string): ApiClient | null {
    const client = this.#list.get(clientId);
    const kept = client?.secretDigest ?? NO_DIGEST;
    const profile = profileOfDigest(kept);
    if (!isEqual(textDigest(secret, profile), kept) || client === null) return null;
    // Of another profile than that of now: it is digested anew with the first use.
    if (profile !== this.#profile)
      this.#list.put({ ...client, secretDigest: textDigest(secret, this.#profile) });
    return client;
  }

  /** `scopes`: some of the client's. */
  grant({ clientId }: ApiClient, scopes: readonly Scope[]): { token: string; expiresInMs: number } {
    const own = [...this.#tokens].filter(([, each]) => each.clientId === clientId);
    for (const [digest] of own.slice(0, Math.max(0, own.length + 1 - TOKENS_PER_CLIENT)))
      this.#endToken(digest);
    const token = drawn();
    const id = randomBytes(ID_BYTES).toString('hex');
    this.#tokens.set(textDigest(token, this.#profile), {
      id,
      clientId,
      scopes,
      untilMs: this.#now() + this.#tokenMs,
    });
    return { token, expiresInMs: this.#tokenMs };
  }

  /** Null: it was never given, or its time is over. */
  find(token: string): AccessToken | null {
    const digest = textDigest(token, this.#profile);
    const found = this.#tokens.get(digest);
    if (found === undefined) return null;
    if (this.#now() < found.untilMs) return found;
    this.#endToken(digest);
    return null;
  }

  isGood(tokenId: string): boolean {
    for (const { id, untilMs } of this.#tokens.values()) if (id === tokenId) return this.#now() < untilMs;
    return false;
  }

  #endTokens(clientId: string): void {
    for (const [digest, token] of this.#tokens) if (token.clientId === clientId) this.#endToken(digest);
  }

  #endToken(digest: string): void {
    const token = this.#tokens.get(digest);
    if (token === undefined) return;
    this.#tokens.delete(digest);
    this.#onEnd(token.id);
  }
}

const drawn = () => randomBytes(RANDOM_BYTES).toString('base64url');
const textDigest = (text: string, profile: CryptoProfile) =>
  namedDigest(profile, digestOf(algorithmFor('token-digest', profile), Buffer.from(text)), 'base64url');

function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
