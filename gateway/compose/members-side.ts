/** What a gateway of a cluster says of itself each second, and how the cluster stands for who asks it. */

import type { ClusterSettings, Settings } from '../../config/settings.ts';
import { streamLabel } from '../cluster/bus/subjects.ts';
import type { ClusterKeys } from '../cluster/cluster-keys.ts';
import type { AloneLog } from '../cluster/members/alone-log.ts';
import { clusterReport } from '../cluster/members/cluster-report.ts';
import { DEFAULT_BOUNDS } from '../cluster/members/standing.ts';
import { type StoreSums, type StoreTurn, StoreWatch } from '../cluster/members/store-watch.ts';
import { type BusWord, type Word, writeWord } from '../cluster/members/word.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { BusGauges } from '../observe/cluster-metrics.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { packageVersion } from '../observe/package-version.ts';
import type { Pipeline } from '../tap/pipeline.ts';
import type { Health } from '../transport/transport.ts';
import { DEVICE_CLASSES } from '../verification.ts';
import type { ClockSide } from './clock-side.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { PlatformSide } from './platform-side.ts';
import type { ClosingStack } from './run.ts';

/** The store, as far as it is looked at. */
export interface StoreSeen {
  sums(): StoreSums;
  /** Asks it something, so that it is known to answer where no tap asks. */
  look(): void;
  /** What its connection ended with; null: it stands. */
  fault(): string | null;
}

export interface MembersParts {
  readonly settings: Settings;
  readonly platform: PlatformSide;
  readonly journal: LmdbJournal;
  readonly space: JournalSpace;
  readonly pipeline: Pipeline;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly time: ClockSide;
  readonly policyRevision: () => string;
  readonly leaving: () => boolean;
  readonly alone: AloneLog;
  /** Null: this gateway is no one of many. */
  readonly cluster: ClusterSide | null;
}

interface Clustered extends Omit<MembersParts, 'cluster'> {
  readonly cluster: ClusterSettings;
  readonly keys: ClusterKeys;
}

export interface MembersSide {
  /** How the cluster stands, as JSON (ClusterReport). */
  report(): Promise<string>;
}

/** Who asks is answered after so long at the latest, with what was heard by then. */
const REPORT_MS = 2_500;

/** Null: it is no one of many. */
export function serveMembers(given: MembersParts, closing: ClosingStack): MembersSide | null {
  const { cluster } = given.settings;
  if (!cluster || !given.cluster) return null;
  const parts: Clustered = { ...given, cluster, keys: given.cluster.keys };
  const { platform, log, alone } = parts;
  const store = given.cluster.store?.seen ?? null;
  const now = () => parts.time.clock.now();
  const watch = store === null ? null : new StoreWatch(now());
  const startedAtMs = now();
  const rate = new DecidedRate(parts.metrics);
  const word = () => wordOf(parts, { startedAtMs, tapsPerSecond: rate.perSecond, watch });
  const say = () => {
    rate.look(now());
    if (watch && store) {
      const turn = watch.look(store.sums(), alone.accepted, now());
      if (turn) tellOfStore(log, turn, store.fault());
      store.look();
    }
    platform.link?.say(word());
  };
  const timer = setInterval(say, cluster.health.every_ms).unref();
  closing.add(() => clearInterval(timer));
  platform.onOwnReplays((outages) => {
    for (const { fromMs, toMs, accepted, doubles } of alone.compared(outages)) {
      log.warn(
        { from_ms: fromMs, to_ms: toMs, accepted_alone: accepted, accepted_twice: doubles },
        'of what was accepted here alone, some was accepted elsewhere too (onecard report replays)',
      );
    }
  });
  say();
  parts.metrics.watchCluster(
    {
      acceptedAlone: () => alone.accepted,
      acceptedTwice: () => alone.words().reduce((sum, { twice }) => sum + (twice ?? 0), 0),
      bus: () => busGauges(cluster.name, platform),
    },
    cluster.bus !== undefined,
  );
  return {
    async report() {
      const whole = platform.link?.bus ? await platform.link.clusterReport(REPORT_MS) : null;
      return whole ?? JSON.stringify(ofItself(parts, word(), now()));
    },
  };
}

/** Who has no bus, or whose thread of the bus does not answer, knows of itself. */
function ofItself({ settings, cluster, platform }: Clustered, word: Word, nowMs: number) {
  // Throws where it is none: what is answered is read as strictly as what comes over the bus.
  writeWord(word);
  const member = { word, state: 'here', heardAtMs: nowMs, clockOffsetMs: 0 } as const;
  return clusterReport(
    {
      ...{ cluster: cluster.name, asked: settings.gateway_id, nowMs, members: [member] },
      busReachable: platform.link?.bus ? false : null,
    },
    { ...DEFAULT_BOUNDS, clockToleranceMs: settings.limits.clock_tolerance_ms },
  );
}

interface WordNow {
  readonly startedAtMs: number;
  readonly tapsPerSecond: number;
  readonly watch: StoreWatch | null;
}

function wordOf(parts: Clustered, { startedAtMs, tapsPerSecond, watch }: WordNow): Word {
  const { settings, cluster, keys, platform, journal, space, pipeline, health, alone } = parts;
  const nowMs = parts.time.clock.now();
  const { mode, sinceMs } = platform.mode.state;
  const list = platform.list(CARDS);
  return {
    v: 1,
    gateway: settings.gateway_id,
    station: cluster.station ?? null,
    version: packageVersion(),
    started_at_ms: startedAtMs,
    at_ms: nowMs,
    mode,
    mode_since_ms: Math.max(0, sinceMs),
    ready: health.ready().ok,
    leaving: parts.leaving(),
    left: false,
    taps_per_s: tapsPerSecond,
    queue: DEVICE_CLASSES.reduce((sum, each) => sum + pipeline.depth(each), 0),
    journal: { epoch: journal.epoch, written: journal.syncedPosition, confirmed: space.confirmedPosition },
    list: {
      revision: list?.revision ?? null,
      age_ms: list === null ? null : Math.max(0, nowMs - list.head.issuedAtMs),
    },
    trust: asName(platform.trust.revision),
    policy: asName(parts.policyRevision()),
    keys: keys.map(({ id }) => id),
    store: watch?.word(alone.accepted) ?? null,
    bus: busWord(platform),
    // The link puts them in.
    cursors: [],
    outages: alone.words(),
  };
}

function busGauges(cluster: string, { link }: PlatformSide): BusGauges | null {
  const bus = link?.bus ?? null;
  if (link === null || bus === null) return null;
  const { known, refused, cursors } = link.members;
  return {
    isReachable: bus.reachable,
    roundTripMs: bus.roundTripMs,
    lags: cursors.map(({ stream, lag }) => [streamLabel(cluster, stream), lag]),
    members: known,
    wordsRefused: refused,
    unsharedDevices: link.registry?.unshared ?? null,
  };
}

/** What others chose becomes a name as words have them. */
function asName(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9._+-]/g, '_')
      .replace(/^[^A-Za-z0-9]/, '0')
      .slice(0, 64) || 'none'
  );
}

function busWord({ link }: PlatformSide): BusWord | null {
  const state = link?.bus ?? null;
  if (state === null) return null;
  const { reachable, sinceMs, roundTripMs, version } = state;
  return { reachable, since_ms: sinceMs, round_trip_ms: roundTripMs, server: version };
}

function tellOfStore(log: Log, turn: StoreTurn, fault: string | null): void {
  const { reachable, sinceMs, lastedMs, alone } = turn;
  if (reachable) {
    log.info(
      { since_ms: sinceMs, away_ms: lastedMs, accepted_alone: alone },
      'the store of the cluster answers: what is used up is used up at all gateways',
    );
    return;
  }
  log.warn(
    { since_ms: sinceMs, fault },
    'the store of the cluster does not answer: what is shown counts as used at this gateway alone, and is found afterwards',
  );
}

/** Decisions per second, between two looks. */
class DecidedRate {
  readonly #metrics: Metrics;
  #last: { readonly count: number; readonly atMs: number } | null = null;
  perSecond = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  look(atMs: number): void {
    const count = this.#metrics.sums().decided.reduce((sum, each) => sum + each.count, 0);
    const last = this.#last;
    this.#last = { count, atMs };
    if (last === null || atMs <= last.atMs) return;
    this.perSecond = Math.round(((count - last.count) / (atMs - last.atMs)) * 10_000) / 10;
  }
}
