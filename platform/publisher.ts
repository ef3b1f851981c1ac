/**
 * Publishes what the city knows: trust and lists as TUF targets, changes of cards as signed deltas. One publication
 * after another; each is on disk, where there is a folder, before anybody sees it.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listKeyHash } from '../lists/list-key.ts';
import type { TrustDocument } from '../workers/trust/document.ts';
import { type Profiles, trustOf } from './authority/profiles.ts';
import { CARDS_PER_TURN, type CardChange, CardLedger, type Replacement } from './cards/ledger.ts';
import type { City } from './city.ts';
import { PINS_TARGET, RESERVED_GUESTS } from './holders/reserved-guests.ts';
import { filledBuilder } from './lists/build-list.ts';
import { type CardChain, linkHash } from './lists/card-chain.ts';
import { CardChains, type CardChainsOptions, hashesOf, type Links } from './lists/card-chains.ts';
import { PackedChanges } from './lists/delta-changes.ts';
import { NamedListPublisher, type NamedLists } from './lists/named-lists.ts';
import { readSnapshotFile } from './lists/snapshot-file.ts';
import { type CardChanges, type LogEntry, PublicationLog } from './publication-log.ts';
import type { TufRepository } from './tuf/repository.ts';

/** What changes with a publication. What is not named stays as it is. */
export interface Publication {
  readonly cards?: readonly CardChange[];
  readonly replace?: readonly Replacement[];
  /** In place of the trust so far. */
  readonly trust?: TrustDocument;
  readonly named?: NamedLists;
  /** The city document (`config/policy-schema.ts`), published as it is; null: none any more. */
  readonly city?: unknown;
}

export interface Published {
  readonly generation: string;
  readonly revision: number;
}

export interface PublisherOptions {
  readonly city: City;
  /** Whose algorithms it signs with. */
  readonly profiles: Profiles;
  readonly repository: TufRepository;
  readonly now: () => number;
  readonly fresh_ms: number;
  readonly stale_ms: number;
  readonly deltas_kept: number;
  readonly named: NamedLists;
  /** Of keyed hashes on `reserved-guests`; null: there is no such list. */
  readonly matchKey: Uint8Array | null;
  /** The document with PINs of those cards; null: none is published. */
  readonly pinsDocument:
    | ((cards: readonly number[], times: { issuedAtMs: number; staleUntilMs: number }) => Promise<Uint8Array>)
    | null;
  /** A list that is there already, in place of one that is built from the city's cards. */
  readonly snapshotFile: string | null;
  readonly dataDir: string | null;
  /** After each publication. */
  readonly onPublished: () => void;
}

const CARDS_PATH = 'lists/cards.list';
const CITY_PATH = 'city.json';
/** Changes in one delta: with all that is around it below 8 MiB. */
const DELTA_CHANGES_MAX = 200_000;
/** Snapshots of the card list whose files stay, for gateways that are fetching one. */
const SNAPSHOTS_KEPT = 3;

export class Publisher {
  readonly ledger: CardLedger;
  readonly #options: PublisherOptions;
  readonly #named: NamedListPublisher;
  readonly #log: PublicationLog | null;
  readonly #snapshotFiles: string[] = [];
  #chains: CardChains | null = null;
  #hashKey: Uint8Array = randomBytes(16);
  #trust: TrustDocument;
  #namedMadeAtMs = 0;
  /** Changes of cards that are true but in no publication yet. */
  #unpublished: CardChanges[] = [];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: PublisherOptions, log: PublicationLog | null) {
    this.#options = options;
    this.#log = log;
    this.#named = new NamedListPublisher(options.city, options.matchKey, options.profiles);
    this.#trust = options.city.trustDocument();
    this.ledger = new CardLedger(options.city);
  }

  /** Goes on where a former run stopped, where there is one. Throws RangeError on files that do not fit. */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const { dataDir, city } = options;
    const log = dataDir === null ? null : await PublicationLog.open(dataDir, city);
    const publisher = new Publisher(options, log);
    try {
      await publisher.#begin();
    } catch (error) {
      await log?.close();
      throw error;
    }
    return publisher;
  }

  get chains(): CardChains {
    if (!this.#chains) throw new Error('the publisher has not begun');
    return this.#chains;
  }

  /** What is the same in the chains of all profiles. */
  get chain(): CardChain {
    return this.chains.first;
  }

  /** Rejects with RangeError when a card does not exist; then nothing is changed. */
  publish(publication: Publication): Promise<Published> {
    return this.#inTurn(() => this.#publish(publication));
  }

  /** Changes what is true of cards, and so what live status says, without publishing it: the next publication will. */
  change({ cards = [], replace = [] }: Publication): Promise<void> {
    return this.#inTurn(() => this.#change(cards, replace));
  }

  /** Publishes a new snapshot of the card list, as of the newest delta. */
  snapshot(): Promise<Published> {
    return this.#inTurn(async () => {
      await this.#snapshot();
      this.#options.repository.publish();
      return this.#published();
    });
  }

  /** Issues named lists again, which nothing else keeps fresh, when half of their fresh time is over. */
  async renew(): Promise<void> {
    const { now, fresh_ms, repository } = this.#options;
    const isDue = () => this.#named.names.length > 0 && now() - this.#namedMadeAtMs >= fresh_ms / 2;
    if (!isDue()) return;
    await this.#inTurn(async () => {
      if (!isDue()) return;
      await this.#offerNamed(this.#named.names);
      repository.publish();
    });
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#log?.close();
  }

  async #begin(): Promise<void> {
    const { snapshotFile, named, repository } = this.#options;
    const entries = this.#log?.entries ?? [];
    const snapshots = entries.flatMap((entry) => (entry.kind === 'snapshot' ? [entry.file] : []));
    const last = snapshots.at(-1);
    this.#snapshotFiles.push(...snapshots.slice(-SNAPSHOTS_KEPT));
    if (last === undefined) {
      if (snapshotFile === null) await this.#firstSnapshot();
      else {
        await this.#adopt(snapshotFile, {});
        await this.#log?.append({ kind: 'snapshot', file: resolve(snapshotFile) });
      }
    } else await this.#adopt(last, await this.#replay(entries));
    if (!this.chains.isInSnapshot && snapshotFile === null) await this.#snapshot();
    if (entries.length === 0) await this.#takeNamed(named);
    this.#offerTrust();
    await this.#offerNamed(this.#named.names);
    repository.publish();
  }

  /** Makes true again what the log says; its deltas. */
  async #replay(entries: readonly LogEntry[]): Promise<Links> {
    const publications = entries.filter((entry) => entry.kind === 'publication');
    for (const { changes, trust, named, city } of publications) {
      for (const { cards, replace } of changes) await this.ledger.apply(cards, replace);
      this.#trust = trust ?? this.#trust;
      this.#named.set(named);
      this.#offerCity(city);
    }
    this.ledger.published();
    const deltas = publications.flatMap((each) => each.deltas);
    const smDeltas = publications.flatMap((each) => each.smDeltas ?? []);
    return { international: deltas, sm: smDeltas };
  }

  async #takeNamed(named: NamedLists): Promise<void> {
    this.#named.check(named);
    this.#named.set(named);
    if (Object.keys(named).length > 0) {
      await this.#log?.append({ kind: 'publication', changes: [], deltas: [], trust: null, named });
    }
  }

  async #publish({ cards = [], replace = [], trust, named = {}, city }: Publication): Promise<Published> {
    this.#named.check(named);
    await this.#change(cards, replace);
    const links = await this.chains.sign(await this.#packChanges());
    const changes = this.#unpublished;
    const { international: deltas = [], sm: smDeltas } = links;
    const signed = { deltas, ...(smDeltas && { smDeltas }) };
    const whole = { changes, ...signed, trust: trust ?? null, named, ...(city !== undefined && { city }) };
    await this.#log?.append({ kind: 'publication', ...whole });
    this.#unpublished = [];
    this.ledger.published();
    this.chains.commit(links);
    this.#trust = trust ?? this.#trust;
    this.#named.set(named);
    this.#offerCity(city);
    await this.#offer(trust !== undefined || city !== undefined, named);
    this.#options.onPublished();
    return this.#published();
  }

  /** Offers as targets what a publication brought; a snapshot too when there are more deltas than are to be kept. */
  async #offer(isNewDocument: boolean, named: NamedLists): Promise<void> {
    const { repository, deltas_kept, snapshotFile } = this.#options;
    const isSnapshotDue = snapshotFile === null && this.chain.sinceSnapshot > deltas_kept;
    if (isNewDocument) this.#offerTrust();
    for (const [name, cards] of Object.entries(named)) {
      if (cards === null) this.#removeNamed(name);
      else await this.#offerNamed([name]);
    }
    if (isSnapshotDue) await this.#snapshot();
    if (isNewDocument || isSnapshotDue || Object.keys(named).length > 0) repository.publish();
  }

  async #change(cards: readonly CardChange[], replace: readonly Replacement[]): Promise<void> {
    if (cards.length + replace.length === 0) return;
    await this.ledger.apply(cards, replace);
    this.#unpublished.push({ cards, replace });
  }

  async #packChanges(): Promise<Uint8Array[]> {
    const packed = new PackedChanges(listKeyHash(this.#hashKey));
    let cards = 0;
    for (const credentials of this.ledger.changes()) {
      for (const credential of credentials) packed.add(credential);
      cards += 1;
      if (cards % CARDS_PER_TURN === 0) await nextTurn();
    }
    return packed.pieces(DELTA_CHANGES_MAX);
  }

  #published(): Published {
    return { generation: this.chain.generation, revision: this.chain.revision };
  }

  #chainOptions(): CardChainsOptions {
    const { repository, profiles, now, fresh_ms, stale_ms, deltas_kept } = this.#options;
    return { repository, profiles, now, fresh_ms, stale_ms, kept: deltas_kept };
  }

  async #firstSnapshot(): Promise<void> {
    const generation = randomBytes(16).toString('hex');
    const hashes = { international: linkHash(generation, 'international'), sm: linkHash(generation, 'sm') };
    this.#chains = new CardChains(this.#chainOptions(), { generation, revision: 0, hashes });
    await this.#snapshot();
  }

  async #snapshot(): Promise<void> {
    const { city, dataDir, snapshotFile, repository } = this.#options;
    if (snapshotFile !== null)
      throw new RangeError('the list came as a file, so no snapshot can be made of it');
    const { generation, revision } = this.chain;
    const options = { name: 'cards', generation, hashKey: this.#hashKey, revision, ...this.chains.hashes };
    const builder = await filledBuilder(
      { ...options, ...this.chain.times(), covers: city.issuers, expectedCards: 2 * city.size },
      this.ledger.publishedCards(),
    );
    if (dataDir === null) repository.setTarget(CARDS_PATH, builder.toBytes());
    else {
      const file = join(dataDir, `cards.${generation.slice(0, 8)}.${revision}.${Date.now()}.list`);
      builder.write(file);
      repository.setTarget(CARDS_PATH, (await readSnapshotFile(file)).target);
      await this.#log?.append({ kind: 'snapshot', file: resolve(file) });
      this.#snapshotFiles.push(file);
      for (const old of this.#snapshotFiles.splice(0, this.#snapshotFiles.length - SNAPSHOTS_KEPT)) {
        rmSync(old, { force: true });
      }
    }
    this.chains.snapshotMade();
  }

  /** A list on disk becomes the snapshot, and the chain goes on from there. */
  async #adopt(file: string, links: Links): Promise<void> {
    const { header, target } = await readSnapshotFile(file);
    const { name, generation, revision, hashKey } = header;
    if (name !== 'cards') throw new RangeError(`${file} is the list ${name}, not cards`);
    this.#hashKey = Buffer.from(hashKey, 'hex');
    const start = { generation, revision, hashes: hashesOf(header) };
    this.#chains = new CardChains(this.#chainOptions(), start, links);
    this.#options.repository.setTarget(CARDS_PATH, target);
  }

  #offerTrust(): void {
    const { repository, profiles, city } = this.#options;
    const trust = trustOf(profiles, city.status, this.#trust);
    repository.setTarget('trust.json', Buffer.from(JSON.stringify(trust)));
  }

  /** Undefined: as before. */
  #offerCity(city: unknown): void {
    const { repository } = this.#options;
    if (city === null) repository.removeTarget(CITY_PATH);
    else if (city !== undefined) repository.setTarget(CITY_PATH, Buffer.from(JSON.stringify(city)));
  }

  async #offerNamed(names: readonly string[]): Promise<void> {
    const { repository, now } = this.#options;
    for (const name of names) {
      repository.setTarget(namedPath(name), await this.#named.build(name, this.chain.times()));
    }
    if (names.includes(RESERVED_GUESTS)) await this.#offerPins();
    if (names.length === this.#named.names.length) this.#namedMadeAtMs = now();
  }

  async #offerPins(): Promise<void> {
    const { repository, pinsDocument } = this.#options;
    const cards = this.#named.cardsOf(RESERVED_GUESTS).map(({ index }) => index);
    if (pinsDocument !== null) {
      repository.setTarget(PINS_TARGET, await pinsDocument(cards, this.chain.times()));
    }
  }

  #removeNamed(name: string): void {
    const { repository } = this.#options;
    repository.removeTarget(namedPath(name));
    if (name === RESERVED_GUESTS) repository.removeTarget(PINS_TARGET);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.catch(() => {}).then(work);
    this.#last = done;
    return done;
  }
}

function namedPath(name: string): string {
  return `lists/named/${name}.list`;
}
