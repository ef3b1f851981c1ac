/** The journal on its way to the platform, and the decisions that newer lists judge again. */
import { parseScenes, type SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import { CardList } from '../../lists/card-list.ts';
import type { ListHandle } from '../../lists/list-handle.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { CURSORS } from '../journal/journal-tables.ts';
import { type OutboxReader, openOutboxReader } from '../journal/outbox-reader.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { Mode } from '../knowledge/mode/mode.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { PlatformEndpoint, SealKeys } from '../outbound/platform-request.ts';
import { CheckpointSender, type CheckpointToSend } from '../outbox/checkpoint-sender.ts';
import { Outbox } from '../outbox/outbox.ts';
import { type NewerList, type NewJudgement, Rejudge } from '../outbox/rejudge.ts';
import { overHttp } from '../outbox/upload-route.ts';
import { judgeWithList } from '../tap/judge-again.ts';
import type { JournalRoute, OpenJournalRoute } from './journal-route.ts';
import { type FromLink, SCENES_KEPT } from './messages.ts';

export interface LinkJournalOptions {
  readonly settings: Settings;
  readonly endpoint: PlatformEndpoint;
  /** Null: everything goes over HTTP. */
  readonly openRoute: OpenJournalRoute | null;
  /** Of the journal, which the main thread writes. */
  readonly journalFolder: string;
  readonly clock: Pick<GuardedClock, 'now'>;
  readonly post: (message: FromLink) => void;
  readonly onFault: (what: string) => (error: unknown) => void;
}

const NO_KEYS: SealKeys = new Map();

interface NewerCardList extends NewerList {
  readonly cards: CardList;
}

export class LinkJournal {
  readonly #reader: OutboxReader;
  readonly #outbox: Outbox;
  readonly #rejudge: Rejudge<NewerCardList>;
  readonly #checkpoints: CheckpointSender;
  /** Null: over HTTP alone. */
  readonly #bus: JournalRoute | null;
  /** By revision, the oldest first: a decision is judged again under the policy it was made under. */
  readonly #scenes = new Map<string, SceneTable>();
  #list: NewerCardList | null = null;
  #mode: Mode = 'closed';
  /** Null: trust is not known yet. */
  #sealKeys: SealKeys | null = null;

  /** Starts sending at once. Throws JournalError and ScenesError. */
  constructor({ settings, endpoint, openRoute, journalFolder, clock, post, onFault }: LinkJournalOptions) {
    const { gateway_id: gatewayId } = settings;
    const reader = openOutboxReader(journalFolder);
    this.#reader = reader;
    const http = overHttp(endpoint);
    this.#bus =
      openRoute?.({
        http,
        sealKeys: () => this.#sealKeys,
        onFault: onFault('bus_journal'),
        onLost: (messages) => onFault('bus_journal')(lostByServers(messages)),
      }) ?? null;
    const route = this.#bus?.route ?? http;
    this.#outbox = new Outbox({
      ...{ endpoint, route },
      gatewayId,
      reader,
      sealKeys: () => this.#sealKeys,
      confirmed: reader.cursor(CURSORS.confirmed),
      batchRecords: settings.platform?.upload_batch ?? 1,
      onConfirmed: (position) => post({ kind: 'confirmed', epoch: reader.epoch, position }),
      onConflict: (conflict) => post({ kind: 'conflict', conflict }),
      onFault: onFault('journal'),
      onSkipped: (_, error) => onFault('journal_record')(error),
    });
    this.#rejudge = new Rejudge<NewerCardList>({
      ...{ endpoint, route },
      gatewayId,
      reader,
      sealKeys: () => this.#sealKeys ?? NO_KEYS,
      rejudged: reader.cursor(CURSORS.rejudged),
      judge: (record, { cards }) => this.#judgement(record, cards),
      onResult: (result) => post({ kind: 'rejudged', epoch: reader.epoch, result }),
      onFault: onFault('rejudgement'),
      onDamaged: onFault('journal_record'),
      now: () => clock.now(),
    });
    this.#checkpoints = new CheckpointSender({
      ...{ endpoint, route },
      gatewayId,
      sealKeys: () => this.#sealKeys,
      onFault: onFault('checkpoint'),
      onRefused: onFault('checkpoint_refused'),
    });
  }

  checkpoint(checkpoint: CheckpointToSend): void {
    this.#checkpoints.offer(checkpoint);
  }

  /** Scenes that came into force, as `SceneTable.document`. */
  scenes(document: unknown): void {
    const table = parseScenes(document, PRESENTABLE_FAMILIES);
    this.#scenes.delete(table.revision);
    this.#scenes.set(table.revision, table);
    const [oldest] = this.#scenes.keys();
    if (this.#scenes.size > SCENES_KEPT && oldest !== undefined) this.#scenes.delete(oldest);
  }

  /** Newest journal position on disk. */
  synced(position: number): void {
    this.#reader.setSynced(position);
    this.#outbox.synced();
    this.#rejudge.synced();
  }

  /** The journal has begun a new epoch, which is on disk. */
  epochBegan(): void {
    this.#reader.epochBegan();
    this.#rejudge.epochBegan(this.#reader.lineage.current.first);
    this.#outbox.epochBegan();
    this.#judgeAgain();
  }

  /** Those that trust in force names. */
  sealKeys(keys: SealKeys): void {
    const came = this.#sealKeys?.size === 0 && keys.size > 0;
    this.#sealKeys = keys;
    if (!came) return;
    this.#outbox.keysCame();
    this.#rejudge.keysCame();
    this.#judgeAgain();
  }

  /** Sends what is on disk up to a position, for as long as the platform takes it and there is time. */
  async flush(position: number, ms: number): Promise<void> {
    this.#reader.setSynced(position);
    this.#bus?.route.hurry();
    await this.#outbox.flush(position, ms);
  }

  mode(mode: Mode): void {
    const cameBack = mode === 'live' && this.#mode !== 'live';
    this.#mode = mode;
    if (cameBack) this.#judgeAgain();
  }

  /** The card list in force. */
  list(handle: ListHandle): void {
    const cards = new CardList(handle);
    this.#list = { cards, revision: cards.revision, issuedAtMs: handle.head.issuedAtMs };
    this.#judgeAgain();
  }

  setPlatformAnswers(answers: boolean): void {
    this.#bus?.route.setPlatformAnswers(answers);
    this.#outbox.setPlatformAnswers(answers);
    this.#rejudge.setPlatformAnswers(answers);
    this.#checkpoints.setPlatformAnswers(answers);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#outbox.stop(), this.#rejudge.stop()]);
    await this.#checkpoints.stop();
    await this.#bus?.close();
    await this.#reader.close();
  }

  #judgeAgain(): void {
    if (this.#list !== null) this.#rejudge.caughtUp(this.#list, this.#mode === 'live');
  }

  #judgement(record: DecisionRecord, cards: CardList): NewJudgement {
    const scenes = this.#scenes.get(record.policyRevision);
    if (scenes === undefined) return { kind: 'cannot', why: 'policy_unavailable' };
    const lookup = (issuer: string, key: Uint8Array) => cards.lookupKey(issuer, key);
    return judgeWithList(record, scenes, lookup, cards.revision, cards.head.issuedAtMs);
  }
}

function lostByServers(messages: number): PlatformError {
  const what = messages === 1 ? 'a message that was' : `${messages} messages that were`;
  return new PlatformError('storage', `the bus has lost ${what} acknowledged and not confirmed: sent again`);
}
