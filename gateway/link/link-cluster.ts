/** What the link does for a gateway that is one of many: says how it stands, and asks what became of what it accepted alone. */
import type { Settings } from '../../config/settings.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { LinkMembers } from './link-members.ts';
import { LinkReplays } from './link-replays.ts';
import type { FromLink, ToLink } from './messages.ts';

export interface LinkClusterOptions {
  readonly settings: Settings;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  /** Null: there is none, so nobody hears its words. */
  readonly bus: Bus | null;
  readonly now: () => number;
  readonly post: (message: FromLink) => void;
}

/** Between two questions to the platform. */
const REPLAYS_MS = 15_000;
const REPLAYS_SOON_MS = 2_000;

export class LinkCluster {
  readonly #members: LinkMembers | null;
  readonly #replays: LinkReplays;
  #token: string;

  constructor({ settings, token, bus, now, post }: LinkClusterOptions) {
    const { platform } = settings;
    if (!platform) throw new TypeError('the settings name no platform');
    this.#token = token;
    this.#members = bus && new LinkMembers({ settings, bus, now, post });
    const tokenNow = () => this.#token;
    this.#replays = new LinkReplays({
      endpoint: {
        url: platform.url,
        get token() {
          return tokenNow();
        },
        timeoutMs: platform.timeout_ms,
      },
      gatewayId: settings.gateway_id,
      everyMs: REPLAYS_MS,
      soonMs: REPLAYS_SOON_MS,
      onOutages: (outages) => post({ kind: 'own_replays', outages }),
      onFault: (error) =>
        post({ kind: 'fault', what: 'replays', fault: 'internal', message: (error as Error).message }),
    });
  }

  receive(message: ToLink): void {
    if (message.kind === 'word') {
      const { outages } = message.word;
      this.#replays.expect(outages.some(({ accepted, compared }) => (compared ?? 0) < accepted));
      this.#members?.say(message.word);
    }
    if (message.kind === 'cluster_asked') this.#members?.answer(message.asked, message.waitMs);
    if (message.kind === 'platform_answers') this.#replays.setPlatformAnswers(message.answers);
    if (message.kind === 'bearer') this.#token = message.token;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#members?.stop(), this.#replays.stop()]);
  }
}
