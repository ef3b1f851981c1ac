/**
 * The signed chain of deltas of the card list, and its head (docs/platform.md). Links are kept as long as there is room,
 * and always those since the newest snapshot.
 */
import { createHash } from 'node:crypto';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { ListSigner } from '../tuf/repository.ts';

export const DELTA_TYP = 'onecard-list-delta';
export const HEAD_TYP = 'onecard-list-head';
/** A head is signed anew at most this often. */
const HEAD_MS = 1_000;

/** Where the chain begins: what the snapshot's header says. */
export interface ChainStart {
  readonly generation: string;
  readonly revision: number;
  readonly chainHash: string;
}

export interface CardChainOptions {
  /** Whose algorithms the links are signed and hashed with. */
  readonly profile: CryptoProfile;
  readonly signer: () => ListSigner;
  readonly now: () => number;
  readonly fresh_ms: number;
  readonly stale_ms: number;
  /** Links that are kept at most, unless no snapshot has them yet. */
  readonly kept: number;
}

export interface Link {
  readonly revision: number;
  readonly jws: string;
  /** The chain's after it: SHA-256 of its text, or SM3, which is named before it. */
  readonly chainHash: string;
}

export class CardChain {
  readonly #options: CardChainOptions;
  #start: ChainStart;
  #links: Link[] = [];
  #last: { readonly revision: number; readonly chainHash: string };
  #head: { readonly madeAtMs: number; readonly revision: number; readonly jws: Promise<string> } | null =
    null;

  /** `links`: those of a former run, some of which the snapshot may have. Throws RangeError when one is missing. */
  constructor(options: CardChainOptions, start: ChainStart, links: readonly Link[] = []) {
    this.#options = options;
    this.#start = start;
    const [first] = links;
    this.#last = first ? { revision: first.revision - 1, chainHash: '' } : start;
    this.commit(links);
    if (this.#last.revision < start.revision) throw new RangeError('the chain ends before its snapshot');
  }

  get generation(): string {
    return this.#start.generation;
  }

  get revision(): number {
    return this.#last.revision;
  }

  get chainHash(): string {
    return this.#last.chainHash;
  }

  /** Revision that the oldest link kept goes on from. */
  get keptFrom(): number {
    return (this.#links[0]?.revision ?? this.#last.revision + 1) - 1;
  }

  /** Links that the snapshot does not have. */
  get sinceSnapshot(): number {
    return this.#last.revision - this.#start.revision;
  }

  /** Until when a list that is signed now is fresh, and until when it may be used. */
  times(nowMs = this.#options.now()) {
    const { fresh_ms, stale_ms } = this.#options;
    return { issuedAtMs: nowMs, freshUntilMs: nowMs + fresh_ms, staleUntilMs: nowMs + stale_ms };
  }

  /** The next links, one for each of `packed` changes. In force with `commit`. */
  async sign(packed: readonly Uint8Array[]): Promise<Link[]> {
    const links: Link[] = [];
    for (const changes of packed) {
      const { revision, chainHash: previousHash } = links.at(-1) ?? this.#last;
      links.push(await this.#signDelta(revision + 1, previousHash, changes));
    }
    return links;
  }

  /** Throws RangeError for links that do not go on from here. */
  commit(links: readonly Link[]): void {
    for (const link of links) {
      if (link.revision !== this.#last.revision + 1) throw new RangeError('the chain has a gap');
      this.#links.push(link);
      this.#last = link;
    }
    this.#head = null;
    this.#forget();
  }

  /** A snapshot of the current revision is out. */
  snapshotMade(): void {
    this.#start = { generation: this.#start.generation, ...this.#last };
    this.#forget();
  }

  /** Links from `revision` + 1 on that fit `bytesMax` together, at least one if there is any; null: no longer kept. */
  after(revision: number, bytesMax: number): readonly Link[] | null {
    if (revision >= this.#last.revision) return [];
    const first = this.#links[0]?.revision ?? this.#last.revision + 1;
    if (revision + 1 < first) return null;
    const fitting: Link[] = [];
    let bytes = 0;
    for (const link of this.#links.slice(revision + 1 - first)) {
      bytes += link.jws.length;
      if (fitting.length > 0 && bytes > bytesMax) break;
      fitting.push(link);
    }
    return fitting;
  }

  /** What is newest, compact JWS. */
  head(): Promise<string> {
    const nowMs = this.#options.now();
    const made = this.#head;
    if (made?.revision === this.revision && Math.abs(nowMs - made.madeAtMs) < HEAD_MS) return made.jws;
    const jws = this.signHead({ ...this.#last, ...this.times(nowMs) });
    this.#head = { madeAtMs: nowMs, revision: this.revision, jws };
    return jws;
  }

  /** A head that says anything. */
  signHead(said: {
    readonly revision: number;
    readonly chainHash: string;
    readonly issuedAtMs: number;
    readonly freshUntilMs: number;
    readonly staleUntilMs: number;
  }): Promise<string> {
    const { revision, chainHash, issuedAtMs, freshUntilMs, staleUntilMs } = said;
    const times = { issuedAtMs, freshUntilMs, staleUntilMs };
    return this.#signJson({ ...this.#common(), revision, chainHash, ...times }, HEAD_TYP);
  }

  /** The newest link's twin: same place, other content, rightly signed. Null when no link is kept. */
  async forkOfLast(): Promise<Link | null> {
    const last = this.#links.at(-1);
    if (!last) return null;
    const [, payload = ''] = last.jws.split('.');
    const { previousHash } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      previousHash: string;
    };
    return await this.#signDelta(last.revision, previousHash, new Uint8Array(0));
  }

  async #signDelta(revision: number, previousHash: string, changes: Uint8Array): Promise<Link> {
    const packed = Buffer.from(changes.buffer, changes.byteOffset, changes.byteLength);
    const payload = {
      ...this.#common(),
      revision,
      previousHash,
      ...this.times(),
      changes: packed.toString('base64url'),
    };
    const jws = await this.#signJson(payload, DELTA_TYP);
    return { revision, jws, chainHash: linkHash(jws, this.#options.profile) };
  }

  #common() {
    return { v: 1, list: 'cards', generation: this.generation };
  }

  #signJson(payload: unknown, typ: string): Promise<string> {
    return this.#options.signer().sign(Buffer.from(JSON.stringify(payload)), typ);
  }

  #forget(): void {
    const first = this.#links[0]?.revision ?? this.#last.revision + 1;
    const needed = this.#last.revision - Math.max(this.#options.kept, this.sinceSnapshot) + 1;
    if (needed > first) this.#links = this.#links.slice(needed - first);
  }
}

/** 64 hex digits of SHA-256, or `sm3:` and those of SM3. */
export function linkHash(text: string, profile: CryptoProfile): string {
  const isSm = profile === 'sm';
  const digest = createHash(isSm ? 'sm3' : 'sha256')
    .update(text, 'latin1')
    .digest('hex');
  return isSm ? `sm3:${digest}` : digest;
}
