/**
 * The reference central platform: trust, lists and live status out, journals and re-judgements in. The embedded
 * default, and the written contract for a real one (docs/platform.md).
 */
import type { Server } from 'node:http';
import type { CryptoProfile } from '../config/crypto-settings.ts';
import { profilesOf } from './authority/profiles.ts';
import { makeStatusAuthority } from './authority/status.ts';
import { Bureau } from './bureau/bureau.ts';
import { type BusSide, openBusSide } from './bus/bus-side.ts';
import type { BusJournalSummary } from './bus/journals.ts';
import type { PlatformBusOptions } from './bus/platform-bus.ts';
import type { CardNow } from './cards/ledger.ts';
import type { City } from './city.ts';
import { type Fault, FaultSwitch } from './faults.ts';
import { answerMatch } from './holders/matches.ts';
import { HolderPins } from './holders/pins.ts';
import { pinsDocument } from './holders/reserved-guests.ts';
import { addressOf, closeServer, listen, serve } from './http/data-server.ts';
import type { Service } from './http/routes.ts';
import { Sealer } from './http/sealer.ts';
import { questionKeys } from './http/status-questions.ts';
import { Views } from './http/views.ts';
import { Waiting } from './http/waiting.ts';
import { type CheckpointSummary, Checkpoints } from './journal/checkpoints.ts';
import { JournalIntake, type JournalSummary, RECORDS_MAX } from './journal/intake.ts';
import type { NamedLists } from './lists/named-lists.ts';
import { OnlineCodes } from './online-codes.ts';
import { type Publication, type Published, Publisher } from './publisher.ts';
import { type Rejudgement, RejudgementIntake, type RejudgementSummary } from './rejudgement-intake.ts';
import { JOURNALS_WAIT_MS, Replays } from './replays/replays.ts';
import { TokenStatusIssuer } from './token-status.ts';
import { createTufRepository, type TufRepository, type TufRepositoryOptions } from './tuf/repository.ts';

export interface PlatformOptions {
  readonly city: City;
  /** Every request must carry it as bearer token. At least 16 characters. */
  readonly token: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Where publications, journals and re-judgements are kept; without it they last until it stops. */
  readonly dataDir?: string;
  /** Milliseconds since 1970; default: the machine's clock. */
  readonly now?: () => number;
  /** How long a card list is fresh, default 6 hours, and usable, default 72. */
  readonly fresh_ms?: number;
  readonly stale_ms?: number;
  /** Named lists of the start. */
  readonly named?: NamedLists;
  /** A card list that was built before (`onecard list build`), in place of one built from the city's cards. */
  readonly snapshotFile?: string;
  /** Deltas that are kept at most; more make a new snapshot. Default 1,000. */
  readonly deltas_kept?: number;
  /** How long past its expiry a gateway that is cut off may go on with trust. Default 3 days. */
  readonly offline_grace_s?: number;
  /** Whose algorithms it signs with: one, or both while gateways change over. Default: international. */
  readonly profiles?: readonly CryptoProfile[];
  /** How long a gateway need not fetch the status list of tokens again, seconds. Default 300. */
  readonly token_status_ttl_s?: number;
  /** Milliseconds that each role's metadata is good for. */
  readonly expires?: NonNullable<TufRepositoryOptions['expires']>;
  /** Keys of gateways' checkpoints (Ed25519, 32 bytes, base64) by gateway; of others the first one shown counts. */
  readonly checkpointKeys?: Readonly<Record<string, string>>;
  /** Longest time for which a gateway's journal may be on its way, for what is accepted twice. Default 72 hours. */
  readonly journals_wait_ms?: number;
  /** Bearer token of the platform's own people, who alone are told what was accepted twice; without it nobody is. */
  readonly peopleToken?: string;
  /** Speaks to gateways by NATS too. Default: over HTTP alone. */
  readonly bus?: PlatformBusOptions;
  /** What is wrong with the bus; it is tried again. Default: it is not told. */
  readonly onBusFault?: (error: Error) => void;
  /** Shared with desks, 32 bytes: names and numbers are compared by hashes under it. Default: none is compared. */
  readonly matchKey?: Uint8Array;
  /** Shared with desks, 16 to 64 bytes: PINs are hashed with it, and published for those on `reserved-guests`. Default: not published. */
  readonly pinSecret?: Uint8Array;
}

export interface Platform {
  /** Base address. Throws before `start`. */
  readonly url: string;
  /** The first root of the TUF repository, for gateways to be given out of band. */
  readonly rootJson: Buffer;
  /** The first root of SM2, likewise; null: it signs nothing with SM2. */
  readonly sm2RootJson: Buffer | null;
  /** Where trust and lists are published. */
  readonly repository: TufRepository;
  /** Its status list of tokens. The source in it throws before `start`. */
  readonly tokenStatus: TokenStatusIssuer;
  /** Where the card list stands. Throws before `start`. */
  readonly head: Published;
  start(): Promise<void>;
  /** Answers what it has accepted, then closes. */
  stop(): Promise<void>;
  /**
   * Publishes what changes, cards as one delta (more when it would be too large). Resolves when gateways can have it.
   * Rejects with RangeError when a card does not exist; then nothing is changed.
   */
  publish(publication: Publication): Promise<Published>;
  /** Changes what is true of cards, and so live status, without publishing it: the next publication will. */
  change(changes: Pick<Publication, 'cards' | 'replace'>): Promise<void>;
  /** Publishes a new snapshot of the card list. */
  snapshot(): Promise<Published>;
  /** What live status says of a credential; null: not covered. */
  statusOf(
    issuer: string,
    credentialId: string,
  ): { readonly state: string; readonly entitlements: number } | null;
  /** The chip that a card has now, for `city.card(index, chip)`. */
  chipOf(index: number): number;
  /** What is true of a card now. Throws RangeError when there is none. */
  cardOf(index: number): CardNow;
  /** Null: none, as at the start. */
  setFault(fault: Fault | null): void;
  readonly fault: Fault | null;
  /** Public security, as hotels report to it below `/bureau/v1/`. */
  readonly bureau: Bureau;
  journalSummary(): JournalSummary;
  /** What came by the bus; null: there is none. */
  busJournalSummary(): BusJournalSummary | null;
  /** Whether a gateway's record has arrived. */
  hasRecord(gateway: string, id: string): boolean;
  /** Checkpoints of a gateway's journal, and how they hold against its records. */
  checkpoints(gateway: string): ReturnType<Checkpoints['of']> & { readonly summary: CheckpointSummary };
  /** What was accepted twice. Throws before `start`. */
  readonly replays: Pick<Replays, 'counts' | 'doubles' | 'outages' | 'outagesOf'>;
  rejudgements(): RejudgementSummary & { readonly list: readonly Rejudgement[] };
}

const HOUR_MS = 3_600_000;
const DAY_S = 86_400;
export const TOKEN_CHARACTERS_MIN = 16;

interface Running {
  readonly server: Server;
  readonly publisher: Publisher;
  readonly intake: JournalIntake;
  readonly replays: Replays;
  readonly rejudgements: RejudgementIntake;
  readonly checkpoints: Checkpoints;
  readonly bus: BusSide | null;
}

/** Throws RangeError on options that contradict or cannot be used. */
export function createPlatform(options: PlatformOptions): Platform {
  const { city, token, fresh_ms = 6 * HOUR_MS, stale_ms = 72 * HOUR_MS } = options;
  if (token.length < TOKEN_CHARACTERS_MIN) {
    throw new RangeError(`the token needs ${TOKEN_CHARACTERS_MIN} characters`);
  }
  if (fresh_ms >= stale_ms) throw new RangeError('fresh_ms must be below stale_ms');
  const profiles = profilesOf(options.profiles);
  const bureau = new Bureau();
  const waiting = new Waiting();
  const clock = options.now ?? Date.now;
  const now = () => Math.floor(clock() + faults.clockOffsetMs);
  const faults = new FaultSwitch();
  faults.onChange(() => waiting.wake());
  const repository = createTufRepository({
    seed: city.seed,
    now,
    profiles,
    offlineGraceS: options.offline_grace_s ?? 3 * DAY_S,
    onPublish: () => running?.bus?.published(),
    ...(options.expires && { expires: options.expires }),
  });
  const { matchKey = null, pinSecret = null } = options;
  const pins = new HolderPins(city, pinSecret);
  let running: Running | null = null;
  const started = () => {
    if (!running) throw new Error('the platform is not started');
    return running;
  };
  const tokenStatus = new TokenStatusIssuer({
    seed: city.seed,
    region: city.region,
    profiles,
    now,
    baseUrl: () => addressOf(started().server),
    ...(options.token_status_ttl_s !== undefined && { ttl_s: options.token_status_ttl_s }),
    isSpoilt: () => faults.fault?.fault === 'bad_signature',
  });
  const start = async () => {
    const folder = options.dataDir ?? null;
    const opened: { close(): Promise<void> }[] = [];
    const open = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
      const made = await opening;
      opened.unshift(made);
      return made;
    };
    try {
      const publisher = await open(
        Publisher.open({
          city,
          profiles,
          repository,
          now,
          fresh_ms,
          stale_ms,
          deltas_kept: options.deltas_kept ?? 1_000,
          named: options.named ?? {},
          matchKey,
          pinsDocument:
            pinSecret === null ? null : (cards, times) => pinsDocument(city, pins, profiles, cards, times),
          snapshotFile: options.snapshotFile ?? null,
          dataDir: folder,
          onPublished: () => {
            waiting.wake();
            running?.bus?.published();
          },
        }),
      );
      const { journals_wait_ms: journalsWaitMs = JOURNALS_WAIT_MS } = options;
      const replays = new Replays({ folder, now, journalsWaitMs });
      opened.unshift(replays);
      const intake = await open(JournalIntake.open(folder, RECORDS_MAX, replays));
      const rejudgements = await open(RejudgementIntake.open(folder));
      const leavesOf = (gateway: string, epoch: string) => intake.leavesOf(gateway, epoch);
      const keys = options.checkpointKeys ?? {};
      const checkpoints = await open(Checkpoints.open({ folder, now, leavesOf, keys }));
      const { ledger, chains } = publisher;
      const views = new Views(repository, chains, faults);
      const renew = () => publisher.renew();
      const { status: authority } = city;
      const foreign = makeStatusAuthority(`not ${city.seed}`);
      const service: Service = {
        ...{ now, ledger, views, waiting, intake, replays, rejudgements, checkpoints, tokenStatus, renew },
        onlineCodes: new OnlineCodes(city),
        matches: (asked) => answerMatch(city, matchKey, asked, now()),
        pins: (asked) => pins.answer(asked, now),
        sealer: new Sealer({ profiles, authority, foreign, now, faults }),
        statusDecryption: questionKeys(profiles, authority),
      };
      const { sealer } = service;
      const bus = await openBusSide(options, {
        ...{ now, faults, folder, profiles, sealer, takers: service },
        lists: { repository, chains, renew },
      });
      if (bus) opened.unshift(bus);
      const server = serve({ token, peopleToken: options.peopleToken ?? null, service, faults, bureau });
      await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
      running = { server, publisher, intake, replays, rejudgements, checkpoints, bus };
    } catch (error) {
      for (const made of opened) await made.close();
      throw error;
    }
  };
  return {
    get url() {
      return addressOf(started().server);
    },
    get rootJson() {
      return repository.rootJson();
    },
    get sm2RootJson() {
      return repository.sm2RootJson;
    },
    get head() {
      const { generation, revision } = started().publisher.chain;
      return { generation, revision };
    },
    get fault() {
      return faults.fault;
    },
    get replays() {
      return started().replays;
    },
    ...{ repository, tokenStatus, bureau },
    start: async () => {
      if (running) throw new Error('the platform is already started');
      await start();
    },
    stop: async () => {
      const { server, publisher, intake, replays, rejudgements, checkpoints, bus } = started();
      running = null;
      const closed = closeServer(server);
      faults.set(null);
      await closed;
      await bus?.close();
      await publisher.close();
      await intake.close();
      await replays.close();
      await rejudgements.close();
      await checkpoints.close();
    },
    publish: async (publication) => await started().publisher.publish(publication),
    change: (changes) => started().publisher.change(changes),
    snapshot: () => started().publisher.snapshot(),
    statusOf: (issuer, credentialId) => started().publisher.ledger.statusOf(issuer, credentialId),
    chipOf: (index) => started().publisher.ledger.chipOf(index),
    cardOf: (index) => started().publisher.ledger.cardOf(index),
    setFault: (fault) => {
      const offsetMs = faults.clockOffsetMs;
      faults.set(fault);
      // What is signed carries the time of the platform's clock.
      if (running && faults.clockOffsetMs !== offsetMs) repository.publish();
    },
    journalSummary: () => started().intake.summary(),
    busJournalSummary: () => started().bus?.journals.summary() ?? null,
    hasRecord: (gateway, id) => started().intake.has(gateway, id),
    checkpoints: (gateway) => {
      const { checkpoints } = started();
      return { ...checkpoints.of(gateway), summary: checkpoints.summary() };
    },
    rejudgements: () => {
      const { rejudgements } = started();
      return { ...rejudgements.summary(), list: rejudgements.items };
    },
  };
}
