/** What is served of trust and the card list: the truth, or what a fault makes of it. */
import { createHash } from 'node:crypto';
import type { FaultSwitch } from '../faults.ts';
import type { CardChain } from '../lists/card-chain.ts';
import type { MetadataSource, TufRepository } from '../tuf/repository.ts';
import { badlySigned, frozen } from '../tuf/tamper.ts';

export interface DeltasAnswer {
  readonly head: string;
  readonly deltas: readonly string[];
}

/** One answer with deltas, unless a single one is larger. */
const ANSWER_BYTES_MAX = 8 * 1_048_576 - 16_384;

export class Views {
  readonly #repository: TufRepository;
  readonly #chain: CardChain;
  readonly #faults: FaultSwitch;
  readonly #first: MetadataSource;
  readonly #firstHead: Parameters<CardChain['signHead']>[0];

  /** To be made when everything of the start is published. */
  constructor(repository: TufRepository, chain: CardChain, faults: FaultSwitch) {
    this.#repository = repository;
    this.#chain = chain;
    this.#faults = faults;
    this.#first = frozen(repository);
    const { revision, chainHash } = chain;
    this.#firstHead = { revision, chainHash, ...chain.times() };
  }

  get repository(): MetadataSource {
    const fault = this.#faults.fault?.fault;
    if (fault === 'old_revision') return this.#first;
    return fault === 'bad_signature' ? badlySigned(this.#repository) : this.#repository;
  }

  /** Null: the deltas after that revision are no longer kept, or are of another generation. */
  async deltas(generation: string, after: number): Promise<DeltasAnswer | null> {
    if (generation !== this.#chain.generation) return null;
    const fault = this.#faults.fault?.fault;
    if (fault === 'old_revision') return { head: await this.#chain.signHead(this.#firstHead), deltas: [] };
    const links = this.#chain.after(after, ANSWER_BYTES_MAX);
    if (links === null) return null;
    if (fault === 'forked_chain') return await this.#forked(links.map(({ jws }) => jws));
    const answer = { head: await this.#chain.head(), deltas: links.map(({ jws }) => jws) };
    if (fault !== 'bad_signature') return answer;
    return { head: spoilt(answer.head), deltas: answer.deltas.map(spoilt) };
  }

  /** Signed as it should be, but the newest link is another, under the same revision. */
  async #forked(deltas: readonly string[]): Promise<DeltasAnswer> {
    const { revision, chainHash } = this.#chain;
    const twin = await this.#chain.forkOfLast();
    const otherHash = twin?.chainHash ?? createHash('sha256').update(`fork of ${chainHash}`).digest('hex');
    const head = await this.#chain.signHead({ revision, chainHash: otherHash, ...this.#chain.times() });
    return { head, deltas: twin && deltas.length > 0 ? [...deltas.slice(0, -1), twin.jws] : deltas };
  }
}

/** A compact JWS whose signature does not verify. */
export function spoilt(jws: string): string {
  const at = jws.lastIndexOf('.') + 1;
  return `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}`;
}
