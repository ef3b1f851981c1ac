/**
 * The card list as this gateway follows it: a snapshot, the deltas since, and the newest head. What is read back from
 * disk goes through the very same checks as what the platform sends. A link that is refused stops the list at the last
 * good revision; nothing that is in force is ever taken back.
 */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import type { Limits } from '../../../config/settings.ts';
import { digestAlgorithmOf, type NamedDigest } from '../../../crypto/named-digest.ts';
import { allTaken } from '../../../crypto/signature/signers.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { type ChainHead, type Delta, readDelta, readHead } from '../../../lists/delta.ts';
import {
  addDelta,
  addHead,
  type ChainClock,
  type ChainRefusal,
  type ChainState,
  chainAt,
  mayBeSame,
  maySwitch,
} from '../../../lists/delta-chain.ts';
import { CHANGE_BYTES } from '../../../lists/delta-changes.ts';
import type { LinkKeys } from '../../../lists/delta-jws.ts';
import { ListFileError } from '../../../lists/list-errors.ts';
import type { ListHandle, ListHead } from '../../../lists/list-handle.ts';
import { withChanges } from '../../../lists/overlay.ts';
import type { SignedThing } from '../clock/guarded-clock.ts';
import type { AnnouncedList, Download, ListFolder } from './follow-folder.ts';
import type { DeltaLog } from './follow-log.ts';

export const CARDS = 'cards';

export interface CardFollowerOptions {
  readonly folder: ListFolder;
  readonly limits: Pick<Limits, 'cards' | 'delta_bytes' | 'delta_changes' | 'list_bytes'>;
  readonly toleranceMs: number;
  /** Milliseconds since 1970 UTC: what is signed later than this, by more than the tolerance, is of the future. */
  readonly now: () => number;
  /** When something was verifiably signed. Default: nobody wants to know. */
  readonly observe?: (signedAtMs: number, from: SignedThing) => void;
  /** Whose chain is followed where the platform signs several. */
  readonly profile: CryptoProfile;
  /** Keys that links must be signed with now. */
  readonly keys: () => LinkKeys;
  /** A newer list, or the same one fresh for longer. */
  readonly onList: (list: ListHandle) => void;
  /** `message` names no card. */
  readonly onRefused: (refusal: ChainRefusal, message: string) => void;
}

/** What the platform answers when it is asked for deltas. */
export interface DeltaAnswer {
  readonly head: string;
  readonly deltas: readonly string[];
}

export interface Taken {
  /** Deltas that are in force now. */
  readonly applied: number;
  /** Null: every link was good. */
  readonly refused: ChainRefusal | null;
  /** Whether the platform has more. */
  readonly more: boolean;
}

interface Followed {
  readonly chain: ChainState;
  readonly handle: ListHandle;
  /** Of the snapshot, as is the next. */
  readonly digest: NamedDigest;
  readonly snapshotRevision: number;
  /** Changes taken since the snapshot. */
  readonly changes: number;
}

/** Part of what deltas may change beside a snapshot, after which a newer snapshot should take its place. */
const ENOUGH = 0.5;
/** A log longer than this many of the largest deltas takes too long to read at the start. */
const LOG_DELTAS = 4;

export class CardFollower {
  readonly #options: CardFollowerOptions;
  readonly #log: DeltaLog;
  #followed: Followed | null = null;

  /** Throws the system's error when the folder cannot be used. */
  constructor(options: CardFollowerOptions) {
    this.#options = options;
    this.#log = options.folder.openLog();
  }

  /** Where the list stands; null: there is none. */
  get chain(): ChainState | null {
    return this.#followed?.chain ?? null;
  }

  /** Whether there is no snapshot, or so much has changed since that a newer one should take its place. */
  get wantsSnapshot(): boolean {
    const { delta_bytes, delta_changes } = this.#options.limits;
    if (this.#followed === null) return true;
    // What was kept before is good; one that this profile's own digest names takes its place.
    if (
      digestAlgorithmOf(this.#followed.digest) !== algorithmFor('published-digest', this.#options.profile)
    ) {
      return true;
    }
    return this.#followed.changes > ENOUGH * delta_changes || this.#log.bytes > LOG_DELTAS * delta_bytes;
  }

  /**
   * Puts in force what is on disk; resolves to whether there was a list. Rejects with ListFileError, or the system's
   * error, when a snapshot is there and cannot be used.
   */
  async restore(): Promise<boolean> {
    const { folder, limits, onRefused } = this.#options;
    const kept = folder.snapshots().find(({ name }) => name === CARDS);
    if (!kept) return false;
    const handle = await folder.read(CARDS, kept.digest, limits.cards);
    this.#observe(handle.head, 'disk');
    this.#followed = this.#startingAt(handle, kept.digest);
    this.#log.replay(limits.list_bytes, (link) => {
      const read = readDelta(link, allTaken(this.#options.keys()), limits);
      if (read.ok) this.#observe(read.link, 'disk');
      const result = read.ok ? this.#replayed(read.link) : read.refuse;
      if (result === 'applied' || result === 'already') return true;
      onRefused(result, 'a delta kept on disk is not good; the list stops before it');
      return false;
    });
    const head = folder.readHead();
    if (head !== null) this.#restoreHead(head);
    this.#handOut();
    return true;
  }

  /**
   * Fetches the snapshot and goes on from there; resolves to whether it is in force now and was not before. Rejects
   * with what `download` rejects with, ListFileError, and the system's errors.
   */
  async takeSnapshot(target: AnnouncedList, download: Download, signal: AbortSignal): Promise<boolean> {
    const { folder, limits, onRefused } = this.#options;
    if (target.digest === this.#followed?.digest) return false;
    const handle = await folder.fetch(target, limits.cards, download, signal);
    if (handle.head.name === CARDS) this.#observe(handle.head, 'download');
    const refuse =
      handle.head.name === CARDS ? maySwitch(this.chain, handle.head, this.#clock()) : 'malformed';
    const isBehind = refuse === 'rollback' || (refuse === null && this.#isWithinFreshness(handle.head));
    const links = isBehind ? this.#putUnder(handle, target.digest) : refuse === null ? [] : null;
    if (links === null) {
      onRefused(refuse ?? 'rollback', 'the published snapshot does not take the card list forward');
      // One of the future is as good as any when the clock is put right.
      if (refuse === 'future')
        throw new ListFileError('future', 'the snapshot is signed later than it can be by now');
      return false;
    }
    folder.keep(CARDS, target.digest);
    this.#log.replace(links);
    if (!isBehind) this.#followed = this.#startingAt(handle, target.digest);
    this.#handOut();
    return true;
  }

  /** Whether a head has moved the freshness of this very revision past what the snapshot says. */
  #isWithinFreshness({ generation, revision, issuedAtMs }: ListHead): boolean {
    const { chain } = this;
    return chain?.generation === generation && chain.revision === revision && chain.issuedAtMs > issuedAtMs;
  }

  /**
   * Puts a snapshot that is newer than the one held, but behind the list in force, under the deltas since: where changes
   * keep coming, every snapshot is behind when it arrives. What the list says stays the same. Returns the links that are
   * still needed; null: the list in force does not go on from that snapshot.
   */
  #putUnder(handle: ListHandle, digest: NamedDigest): string[] | null {
    const before = this.#followed;
    if (before === null || handle.head.generation !== before.chain.generation) return null;
    // The same one, which another digest names now, is behind by as much as it was.
    const isSame = handle.head.revision === before.snapshotRevision && digest !== before.digest;
    if (handle.head.revision <= before.snapshotRevision && !isSame) return null;
    const since = before.chain.revision - handle.head.revision;
    const needed = since === 0 ? [] : this.#log.links().slice(-since);
    this.#followed = this.#startingAt(handle, digest);
    for (const link of needed) {
      const read = readDelta(link, allTaken(this.#options.keys()), this.#options.limits);
      if (!read.ok || this.#add(read.link, TAKEN_BEFORE) !== 'applied') break;
    }
    const after = this.#followed;
    if (!mayBeSame(after.chain.chainHash, before.chain.chainHash)) {
      this.#followed = before;
      return null;
    }
    this.#followed = { ...after, chain: before.chain, handle: { ...after.handle, head: before.handle.head } };
    return needed;
  }

  /**
   * Takes what the platform answered, up to the first link that is not good. Deltas are on disk before they are in
   * force. Throws the system's error when the disk does not take them: then none of them is in force.
   */
  take({ head, deltas }: DeltaAnswer): Taken {
    const before = this.#followed;
    if (before === null) throw new Error('there is no list that deltas could go on from');
    const newest = readHead(head, this.#options.keys());
    if (!newest.ok) return this.#stop(newest.refuse, 'the head is not good', 0);
    this.#observe(newest.link, 'head');
    const step = addHead(before.chain, newest.link, this.#clock());
    // Being behind the head is what the deltas are for.
    if ('refuse' in step && (step.refuse !== 'gap' || deltas.length === 0)) {
      return this.#stop(step.refuse, 'the head does not go on from the list in force', 0);
    }
    const { good, refuse } = this.#addAll(deltas);
    try {
      if (good.length > 0) this.#log.append(good);
    } catch (error) {
      this.#followed = before;
      throw error;
    }
    const fresher = this.#addHead(newest.link);
    if (this.#followed !== before) this.#handOut();
    if (fresher) this.#options.folder.keepHead(head);
    if (refuse !== null)
      return this.#stop(refuse, 'a delta does not go on from the list in force', good.length);
    return { applied: good.length, refused: null, more: newest.link.revision > (this.chain?.revision ?? 0) };
  }

  close(): void {
    this.#log.close();
  }

  #stop(refused: ChainRefusal, message: string, applied: number): Taken {
    this.#options.onRefused(refused, message);
    return { applied, refused, more: false };
  }

  #addAll(deltas: readonly string[]): { readonly good: string[]; readonly refuse: ChainRefusal | null } {
    const good: string[] = [];
    for (const jws of deltas) {
      const read = readDelta(jws, this.#options.keys(), this.#options.limits);
      if (read.ok) this.#observe(read.link, 'download');
      const result = read.ok ? this.#add(read.link, this.#clock()) : read.refuse;
      if (result === 'applied') good.push(jws);
      else if (result !== 'already') return { good, refuse: result };
    }
    return { good, refuse: null };
  }

  #add(delta: Delta, clock: ChainClock): 'applied' | 'already' | ChainRefusal {
    const followed = this.#followed;
    if (followed === null) return 'gap';
    const step = addDelta(followed.chain, delta, clock);
    if ('refuse' in step) return step.refuse;
    if (step.kind === 'already') return 'already';
    const changes = followed.changes + delta.changes.length / CHANGE_BYTES;
    if (changes > this.#options.limits.delta_changes) return 'oversized';
    const handle = withChanges(followed.handle, headOf(step.state), delta.changes);
    this.#followed = { ...followed, chain: step.state, handle, changes };
    return 'applied';
  }

  /** A delta out of the log: after a crash it may be from before the snapshot. */
  #replayed(delta: Delta): 'applied' | 'already' | ChainRefusal {
    const chain = this.chain;
    const leftOver = chain?.generation !== delta.generation || delta.revision <= chain.revision;
    return leftOver ? 'already' : this.#add(delta, TAKEN_BEFORE);
  }

  /** One that is no longer good is as good as none: the next answer brings another. */
  #restoreHead(jws: string): void {
    const read = readHead(jws, allTaken(this.#options.keys()));
    if (!read.ok) return;
    this.#observe(read.link, 'disk');
    this.#addHead(read.link, TAKEN_BEFORE);
  }

  /** Whether the list is fresh for longer now. */
  #addHead(head: ChainHead, clock: ChainClock = this.#clock()): boolean {
    const followed = this.#followed;
    if (followed === null) return false;
    const step = addHead(followed.chain, head, clock);
    if ('refuse' in step || step.kind === 'already') return false;
    const handle = { ...followed.handle, head: headOf(step.state) };
    this.#followed = { ...followed, chain: step.state, handle };
    return true;
  }

  #startingAt(handle: ListHandle, digest: NamedDigest): Followed {
    const { head } = handle;
    const isSm3 = algorithmFor('list-chain', this.#options.profile) === 'SM3';
    const chain = chainAt({ ...head, chainHash: (isSm3 && head.sm3ChainHash) || head.chainHash });
    return { chain, handle, digest, snapshotRevision: head.revision, changes: 0 };
  }

  #handOut(): void {
    if (this.#followed !== null) this.#options.onList(this.#followed.handle);
  }

  /** Also of what the chain then refuses: it was signed at that time all the same. */
  #observe({ issuedAtMs }: { readonly issuedAtMs: number }, from: SignedThing): void {
    this.#options.observe?.(issuedAtMs, from);
  }

  #clock(): ChainClock {
    return { nowMs: this.#options.now(), toleranceMs: this.#options.toleranceMs };
  }
}

/** What was taken once is not of the future, whatever the machine's clock says after a start. */
const TAKEN_BEFORE: ChainClock = { nowMs: Number.MAX_SAFE_INTEGER, toleranceMs: 0 };

function headOf({ past: _, ...head }: ChainState): ListHead {
  return { name: CARDS, ...head };
}
