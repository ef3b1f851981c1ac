/** What is served of trust and the card list: the truth, or what a fault makes of it. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { FaultSwitch } from '../faults.ts';
import { type CardChain, linkHash } from '../lists/card-chain.ts';
import type { CardChains } from '../lists/card-chains.ts';
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
  readonly #chains: CardChains;
  readonly #faults: FaultSwitch;
  readonly #first: MetadataSource;
  readonly #firstHeads: ReadonlyMap<CardChain, Parameters<CardChain['signHead']>[0]>;

  /** To be made when everything of the start is published. */
  constructor(repository: TufRepository, chains: CardChains, faults: FaultSwitch) {
    this.#repository = repository;
    this.#chains = chains;
    this.#faults = faults;
    this.#first = frozen(repository);
    this.#firstHeads = new Map(
      [...chains.all.values()].map((chain) => {
        const { revision, chainHash } = chain;
        return [chain, { revision, chainHash, ...chain.times() }];
      }),
    );
  }

  get repository(): MetadataSource {
    const fault = this.#faults.fault?.fault;
    if (fault === 'old_revision') return this.#first;
    return fault === 'bad_signature' ? badlySigned(this.#repository) : this.#repository;
  }

  /** Null: the deltas after that revision are no longer kept, or are of another generation. `profile`: of the chain. */
  async deltas(generation: string, after: number, profile: CryptoProfile): Promise<DeltasAnswer | null> {
    const chain = this.#chains.of(profile);
    if (generation !== chain.generation) return null;
    const fault = this.#faults.fault?.fault;
    const firstHead = this.#firstHeads.get(chain);
    if (fault === 'old_revision' && firstHead) return { head: await chain.signHead(firstHead), deltas: [] };
    const links = chain.after(after, ANSWER_BYTES_MAX);
    if (links === null) return null;
    if (fault === 'forked_chain')
      return await this.#forked(
        chain,
        profile,
        links.map(({ jws }) => jws),
      );
    const answer = { head: await chain.head(), deltas: links.map(({ jws }) => jws) };
    if (fault !== 'bad_signature') return answer;
    return { head: spoilt(answer.head), deltas: answer.deltas.map(spoilt) };
  }

  /** Signed as it should be, but the newest link is another, under the same revision. */
  async #forked(chain: CardChain, profile: CryptoProfile, deltas: readonly string[]): Promise<DeltasAnswer> {
    const { revision, chainHash } = chain;
    const twin = await chain.forkOfLast();
    const otherHash = twin?.chainHash ?? linkHash(`fork of ${chainHash}`, profile);
    const head = await chain.signHead({ revision, chainHash: otherHash, ...chain.times() });
    return { head, deltas: twin && deltas.length > 0 ? [...deltas.slice(0, -1), twin.jws] : deltas };
  }
}

/** A compact JWS whose signature does not verify. */
export function spoilt(jws: string): string {
  const at = jws.lastIndexOf('.') + 1;
  return `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}`;
}
