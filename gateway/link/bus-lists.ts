/**
 * What the platform publishes, as it comes by the bus: each message goes through the very same checks as an answer of the
 * platform would. While the bus carries, the platform is not asked over HTTP but for what did not come by it.
 */
import { join } from 'node:path';
import type { TakenProfiles } from '../../config/crypto-settings.ts';
import { JWS_ALGORITHM } from '../../crypto/signature/jose.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { ChainState } from '../../lists/delta-chain.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import type { CursorNews, CursorPlace } from '../cluster/bus/cursor-place.ts';
import { type CursorMessage, type CursorState, OwnCursor } from '../cluster/bus/own-cursor.ts';
import type { BusNames } from '../cluster/bus/subjects.ts';
import {
  type BusDeltas,
  type ClaimedHead,
  claimedHead,
  PATH_HEADER,
  readDeltas,
  readMetadata,
} from './bus-messages.ts';
import { readPlace, writePlace } from './bus-place.ts';
import type { CardLoop } from './link-cards.ts';
import type { TrustLoop } from './link-trust.ts';
import type { ReceivedFiles } from './received-files.ts';

export interface BusListsOptions {
  readonly bus: Bus;
  readonly names: BusNames;
  /** Where the cursor is kept. */
  readonly folder: string;
  readonly trust: Pick<TrustLoop, 'version' | 'takeSet' | 'setCarried' | 'want'>;
  readonly cards: Pick<CardLoop, 'take' | 'setCarried' | 'want'>;
  /** Whose chain is followed. */
  readonly crypto: TakenProfiles;
  /** Where the card list stands. */
  readonly chain: () => ChainState | null;
  readonly received: ReceivedFiles;
  /** Largest message that is read, bytes. */
  readonly messageBytesMax: number;
  /** What was refused, and what could not be taken now. `fault`: of a closed set, or null: of the error's own. */
  readonly onFault: (error: Error, fault: string | null) => void;
  /** Whether the bus carries from now on. */
  readonly onCarries: (carries: boolean) => void;
}

export interface BusListsState extends CursorState {
  readonly carries: boolean;
}

/** The platform sends a head every ten seconds: three that did not come, and it is asked. */
const SILENCE_MS = 30_000;
const LOOK_MS = 1_000;
/** Hints to something newer that did not come make the platform be asked at most so often. */
const WANT_MS = 5_000;
/** Messages with deltas that are put in force together, and their bytes. */
const HELD_MAX = 256;
const HELD_BYTES_MAX = 1_048_576;
/** Refusals that say nothing of the other deltas. */
const ONE_IS_BAD: ReadonlySet<string> = new Set([
  'signature',
  'malformed',
  'oversized',
  'rollback',
  'future',
  'other_profile',
]);

export class BusLists {
  readonly #options: BusListsOptions;
  readonly #cursor: OwnCursor;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  #isCaughtUp = false;
  #carries = false;
  /** When something good came last, of the monotonic clock. */
  #goodAt = Number.NEGATIVE_INFINITY;
  #wantedAt = Number.NEGATIVE_INFINITY;
  /** Sequence of the oldest target that no metadata was taken for yet: a restart goes on there. */
  #oldestUnused: number | null = null;
  /** Deltas that more come after, in order. */
  #held: { readonly sequence: number; readonly answer: BusDeltas; readonly claimed: ClaimedHead }[] = [];
  #heldBytes = 0;
  #hasOwnChain = false;

  /** Begins to follow. */
  constructor(options: BusListsOptions) {
    const { bus, names, folder, onFault } = options;
    this.#options = options;
    this.#file = join(folder, 'bus-lists.json');
    this.#forget = bus.onState(({ reachable }) => {
      if (!reachable) this.#cut();
      this.#refresh();
    });
    this.#timer = setInterval(() => this.#refresh(), LOOK_MS).unref();
    this.#cursor = new OwnCursor({
      bus,
      stream: names.lists,
      place: readPlace(this.#file),
      // A newcomer has what the platform answers now: older messages would say nothing more.
      beginsAt: 'end',
      take: (message) => this.#take(message),
      keep: (place) => this.#keep(place),
      onCaughtUp: () => {
        this.#isCaughtUp = true;
        this.#refresh();
      },
      onNews: (news) => this.#tellNews(news),
      onFault: (error) => onFault(error, null),
    });
  }

  get state(): BusListsState {
    return { ...this.#cursor.state, carries: this.#carries };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#forget();
    await this.#cursor.close();
  }

  /** What came before the cut is put in force; where that fails, it comes again. */
  #cut(): void {
    this.#isCaughtUp = false;
    try {
      this.#takeHeld();
    } catch (error) {
      this.#options.onFault(error as Error, null);
    }
  }

  async #take(message: CursorMessage): Promise<void> {
    const { names, messageBytesMax } = this.#options;
    const { subject, data } = message;
    if (subject !== names.deltas) this.#takeHeld();
    if (data.length > messageBytesMax) this.#refuse('oversized', message);
    else if (subject === names.files) this.#takeTarget(message);
    else if (subject === names.metadata) await this.#takeMetadata(message);
    else if (subject === names.deltas) this.#takeDeltas(message);
    if (message.pending === 0) this.#takeHeld();
    this.#refresh();
  }

  #takeTarget(message: CursorMessage): void {
    const path = message.headers?.get(PATH_HEADER) ?? '';
    const refused = this.#options.received.add(path, message.data);
    if (refused !== null) this.#refuse(refused, message);
    else this.#oldestUnused ??= message.sequence;
  }

  async #takeMetadata(message: CursorMessage): Promise<void> {
    const { trust, onFault } = this.#options;
    const read = readMetadata(message.data);
    if (read === null) {
      this.#refuse('malformed', message);
      return;
    }
    // Read again after a restart, or overtaken by what the platform answered.
    if (read.version <= trust.version) {
      this.#oldestUnused = null;
      return;
    }
    try {
      await trust.takeSet(read.set);
      this.#oldestUnused = null;
    } catch (error) {
      onFault(error as Error, null);
      this.#wantTrust();
    }
  }

  #takeDeltas(message: CursorMessage): void {
    const answer = readDeltas(message.data);
    const claimed = answer && claimedHead(answer.head);
    if (answer === null || claimed === null) {
      this.#refuse('malformed', message);
      return;
    }
    if (this.#isOfOtherChain(claimed) || this.#isOlder(claimed)) return;
    this.#held.push({ sequence: message.sequence, answer, claimed });
    this.#heldBytes += message.data.length;
    if (this.#held.length >= HELD_MAX || this.#heldBytes >= HELD_BYTES_MAX) this.#takeHeld();
  }

  /**
   * Puts in force together what is held: after a day away, one write to the disk for each would take minutes. Where one of them
   * is bad, each is taken alone, so that it does not hold up the others.
   */
  #takeHeld(): void {
    const { cards, trust } = this.#options;
    const news = this.#held.filter(({ claimed }) => !this.#isOlder(claimed));
    const answers = news.map(({ answer }) => answer);
    const last = answers.at(-1);
    if (last === undefined) {
      this.#letGo();
      return;
    }
    let refused = cards.take({ head: last.head, deltas: answers.flatMap(({ deltas }) => deltas) });
    if (refused !== null && ONE_IS_BAD.has(refused) && answers.length > 1) {
      for (const { answer, claimed } of news) if (!this.#isOlder(claimed)) refused = cards.take(answer);
    }
    this.#letGo();
    if (last.trust > trust.version) this.#wantTrust();
    else if (refused === null) this.#goodAt = performance.now();
  }

  /** A platform may sign one chain for each profile: the own one is followed, and while there is none of it, another that is taken. */
  #isOfOtherChain({ alg }: ClaimedHead): boolean {
    const { profile, changing_over } = this.#options.crypto;
    const isOwn = alg === JWS_ALGORITHM[algorithmFor('list-link', profile)];
    this.#hasOwnChain ||= isOwn;
    return !isOwn && (this.#hasOwnChain || !changing_over);
  }

  #letGo(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Read again after a restart, or overtaken by what the platform answered. */
  #isOlder({ generation, revision, issuedAtMs }: ClaimedHead): boolean {
    const stands = this.#options.chain();
    if (stands === null || issuedAtMs > stands.issuedAtMs) return false;
    return generation !== stands.generation || revision <= stands.revision;
  }

  /** The bus may have lost what came between. */
  #tellNews(news: CursorNews): void {
    if (news.kind === 'duplicate' || news.kind === 'lost_on_the_way') return;
    this.#isCaughtUp = false;
    this.#options.cards.want();
    this.#options.trust.want();
  }

  #wantTrust(): void {
    const now = performance.now();
    if (now - this.#wantedAt < WANT_MS) return;
    this.#wantedAt = now;
    this.#options.trust.want();
  }

  #refuse(fault: string, { subject, sequence }: CursorMessage): void {
    this.#options.onFault(new Error(`message ${sequence} of ${subject} is refused`), fault);
  }

  #refresh(): void {
    const carries = this.#isCaughtUp && performance.now() - this.#goodAt < SILENCE_MS;
    if (carries === this.#carries) return;
    this.#carries = carries;
    this.#options.cards.setCarried(carries);
    this.#options.trust.setCarried(carries);
    this.#options.onCarries(carries);
  }

  #keep({ made, sequence }: CursorPlace): void {
    const oldest = Math.min(this.#oldestUnused ?? Infinity, this.#held[0]?.sequence ?? Infinity);
    writePlace(this.#file, { made, sequence: Math.min(sequence, oldest - 1) });
  }
}
