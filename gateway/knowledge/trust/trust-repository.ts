/**
 * The gateway's side of the platform's TUF repository. An update is worked out aside, verified whole and brought to
 * disk before anything of it counts: whatever is refused, and whenever the machine dies, the last good trust stays.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metadata, Root, TargetFile } from '@tufjs/models';
import { Updater } from 'tuf-js';
import type { GuardedClock } from '../clock/guarded-clock.ts';
import { BundleStore } from './bundle-store.ts';
import { MetadataFetcher, type MetadataSet } from './metadata-fetcher.ts';
import { downloadBytes, type RepositoryEndpoint } from './repository-client.ts';
import type { ContentRule } from './signed-content.ts';
import { TargetFiles } from './target-files.ts';
import { cityTarget, makeBundle, type TrustBundle, trustTarget } from './trust-bundle.ts';
import { TRUST_FAULTS, type TrustFault, TrustUpdateError, trustUpdateError } from './trust-update-error.ts';
import {
  type BundleFiles,
  CITY_PATH,
  checkTargetBytes,
  LISTS_ROLE,
  parseRoot,
  SM2_ROOTS_PATH,
  sha256Of,
  TRUST_PATH,
  type VerifiedMetadata,
  verifyMetadata,
} from './verify-bundle.ts';

export interface TrustLimits {
  /** Bytes of one file of metadata. */
  readonly metadataBytes: number;
  /** Bytes of `trust.json`. */
  readonly trustBytes: number;
  /** Bytes of `city.json`. */
  readonly cityBytes: number;
  /** Bytes of one list. */
  readonly targetBytes: number;
  /** New roots taken in one update. */
  readonly rootRotations: number;
}

export interface TrustRepositoryOptions extends RepositoryEndpoint {
  /** For this alone; made when it is not there. */
  readonly folder: string;
  /** The first root, given out of band: all trust begins with it. */
  readonly rootFile: string;
  /** By which its content is judged beside TUF. */
  readonly content: ContentRule;
  /** The settings': no part has limits of its own. */
  readonly limits: TrustLimits;
  /** Judges what the platform serves (`provenMs`), and is told when the timestamp was signed. */
  readonly clock: Pick<GuardedClock, 'provenMs' | 'observe' | 'observeKept'>;
}

interface InForce {
  readonly files: BundleFiles;
  readonly metadata: VerifiedMetadata;
  readonly bundle: TrustBundle;
}

export class TrustRepository {
  readonly #options: TrustRepositoryOptions;
  readonly #limits: TrustLimits;
  readonly #pinned: { readonly bytes: Buffer; readonly root: Metadata<Root> };
  readonly #store: BundleStore;
  readonly #targets: TargetFiles;
  readonly #refused = Object.fromEntries(TRUST_FAULTS.map((f) => [f, 0])) as Record<TrustFault, number>;
  #inForce: InForce | null = null;
  #isLoaded = false;
  /** One after the other: updates share their workplace, and a load what is in force. */
  #last: Promise<unknown> = Promise.resolve();

  /** Throws TrustUpdateError when the first root is not one, and errors of the file system. */
  constructor(options: TrustRepositoryOptions) {
    this.#options = options;
    this.#limits = options.limits;
    const bytes = readFileSync(options.rootFile);
    this.#pinned = { bytes, root: parseRoot(bytes) };
    const fileBytesMax = Math.max(this.#limits.metadataBytes, this.#limits.trustBytes);
    this.#store = new BundleStore(options.folder, fileBytesMax);
    this.#targets = new TargetFiles(join(options.folder, 'targets'), options);
  }

  /** How often what was refused for which fault, at load as well as in updates. */
  get refused(): Readonly<Record<TrustFault, number>> {
    return { ...this.#refused };
  }

  /**
   * What is kept on disk, all of it verified again from the pinned root; null when nothing is kept. Trust that has
   * expired loads as well, past its grace too: whether it may be used is `trust.expiresAtMs` and `trust.graceUntilMs`
   * against the clock. When the newest bundle is damaged, that is counted and the one before it is taken.
   * Rejects with TrustUpdateError, the fault of the newest, when none is good.
   */
  load(): Promise<TrustBundle | null> {
    return this.#inTurn(async () => this.#loadNewest());
  }

  /**
   * Asks the platform. Resolves to the bundle now in force: the very same object when nothing has changed. Rejects with
   * TrustUpdateError, and with the signal's reason when that gave it up; then what was in force stays, here and on disk.
   * `from`: metadata that came another way, taken in place of the platform's answers and verified in the same way.
   */
  update(signal?: AbortSignal, from: MetadataSet | null = null): Promise<TrustBundle> {
    return this.#inTurn(() => this.#refusing(signal, () => this.#update(signal, from)));
  }

  /**
   * A list of the bundle in force, by its path there: a file on disk whose length and hash are right. It stays until
   * another content of the same path is fetched. Rejects as `update` does, and with RangeError when there is no such
   * list.
   */
  fetchTarget(path: string, signal?: AbortSignal): Promise<string> {
    const target = this.#inForce?.bundle.targets.get(path);
    if (!target) return Promise.reject(new RangeError('the trust in force names no such list'));
    return this.#refusing(signal, async () => {
      if (target.lengthBytes > this.#limits.targetBytes) {
        throw new TrustUpdateError('oversized', `${path} is larger than ${this.#limits.targetBytes} bytes`);
      }
      return await this.#targets.get(path, target, signal);
    });
  }

  /** Of the timestamp in force; 0: there is none. */
  get timestampVersion(): number {
    return this.#inForce?.metadata.timestamp.signed.version ?? 0;
  }

  /** SHA-256 of the city document that the metadata in force names, 64 hex digits; null: none. */
  get citySha256(): string | null {
    const target = this.#inForce && cityTarget(this.#inForce.metadata);
    return target && sha256Of(target);
  }

  /**
   * The city document of the bundle in force as a set of its own: its bytes and all metadata that vouches for them. Rejects
   * as `update` does, and with RangeError when there is none.
   */
  fetchCity(signal?: AbortSignal): Promise<BundleFiles> {
    const { files, metadata } = this.#inForce ?? {};
    const target = metadata && cityTarget(metadata);
    if (!files || !target) return Promise.reject(new RangeError('the trust in force names no city document'));
    return this.#refusing(signal, async () => {
      const bytes = await this.#download(target, this.#limits.cityBytes, signal);
      const vouching = [...files].filter(([name]) => name !== TRUST_PATH);
      return new Map([...vouching, [CITY_PATH, bytes]]);
    });
  }

  async #update(signal: AbortSignal | undefined, from: MetadataSet | null): Promise<TrustBundle> {
    this.#loadUnlessDone();
    const { clock, content } = this.#options;
    const atMs = clock.provenMs();
    const files = await this.#fetch(atMs, signal, from);
    const { bundle: before = null, files: known = null } = this.#inForce ?? {};
    // What was kept of the other profile is good for the start; served anew it is refused.
    if (before?.isTaken && known && isSame(known, files)) return before;
    const metadata = verifyMetadata(this.#pinned.root, files);
    refuseExpired(metadata, atMs);
    // One of the future is not believed as to the time; expiry and versions say whether it is taken.
    if (metadata.signedAtMs !== null) clock.observe(metadata.signedAtMs);
    const whole = new Map([...files, ...(await this.#documents(metadata, signal))]);
    const bundle = makeBundle(metadata, whole, content, false);
    refuseOlder(before, bundle);
    this.#store.add(whole);
    this.#inForce = { files: whole, metadata, bundle };
    return bundle;
  }

  /** What was verified before guards against rollback, whether or not anyone asked for it yet. */
  #loadUnlessDone(): void {
    if (this.#isLoaded) return;
    try {
      this.#loadNewest();
    } catch (error) {
      // Counted already; the platform may have better.
      if (!(error instanceof TrustUpdateError)) throw error;
    }
  }

  #loadNewest(): TrustBundle | null {
    this.#isLoaded = true;
    let refusal: TrustUpdateError | null = null;
    for (const name of this.#store.names()) {
      try {
        const files = this.#store.read(name);
        const metadata = verifyMetadata(this.#pinned.root, files);
        const bundle = makeBundle(metadata, files, this.#options.content, true);
        this.#inForce = { files, metadata, bundle };
        if (metadata.signedAtMs !== null) this.#options.clock.observeKept(metadata.signedAtMs);
        return this.#inForce.bundle;
      } catch (error) {
        const refused = this.#count(error);
        refusal ??= refused;
      }
    }
    if (refusal) throw refusal;
    return null;
  }

  /** Newest metadata, verified by tuf-js against what was in force (specification 1.0, clauses 5.3 to 5.6). */
  async #fetch(
    atMs: number,
    signal: AbortSignal | undefined,
    from: MetadataSet | null,
  ): Promise<BundleFiles> {
    const { baseUrl } = this.#options;
    const known = this.#inForce?.files ?? new Map<string, Buffer>();
    const roots = [...known].filter(([name]) => name.endsWith('.root.json'));
    const rootVersion = this.#inForce?.metadata.root.signed.version;
    const root = known.get(`${rootVersion}.root.json`) ?? this.#pinned.bytes;
    const metadataDir = this.#store.scratch(new Map([...known, ['root.json', root]]));
    const { metadataBytes, rootRotations } = this.#limits;
    const fetcher = new MetadataFetcher(this.#options, metadataBytes, signal, from);
    const metadataBaseUrl = `${baseUrl.replace(/\/+$/, '')}/metadata`;
    const config = { maxRootRotations: rootRotations };
    const updater = new Updater({ metadataDir, metadataBaseUrl, fetcher, config });
    setReferenceTime(updater, atMs);
    try {
      await updater.refresh();
      // Looking for any list makes it load the role that lists are delegated to.
      await updater.getTargetInfo(`${LISTS_ROLE}/cards.list`);
    } catch (error) {
      throw fetcher.failure ?? error;
    }
    const names = ['timestamp', 'snapshot', 'targets', LISTS_ROLE].map((role) => `${role}.json`);
    const newest = names.map((name) => [name, readFileSync(join(metadataDir, name))] as const);
    return new Map([...roots, ...fetcher.roots, ...newest]);
  }

  /** The trust document, and roots of SM2 where there are newer ones: each as it is kept, or fetched. */
  async #documents(metadata: VerifiedMetadata, signal?: AbortSignal): Promise<[string, Buffer][]> {
    const roots = this.#options.content.sm2Root && metadata.targets.signed.targets[SM2_ROOTS_PATH];
    const documents: [string, Buffer][] = [];
    for (const target of [trustTarget(metadata), ...(roots ? [roots] : [])]) {
      documents.push([target.path, await this.#document(target, signal)]);
    }
    return documents;
  }

  async #document(target: TargetFile, signal?: AbortSignal): Promise<Buffer> {
    const known = this.#inForce?.metadata.targets.signed.targets[target.path];
    const kept = known && sha256Of(known) === sha256Of(target) && this.#inForce?.files.get(target.path);
    return kept || (await this.#download(target, this.#limits.trustBytes, signal));
  }

  async #download(target: TargetFile, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
    const { path, length } = target;
    if (length > maxBytes)
      throw new TrustUpdateError('oversized', `${path} is larger than ${maxBytes} bytes`);
    const what = { path: `targets/${sha256Of(target)}.${path}`, maxBytes, signal };
    const bytes = await downloadBytes(this.#options, what);
    checkTargetBytes(target, bytes);
    return bytes;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => null);
    return run;
  }

  async #refusing<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#count(error);
    }
  }

  #count(error: unknown): TrustUpdateError {
    const refusal = trustUpdateError(error);
    this.#refused[refusal.code] += 1;
    return refusal;
  }
}

/** tuf-js takes the machine's clock and has no other way to be told the time: a clock set back must not count here. */
function setReferenceTime(updater: Updater, atMs: number): void {
  const { trustedSet } = updater as unknown as { readonly trustedSet: { referenceTime: Date } };
  trustedSet.referenceTime = new Date(atMs);
}

/** Checked by tuf-js as well, but for what was already on disk. */
function refuseExpired({ root, ...others }: VerifiedMetadata, atMs: number): void {
  const at = new Date(atMs);
  if (root.signed.isExpired(at)) throw new TrustUpdateError('expired_root', 'the newest root has expired');
  const { timestamp, snapshot, targets, lists } = others;
  if ([timestamp, snapshot, targets, lists].some(({ signed }) => signed.isExpired(at))) {
    throw new TrustUpdateError('freeze', 'metadata has expired');
  }
}

/** As SM2 says it: what TUF says of versions was looked at before. */
function refuseOlder(before: TrustBundle | null, { sm2Version, signedAtMs }: TrustBundle): void {
  if (before === null) return;
  if (sm2Version < before.sm2Version || (signedAtMs ?? Infinity) < (before.signedAtMs ?? 0)) {
    throw new TrustUpdateError('rollback', 'content or root of SM2 is older than what was verified before');
  }
}

function isSame(inForce: BundleFiles, fetched: BundleFiles): boolean {
  return [...fetched].every(([name, bytes]) => inForce.get(name)?.equals(bytes));
}
