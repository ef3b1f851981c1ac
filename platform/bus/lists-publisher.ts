/**
 * Publishes trust and lists into the stream of lists. Nothing waits here to be sent: what is out is told from what is in
 * the stream already, and the rest comes from the publication log, however long the bus was away.
 */
import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { BusSession } from '../../gateway/cluster/bus/connect.ts';
import type { CardChain, Link } from '../lists/card-chain.ts';
import type { CardChains } from '../lists/card-chains.ts';
import type { MetadataSource } from '../tuf/repository.ts';
import { type CurrentSet, currentSet } from './current-set.ts';
import type { PlatformBus } from './platform-bus.ts';
import { type Published, PublishedFile } from './published.ts';

export interface ListsPublisherOptions {
  readonly bus: PlatformBus;
  readonly repository: MetadataSource;
  /** One for each profile: a head and its deltas are a message of their own. */
  readonly chains: CardChains;
  /** Makes anew what would else grow old. */
  readonly renew: () => Promise<void>;
  /** Where it is kept what is out; null: it is kept for this run alone. */
  readonly folder: string | null;
  readonly onFault: (error: Error) => void;
}

/** A head goes out so often, so that gateways know the list to be fresh and the bus to carry. */
const HEAD_MS = 10_000;
const AGAIN_MS = 500;
/** What is around the deltas of a message: the head, and quotes. */
const AROUND_BYTES = 4_096;
const PATH_HEADER = 'Onecard-Path';
const WRONG_LAST_SEQUENCE = [10_071, 10_164];

export class ListsPublisher {
  readonly #options: ListsPublisherOptions;
  readonly #file: PublishedFile;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #isWoken = false;
  readonly #headAt = new Map<CryptoProfile, number>();

  constructor(options: ListsPublisherOptions) {
    this.#options = options;
    this.#file = new PublishedFile(options.folder);
    options.bus.attend((session) => {
      this.#running = this.#running.then(() => this.#run(session));
    });
  }

  /** Something was published. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Ends after the message that is on its way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #run(session: BusSession): Promise<void> {
    const over = AbortSignal.any([session.signal, this.#stopping.signal]);
    over.addEventListener('abort', () => this.#wake(), { once: true });
    let isKnown = false;
    while (!over.aborted) {
      this.#isWoken = false;
      let waitMs = HEAD_MS;
      try {
        if (!isKnown) await this.#find(session);
        isKnown = true;
        await this.#publishAll(session);
      } catch (error) {
        if (over.aborted) return;
        // Others wrote into it, or it was made anew: it is looked at again.
        isKnown = false;
        waitMs = AGAIN_MS;
        if (!isWrongLast(error)) this.#options.onFault(error as Error);
      }
      if (!this.#isWoken || waitMs === AGAIN_MS) await this.#rest(waitMs, over);
    }
  }

  /** What is in the stream: what was kept, unless the stream is another, or has lost some of it. */
  async #find({ manager }: BusSession): Promise<void> {
    const { bus, chains } = this.#options;
    const chain = chains.first;
    const { created, state } = await manager.streams.info(bus.names.lists);
    const made = String(created);
    const kept = this.#file.now;
    const isWhole = kept?.made === made && kept.sequence <= state.last_seq;
    const { deltas, files, metadata } = bus.names;
    const last: Record<string, number> = {};
    for (const subject of [deltas, files, metadata])
      last[subject] = await lastOf(manager, bus.names.lists, subject);
    const isSameChain = isWhole && kept.generation === chain.generation && kept.revision <= chain.revision;
    this.#file.set({
      made,
      last,
      sequence: isWhole ? kept.sequence : state.last_seq,
      generation: chain.generation,
      revision: isSameChain ? kept.revision : chain.keptFrom,
      ...(isSameChain && kept.revisions && { revisions: kept.revisions }),
      timestamp: isWhole ? kept.timestamp : 0,
      targets: isWhole ? kept.targets : [],
    });
  }

  async #publishAll(session: BusSession): Promise<void> {
    await this.#options.renew();
    const set = currentSet(this.#options.repository);
    if (set && set.version !== this.#published.timestamp) await this.#publishSet(session, set);
    for (const [profile, chain] of this.#options.chains.all) {
      await this.#publishDeltas(session, profile, chain, set?.version ?? 0);
    }
  }

  /** The targets first, so that whoever takes the metadata has them. */
  async #publishSet(session: BusSession, { version, metadata, targets }: CurrentSet): Promise<void> {
    const { bus, repository } = this.#options;
    const { names, messageBytes } = bus;
    const known = new Set(this.#published.targets);
    for (const path of targets) {
      const content = repository.target(path);
      // A file is as large as a city's list, and is fetched over HTTP, as is what is too large for a message.
      if (known.has(path) || !content || !('bytes' in content) || content.bytes.length > messageBytes)
        continue;
      const described = headers();
      described.set(PATH_HEADER, `targets/${path}`);
      await this.#send(session, names.files, content.bytes, {
        msgID: `f:${version}:${path}`,
        headers: described,
      });
    }
    const texts = [...metadata].map(([name, bytes]) => [name, bytes.toString('utf8')] as const);
    const body = JSON.stringify({ v: 1, metadata: Object.fromEntries(texts) });
    await this.#send(session, names.metadata, body, { msgID: `m:${version}` });
    this.#file.set({ ...this.#published, timestamp: version, targets });
  }

  /** As many in one message as have room; one that has none is told by the head alone, and fetched over HTTP. */
  async #publishDeltas(
    session: BusSession,
    profile: CryptoProfile,
    chain: CardChain,
    trust: number,
  ): Promise<void> {
    const { chains, bus } = this.#options;
    const isFirst = chain === chains.first;
    const of = isFirst ? '' : `:${profile}`;
    const bytesMax = bus.messageBytes - AROUND_BYTES;
    for (;;) {
      const { generation, revisions } = this.#published;
      const revision = isFirst ? this.#published.revision : (revisions?.[profile] ?? chain.keptFrom);
      const links = chain.after(revision, bytesMax) ?? chain.after(chain.keptFrom, bytesMax) ?? [];
      const last = links.at(-1);
      const isHeadDue =
        performance.now() - (this.#headAt.get(profile) ?? Number.NEGATIVE_INFINITY) >= HEAD_MS;
      if (last === undefined && !isHeadDue) return;
      const head = await chain.head();
      const place = last ? `d:${generation}:${last.revision}` : `h:${generation}:${revision}:${Date.now()}`;
      const deltas = fitting(links, bytesMax);
      await this.#send(session, bus.names.deltas, JSON.stringify({ v: 1, head, deltas, trust }), {
        msgID: `${place}${of}`,
      });
      this.#headAt.set(profile, performance.now());
      if (last && isFirst) this.#file.set({ ...this.#published, revision: last.revision });
      else if (last) {
        this.#file.set({ ...this.#published, revisions: { ...revisions, [profile]: last.revision } });
      }
    }
  }

  /** On disk at the servers when it resolves. Rejects when somebody else wrote to that subject. */
  async #send(
    { jetstream }: BusSession,
    subject: string,
    body: Uint8Array | string,
    options: { readonly msgID: string; readonly headers?: ReturnType<typeof headers> },
  ): Promise<void> {
    const { last } = this.#published;
    const expect = { lastSubjectSequence: last[subject] ?? 0 };
    const { seq }: PubAck = await jetstream.publish(subject, body, { ...options, expect });
    const now = this.#published;
    this.#file.set({ ...now, sequence: seq, last: { ...now.last, [subject]: seq } });
  }

  get #published(): Published {
    const published = this.#file.now;
    if (published === null) throw new Error('it is not known what is published');
    return published;
  }

  #rest(ms: number, over: AbortSignal): Promise<void> {
    if (over.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** All that fit; none where the first alone does not. */
function fitting(links: readonly Link[], bytesMax: number): string[] {
  const bytes = links.reduce((sum, { jws }) => sum + jws.length, 0);
  return bytes > bytesMax ? [] : links.map(({ jws }) => jws);
}

async function lastOf(manager: BusSession['manager'], stream: string, subject: string): Promise<number> {
  const message = await manager.streams.getMessage(stream, { last_by_subj: subject });
  return message?.seq ?? 0;
}

function isWrongLast(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code);
}
