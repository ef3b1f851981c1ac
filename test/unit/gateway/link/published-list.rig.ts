/** A card list as a platform publishes it, without a platform: snapshots in files, links as text. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namedDigestOf } from '../../../../crypto/named-digest.ts';
import { algorithmFor } from '../../../../crypto/uses.ts';
import { CardFollower } from '../../../../gateway/knowledge/cards/follow-cards.ts';
import { type AnnouncedList, ListFolder } from '../../../../gateway/knowledge/cards/follow-folder.ts';
import { CardList } from '../../../../lists/card-list.ts';
import { packChanges } from '../../../../lists/delta-changes.ts';
import { ListBuilder } from '../../../../lists/list-builder.ts';
import type { ListedState } from '../../../../lists/list-handle.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import {
  compact,
  deltaHeader,
  GENERATION,
  hashOf,
  headHeader,
  keyring,
} from '../../lists/chain-links.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

export const ISSUER = 'issuer-1';
export const CARDS = ['card-1', 'card-2', 'card-3'] as const;
const HASH_KEY = new Uint8Array(16).fill(7);
const HOUR_MS = 3_600_000;

export class PublishedList {
  readonly folder = temporaryFolder();
  readonly generation: string;
  revision: number;
  chainHash: string;
  /** States as they are now. */
  readonly states = new Map<string, ListedState>(CARDS.map((card) => [card, 'good']));
  issuedAtMs: number;

  constructor(
    over: { generation?: string; revision?: number; chainHash?: string; issuedAtMs?: number } = {},
  ) {
    this.generation = over.generation ?? GENERATION;
    this.revision = over.revision ?? 5;
    this.chainHash = over.chainHash ?? hashOf('start');
    this.issuedAtMs = over.issuedAtMs ?? Date.now() - 60_000;
  }

  times() {
    const { issuedAtMs } = this;
    return { issuedAtMs, freshUntilMs: issuedAtMs + HOUR_MS, staleUntilMs: issuedAtMs + 2 * HOUR_MS };
  }

  /** Written into `folder`, under its path. */
  snapshot(name = 'cards', path = 'lists/cards.list'): AnnouncedList {
    const { generation, revision, chainHash } = this;
    const builder = new ListBuilder({
      ...{ name, generation, revision, chainHash, hashKey: HASH_KEY, covers: [ISSUER] },
      ...this.times(),
    });
    for (const [card, state] of this.states) builder.add(ISSUER, card, state, 0);
    const bytes = builder.toBytes();
    writeFileSync(join(this.folder, path.replaceAll('/', '_')), bytes);
    return { path, digest: namedDigestOf(algorithmFor('published-digest', TEST_PROFILE), bytes) };
  }

  readonly download = async (path: string): Promise<string> => join(this.folder, path.replaceAll('/', '_'));

  /** The next delta. */
  delta(card: string, state: ListedState): string {
    const { generation } = this;
    const key = new CardList(new ListBuilder({ ...this.#bare(), name: 'cards' }).toHandle()).keyOf(
      ISSUER,
      card,
    );
    this.issuedAtMs += 10;
    this.states.set(card, state);
    const changes = Buffer.from(packChanges([{ key, state, entitlements: 0 }])).toString('base64url');
    const revision = this.revision + 1;
    const jws = compact(deltaHeader, {
      ...{ v: 1, list: 'cards', generation, revision, previousHash: this.chainHash, changes },
      ...this.times(),
    });
    this.revision = revision;
    this.chainHash = hashOf(jws);
    return jws;
  }

  head(over: Record<string, unknown> = {}): string {
    const { generation, revision, chainHash } = this;
    return compact(headHeader, {
      ...{ v: 1, list: 'cards', generation, revision, chainHash, ...this.times() },
      ...over,
    });
  }

  #bare() {
    const { generation, revision, chainHash } = this;
    return { generation, revision, chainHash, hashKey: HASH_KEY, covers: [ISSUER], ...this.times() };
  }
}

export interface Following {
  readonly follower: CardFollower;
  /** In the order they were put in force. */
  readonly lists: readonly CardList[];
  readonly refusals: readonly string[];
  stateOf(card: string): string | undefined;
}

export const LIMITS = { cards: 1_000, delta_bytes: 4_096, delta_changes: 100, list_bytes: 1_000_000 };

export function follow(folder: string, limits = LIMITS): Following {
  const lists: CardList[] = [];
  const refusals: string[] = [];
  const follower = new CardFollower({
    folder: new ListFolder(folder),
    limits,
    toleranceMs: 10_000,
    now: Date.now,
    profile: TEST_PROFILE,
    keys: () => keyring,
    onList: (list) => lists.push(new CardList(list)),
    onRefused: (refusal) => refusals.push(refusal),
  });
  return { follower, lists, refusals, stateOf: (card) => lists.at(-1)?.lookup(ISSUER, card).state };
}

export const never = new AbortController().signal;
