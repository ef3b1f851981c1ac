/**
 * The reference platform's TUF repository (specification 1.0, consistent snapshots): trust and lists, signed by keys
 * drawn from its seed. All versions but root's come from the clock, so that they rise across restarts without any
 * stored state; root's count its rotations.
 */
import type { TargetFile } from '@tufjs/models';
import { CompactSign } from 'jose';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { INTERNATIONAL_ALONE, type Profiles } from '../authority/profiles.ts';
import { sm2Jws } from '../authority/status-sm.ts';
import { roleKeys, type TufKey, type TufRole } from './keys.ts';
import {
  type SignedFile,
  signLists,
  signRoot,
  signSnapshot,
  signTargets,
  signTimestamp,
} from './sign-metadata.ts';
import { type NamedSm2Key, type Sm2Keys, signContent, signSm2Root, sm2Keys, sm3Hex } from './sm2-root.ts';
import { describeTarget, type FileTarget, hashedPath, type TargetContent } from './targets.ts';

export interface TufRepositoryOptions {
  readonly seed: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Milliseconds that each role's metadata is good for, from when it is signed. Default: `DEFAULT_LIVES_MS`. */
  readonly expires?: Partial<Readonly<Record<TufRole, number>>>;
  /** Signed into the timestamp: seconds past expiry that a gateway which is cut off may go on. */
  readonly offlineGraceS: number;
  /** Whose algorithms content and links are signed with. Default: international. */
  readonly profiles?: Profiles;
  /** After each `publish`. */
  readonly onPublish?: () => void;
  /** Rotations that a former run with this seed had made, so that a restart goes on from there. Default: none. */
  readonly rotations?: Partial<Readonly<Record<'root' | 'lists', number>>>;
}

/** What can be downloaded; also what a tampered view of it looks like. */
export interface MetadataSource {
  /** `timestamp.json`, `N.root.json`, `N.snapshot.json`, `N.targets.json`, `N.lists.json`. */
  metadata(file: string): Buffer | null;
  /** By `DIR/HASH.NAME`. */
  target(hashedPath: string): TargetContent | null;
}

export interface ListSigner {
  /** TUF keyid of a key of the role `lists`, or the name that the root of SM2 has for it. */
  readonly kid: string;
  /** Compact JWS (RFC 7515) under EdDSA with Ed25519 (RFC 8037), or SGD_SM3_SM2 (GM/T 0125.2). */
  sign(payload: Uint8Array, typ: string): Promise<string>;
}

const DAY_MS = 86_400_000;
export const DEFAULT_LIVES_MS: Readonly<Record<TufRole, number>> = {
  root: 365 * DAY_MS,
  targets: 90 * DAY_MS,
  lists: 30 * DAY_MS,
  snapshot: 7 * DAY_MS,
  timestamp: DAY_MS,
};
/** Snapshots whose files stay, for gateways that are in the middle of an update. */
const KEPT_SNAPSHOTS = 8;

interface Offered {
  readonly description: TargetFile;
  readonly content: TargetContent;
}

/** One consistent snapshot: what it consists of, by the name it is served under. */
interface Publication {
  readonly targets: SignedFile;
  readonly lists: SignedFile;
  readonly snapshot: SignedFile;
  readonly metadata: ReadonlyMap<string, Buffer>;
  readonly contents: ReadonlyMap<string, TargetContent>;
}

export class TufRepository implements MetadataSource {
  readonly #options: TufRepositoryOptions;
  readonly #rotations: { root: number; lists: number };
  readonly #roots: SignedFile[] = [];
  readonly #profiles: Profiles;
  /** Signed, the first first; none where nothing is signed with SM2. */
  readonly #sm2Roots: ReturnType<typeof signSm2Root>[] = [];
  readonly #offered = new Map<string, Offered>();
  #publications: Publication[] = [];
  #timestamp: SignedFile | null = null;
  #lastVersion = 0;

  constructor(options: TufRepositoryOptions) {
    if (!Number.isSafeInteger(options.offlineGraceS) || options.offlineGraceS < 0) {
      throw new RangeError('offlineGraceS is a whole number from 0');
    }
    this.#options = options;
    this.#profiles = options.profiles ?? INTERNATIONAL_ALONE;
    this.#rotations = { root: 0, lists: 0 };
    this.#signSm2Root([]);
    for (let i = options.rotations?.lists ?? 0; i > 0; i -= 1) this.#rotateSm2(() => this.#rotations.lists++);
    this.#signRoot([]);
    for (let i = options.rotations?.root ?? 0; i > 0; i -= 1) this.rotateRoot();
  }

  /** The first root, for gateways to be given out of band. */
  rootJson(): Buffer {
    return this.#roots[0]?.bytes ?? Buffer.alloc(0);
  }

  /** The first root of SM2, for gateways to be given out of band; null: nothing is signed with it. */
  get sm2RootJson(): Buffer | null {
    const [first] = this.#sm2Roots;
    return first ? Buffer.from(JSON.stringify(first)) : null;
  }

  /** Rotations so far: what a later run is given to go on from. */
  get rotations(): Readonly<Record<'root' | 'lists', number>> {
    return { ...this.#rotations };
  }

  /** Offered with the next `publish`. Paths: `trust.json`, `city.json`, `lists/NAME`, `lists/named/NAME`; RangeError otherwise. */
  setTarget(path: string, content: Uint8Array | FileTarget): void {
    const description = describeTarget(path, content, this.beside(path, content));
    const kept = content instanceof Uint8Array ? { bytes: Uint8Array.from(content) } : content;
    this.#offered.set(path, { description, content: kept });
  }

  /** Gone with the next `publish`. */
  removeTarget(path: string): void {
    this.#offered.delete(path);
  }

  /** Makes one new consistent snapshot of all that was set since the last. */
  publish(): void {
    const keys = this.keys();
    const version = this.#nextVersion();
    const offered = [...this.#offered.values()];
    const described = offered.map(({ description }) => description);
    const isList = ({ path }: TargetFile) => path.startsWith('lists/');
    const own = described.filter((target) => !isList(target));
    const targets = signTargets(this.#edition('targets', version), own, keys);
    const lists = signLists(this.#edition('lists', version), described.filter(isList), keys);
    const files = { 'targets.json': targets, 'lists.json': lists };
    const snapshot = signSnapshot(this.#edition('snapshot', version), files, keys);
    const metadata = new Map([
      [`${version}.targets.json`, targets.bytes],
      [`${version}.lists.json`, lists.bytes],
      [`${version}.snapshot.json`, snapshot.bytes],
    ]);
    const contents = new Map(
      offered.map(({ description, content }) => [hashedPath(description), content] as const),
    );
    const made = { targets, lists, snapshot, metadata, contents };
    this.#publications = [made, ...this.#publications].slice(0, KEPT_SNAPSHOTS);
    this.#signTimestamp(snapshot);
    this.#options.onPublish?.();
  }

  /**
   * Null for what does not exist, and for all but roots before the first `publish`. Asking for the timestamp signs
   * anew whatever is past half of its life.
   */
  metadata(file: string): Buffer | null {
    const root = /^([1-9]\d{0,8})\.root\.json$/.exec(file);
    if (root) return this.#roots[Number(root[1]) - 1]?.bytes ?? null;
    if (file === 'timestamp.json') return this.#currentTimestamp();
    return this.#publications.find(({ metadata }) => metadata.has(file))?.metadata.get(file) ?? null;
  }

  target(path: string): TargetContent | null {
    return this.#publications.find(({ contents }) => contents.has(path))?.contents.get(path) ?? null;
  }

  /** New root keys, in a root signed by the old and the new threshold. In force at once. */
  rotateRoot(): void {
    const former = this.keys().root;
    this.#rotateSm2(() => this.#rotations.root++);
    this.#signRoot(former);
  }

  /** New keys of the role `lists`, in force with a snapshot that this publishes; `listSigner` has to be asked again. */
  rotateListKeys(): void {
    this.#rotateSm2(() => this.#rotations.lists++);
    this.publish();
  }

  /** `profile`: one of those it signs with. */
  listSigner(profile: CryptoProfile = 'international'): ListSigner {
    if (profile === 'sm') return sm2ListSigner(this.sm2Keys().lists);
    const [first] = this.keys().lists;
    if (!first) throw new Error('the role lists has no key');
    const { id: kid, privateKey } = first;
    return {
      kid,
      sign: (payload, typ) =>
        new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(privateKey),
    };
  }

  /** All keys in force. The reference platform's are no secret: they follow from its seed. */
  keys(): Readonly<Record<TufRole, readonly TufKey[]>> {
    const { seed } = this.#options;
    const { root, lists } = this.#rotations;
    return {
      root: roleKeys(seed, 'root', root),
      targets: roleKeys(seed, 'targets', 0),
      snapshot: roleKeys(seed, 'snapshot', 0),
      timestamp: roleKeys(seed, 'timestamp', 0),
      lists: roleKeys(seed, 'lists', lists),
    };
  }

  /** Those of SM2, which follow from the seed as well. */
  sm2Keys(): Sm2Keys {
    return sm2Keys(this.#options.seed, this.#rotations);
  }

  /** Other keys of SM2, in a root that the ones before sign too; it is offered with the next `publish`. */
  #rotateSm2(rotate: () => void): void {
    const former = this.sm2Keys().roots;
    rotate();
    this.#signSm2Root(former);
    for (const [path, { content }] of this.#offered)
      if (path.startsWith('lists/')) this.#offer(path, content);
  }

  #signSm2Root(former: readonly NamedSm2Key[]): void {
    if (!this.#profiles.includes('sm')) return;
    const keys = this.sm2Keys();
    const isNew = ({ kid }: NamedSm2Key) => former.every((each) => each.kid !== kid);
    this.#sm2Roots.push(
      signSm2Root(this.#sm2Roots.length + 1, keys, [...former, ...keys.roots.filter(isNew)]),
    );
    if (this.#sm2Roots.length > 1) {
      this.setTarget('sm2-roots.json', Buffer.from(JSON.stringify(this.#sm2Roots.slice(1))));
    }
  }

  #offer(path: string, content: TargetContent): void {
    this.setTarget(path, 'bytes' in content ? content.bytes : content);
  }

  /** The signature of SM2 on a target, where there is one. Roots of SM2 vouch for themselves. */
  beside(path: string, content: Uint8Array | FileTarget): Readonly<Record<string, string>> | null {
    if (!this.#profiles.includes('sm') || path === 'sm2-roots.json') return null;
    const keys = this.sm2Keys();
    const [signer] = path.startsWith('lists/') ? keys.lists : keys.content;
    if (!signer) throw new Error('there is no key of SM2');
    const isBytes = content instanceof Uint8Array;
    const length = isBytes ? content.byteLength : content.length;
    const sm3 = isBytes ? sm3Hex(content) : content.sm3;
    return { sm2: signContent(signer, { path, length, sm3, signedAtMs: Math.floor(this.#options.now()) }) };
  }

  #currentTimestamp(): Buffer | null {
    const [current] = this.#publications;
    if (!current || !this.#timestamp) return null;
    const { targets, lists, snapshot } = current;
    if (
      this.#isAging('targets', targets) ||
      this.#isAging('lists', lists) ||
      this.#isAging('snapshot', snapshot)
    )
      this.publish();
    else if (this.#isAging('timestamp', this.#timestamp)) this.#signTimestamp(snapshot);
    return this.#timestamp.bytes;
  }

  #isAging(role: TufRole, { expiresAtMs }: SignedFile): boolean {
    return this.#options.now() >= expiresAtMs - this.#lifeMs(role) / 2;
  }

  #signRoot(former: readonly TufKey[]): void {
    const keys = this.keys();
    const edition = this.#edition('root', this.#roots.length + 1);
    this.#roots.push(signRoot(edition, keys, [...former, ...keys.root]));
  }

  #signTimestamp(snapshot: SignedFile): void {
    const signedAtMs = Math.floor(this.#options.now());
    const edition = { ...this.#edition('timestamp', this.#nextVersion()), signedAtMs };
    this.#timestamp = signTimestamp(edition, snapshot, this.#options.offlineGraceS, this.keys());
  }

  #edition(role: TufRole, version: number) {
    return { version, expiresAtMs: this.#options.now() + this.#lifeMs(role) };
  }

  #lifeMs(role: TufRole): number {
    return this.#options.expires?.[role] ?? DEFAULT_LIVES_MS[role];
  }

  #nextVersion(): number {
    this.#lastVersion = Math.max(Math.floor(this.#options.now()), this.#lastVersion + 1);
    return this.#lastVersion;
  }
}

function sm2ListSigner([first]: readonly NamedSm2Key[]): ListSigner {
  if (!first) throw new Error('there is no key of SM2 for lists');
  const { kid, key } = first;
  return { kid, sign: async (payload, typ) => sm2Jws(key, { kid, typ }, payload) };
}

/** Nothing but roots can be downloaded before the first `publish`. Throws RangeError on an unusable offline grace. */
export function createTufRepository(options: TufRepositoryOptions): TufRepository {
  return new TufRepository(options);
}
