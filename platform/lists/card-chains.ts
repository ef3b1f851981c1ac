/**
 * The chain of the card list, once for each profile of algorithms that the platform signs with: the same revisions with the same changes,
 * of which a gateway follows one.
 */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { Profiles } from '../authority/profiles.ts';
import type { TufRepository } from '../tuf/repository.ts';
import { CardChain, type CardChainOptions, type ChainStart, type Link, linkHash } from './card-chain.ts';

/** New links of each chain. */
export type Links = Partial<Readonly<Record<CryptoProfile, readonly Link[]>>>;

/** Where the chains stand at a snapshot, as its header says it. */
export interface ChainsStart {
  readonly generation: string;
  readonly revision: number;
  readonly hashes: Partial<Readonly<Record<CryptoProfile, string>>>;
}

export interface CardChainsOptions extends Omit<CardChainOptions, 'signer' | 'profile'> {
  readonly profiles: Profiles;
  readonly repository: TufRepository;
}

export class CardChains {
  readonly #chains: ReadonlyMap<CryptoProfile, CardChain>;
  /** Whether the snapshot says where each chain goes on from; else it takes another snapshot. */
  readonly isInSnapshot: boolean;

  /**
   * `links`: those of a former run. A chain that was not signed all the time since the snapshot begins anew at the newest revision. Throws
   * RangeError when links are missing.
   */
  constructor(
    { profiles, repository, ...options }: CardChainsOptions,
    start: ChainsStart,
    links: Links = {},
  ) {
    const newest = Math.max(
      start.revision,
      ...Object.values(links).map((each) => each.at(-1)?.revision ?? start.revision),
    );
    const made = profiles.map((profile) => {
      const before = whole(start, links[profile] ?? [], newest, start.hashes[profile]);
      const begins: ChainStart = {
        generation: start.generation,
        revision: before ? start.revision : newest,
        chainHash: (before && start.hashes[profile]) || linkHash(`${start.generation} ${newest}`, profile),
      };
      const signer = () => repository.listSigner(profile);
      return [profile, new CardChain({ ...options, profile, signer }, begins, before ?? []), before] as const;
    });
    this.#chains = new Map(made.map(([profile, chain]) => [profile, chain]));
    this.isInSnapshot = made.every(([, , before]) => before !== null);
  }

  /** Of the first of its profiles: what is the same in all of them. */
  get first(): CardChain {
    const [first] = this.#chains.values();
    if (!first) throw new Error('there is no chain');
    return first;
  }

  get all(): ReadonlyMap<CryptoProfile, CardChain> {
    return this.#chains;
  }

  /** That of a profile, or the one there is. */
  of(profile: CryptoProfile): CardChain {
    return this.#chains.get(profile) ?? this.first;
  }

  /** What a snapshot's header says of them now. */
  get hashes(): { readonly chainHash: string; readonly sm3ChainHash?: string } {
    const { chainHash } = this.first;
    const sm = this.#chains.size > 1 ? this.#chains.get('sm') : undefined;
    return { chainHash, ...(sm && { sm3ChainHash: sm.chainHash }) };
  }

  /** The next links, of each chain as many as there are pieces of changes. In force with `commit`. */
  async sign(packed: readonly Uint8Array[]): Promise<Links> {
    const links: Partial<Record<CryptoProfile, readonly Link[]>> = {};
    for (const [profile, chain] of this.#chains) links[profile] = await chain.sign(packed);
    return links;
  }

  commit(links: Links): void {
    for (const [profile, chain] of this.#chains) chain.commit(links[profile] ?? []);
  }

  snapshotMade(): void {
    for (const chain of this.#chains.values()) chain.snapshotMade();
  }
}

/** The hashes that a header says. */
export function hashesOf(header: {
  readonly chainHash: string;
  readonly sm3ChainHash?: string | undefined;
}): ChainsStart['hashes'] {
  const { chainHash, sm3ChainHash } = header;
  if (chainHash.startsWith('sm3:')) return { sm: chainHash };
  return { international: chainHash, ...(sm3ChainHash !== undefined && { sm: sm3ChainHash }) };
}

/** Links since before the snapshot without a gap up to the newest; null: they are not all there. */
function whole(
  { revision }: ChainsStart,
  links: readonly Link[],
  newest: number,
  hash: string | undefined,
): readonly Link[] | null {
  if (hash === undefined) return null;
  // Damaged, which the chain itself says.
  if (links.length > 0 && newest === revision && links.at(-1)?.revision !== revision) return links;
  let from = links.length;
  while (from > 0 && links[from - 1]?.revision === newest - (links.length - from)) from -= 1;
  const unbroken = links.slice(from);
  const first = unbroken[0]?.revision ?? newest + 1;
  return first <= revision + 1 ? unbroken : null;
}
