/** This gateway's word about itself on the bus, and how the cluster stands for who asks. */
import type { Settings } from '../../config/settings.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { busNames } from '../cluster/bus/subjects.ts';
import { clusterReport } from '../cluster/members/cluster-report.ts';
import { DEFAULT_BOUNDS } from '../cluster/members/standing.ts';
import { CURSORS_MAX, type CursorWord, type Word } from '../cluster/members/word.ts';
import { WordCarrier } from '../cluster/members/word-carrier.ts';
import type { FromLink } from './messages.ts';

export interface LinkMembersOptions {
  readonly settings: Settings;
  readonly bus: Bus;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly post: (message: FromLink) => void;
}

export class LinkMembers {
  readonly #options: LinkMembersOptions;
  readonly #carrier: WordCarrier;
  readonly #cluster: string;
  #told = '';

  constructor(options: LinkMembersOptions) {
    const { settings, bus, now, post } = options;
    const { cluster } = settings;
    if (!cluster) throw new TypeError('the settings name no cluster');
    this.#options = options;
    this.#cluster = cluster.name;
    this.#carrier = new WordCarrier({
      bus,
      names: busNames(cluster.name),
      everyMs: cluster.health.every_ms,
      goneMs: cluster.health.gone_ms,
      now,
      onFault: (error) =>
        post({ kind: 'fault', what: 'members', fault: 'bus', message: (error as Error).message }),
    });
  }

  say(word: Word): void {
    const { bus, post } = this.#options;
    const cursors = cursorsOf(bus);
    try {
      this.#carrier.say({ ...word, cursors });
    } catch (error) {
      // The gateway itself goes on: only nobody hears of it.
      post({ kind: 'fault', what: 'members', fault: 'internal', message: (error as Error).message });
      return;
    }
    const { known, refused } = this.#carrier;
    const state = { known, refused, cursors };
    const told = JSON.stringify(state);
    if (told === this.#told) return;
    this.#told = told;
    post({ kind: 'members', state });
  }

  /** Posts how the cluster stands, after so many milliseconds at the latest. */
  answer(asked: number, waitMs: number): void {
    const { post } = this.#options;
    // Who asked is answered by what the main thread knows.
    this.#answer(asked, waitMs).catch((error: Error) =>
      post({ kind: 'fault', what: 'members', fault: 'internal', message: error.message }),
    );
  }

  async #answer(asked: number, waitMs: number): Promise<void> {
    const { settings, now, post } = this.#options;
    const members = await this.#carrier.members(waitMs);
    const report = clusterReport(
      {
        cluster: this.#cluster,
        asked: settings.gateway_id,
        members,
        nowMs: now(),
        busReachable: this.#carrier.reachable,
      },
      { ...DEFAULT_BOUNDS, clockToleranceMs: settings.limits.clock_tolerance_ms },
    );
    post({ kind: 'cluster', asked, report: JSON.stringify(report) });
  }

  stop(): Promise<void> {
    return this.#carrier.close();
  }
}

function cursorsOf({ followers }: Bus): CursorWord[] {
  return [...followers].slice(0, CURSORS_MAX).map(({ stream, state: { place, pending, follows } }) => {
    return { stream, sequence: place?.sequence ?? 0, lag: pending, follows };
  });
}
