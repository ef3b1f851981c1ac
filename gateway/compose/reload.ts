/**
 * What a running gateway takes up anew: scenes, TLS files, tokens, the log level. All of it is looked at first, and put
 * in force only where all of it can be used.
 */
import { OnecardError } from '../../config/onecard-error.ts';
import type { SceneTable } from '../../config/scenes.ts';
import { settingLeaves, valueAt } from '../../config/setting-leaves.ts';
import { type Settings, SettingsSchema } from '../../config/settings.ts';
import { laidAt } from '../../config/settings-environment.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { AdminListener } from '../transport/admin/admin-listener.ts';
import type { Renewal, Transport } from '../transport/transport.ts';
import type { CityInForce } from './city-in-force.ts';
import type { PlatformSide } from './platform-side.ts';
import { readCityAside } from './read-city-aside.ts';
import type { Reloaded } from './reloaded.ts';

/** Something cannot be used: everything is as it was. */
export class ReloadError extends OnecardError {
  override readonly name = 'ReloadError';
  readonly code = 'reload_refused';
}

export interface ReloadParts {
  /** With which the gateway was started. */
  readonly settings: Settings;
  readonly city: Pick<CityInForce, 'scenes' | 'isPlatforms'>;
  readonly transport: Pick<Transport, 'renewTls'>;
  readonly admin: Pick<AdminListener, 'renew'>;
  readonly platform: Pick<PlatformSide, 'renewToken' | 'scenes'>;
  readonly log: Pick<Log, 'level'>;
  readonly metrics: Pick<Metrics, 'faultSeen'>;
  /** For how long used presentations are surely remembered, milliseconds. */
  readonly replayHorizonMs: number;
  /** Other scenes are in force. */
  readonly onScenes: () => void;
}

type Path = readonly string[];

/** Settings that a running gateway takes up. */
const TAKEN: ReadonlySet<string> = new Set([
  'city',
  'log.level',
  'listen.tls.cert_file',
  'listen.tls.key_file',
  'admin.tls.cert_file',
  'admin.tls.key_file',
  'admin.token_file',
  'platform.token_file',
]);
/** Of these only another value is taken up: an address that is open does not begin or cease to protect what it serves. */
const ONLY_OTHERS = /^(listen|admin)\.tls\.|^(admin|platform)\.token_file$/;

export class Reloads {
  readonly #parts: ReloadParts;
  #settings: Settings;
  /** What is asked for waits for what was asked for before. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** One after another. Rejects with ReloadError. */
  reload(next: Settings): Promise<Reloaded> {
    const reloaded = this.#before.then(() => this.#reload(next));
    this.#before = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(next: Settings): Promise<Reloaded> {
    const changed = changedPaths(this.#settings, next);
    const isTaken = (path: Path) => this.#isTaken(path, next);
    const settings = changed
      .filter(isTaken)
      .reduce((all, path) => withValueOf(all, path, next), this.#settings);
    const renewals = this.#renewals(settings, await this.#city(settings));
    for (const [, renewal] of renewals) renewal.apply();
    this.#settings = settings;
    return {
      taken: renewals.map(([what]) => what),
      needRestart: changed.filter((path) => !isTaken(path)).map((path) => path.join('.')),
    };
  }

  #isTaken(path: Path, next: Settings): boolean {
    const name = path.join('.');
    if (!TAKEN.has(name)) return false;
    const isThere = (settings: Settings) => valueAt(settings, path) !== undefined;
    return !ONLY_OTHERS.test(name) || (isThere(this.#settings) && isThere(next));
  }

  /** Each with what it renews. */
  #renewals(settings: Settings, city: SceneTable | null): (readonly [string, Renewal])[] {
    const { transport, admin, platform, metrics } = this.#parts;
    const { listen } = settings;
    const tokenFile = settings.platform?.token_file;
    try {
      const renewals: readonly (readonly [string, Renewal | null])[] = [
        ['scenes', city && this.#scenes(city, settings)],
        ['platform token', tokenFile === undefined ? null : platform.renewToken(tokenFile)],
        ['log level', this.#level(settings)],
        ['TLS or token for operators', admin.renew(settings.admin)],
        // Last: what it prepares is for use, and stays in memory.
        ['TLS', listen.tls ? transport.renewTls(listen.tls) : null],
      ];
      return renewals.flatMap(([what, renewal]) => (renewal === null ? [] : [[what, renewal] as const]));
    } catch (cause) {
      metrics.faultSeen('reload');
      throw new ReloadError((cause as Error).message, { cause });
    }
  }

  /** Null: that of the file does not hold, and does so again only after a restart without the platform's. */
  async #city({ city: path }: Settings): Promise<SceneTable | null> {
    const { city, metrics } = this.#parts;
    if (city.isPlatforms) return null;
    try {
      return await readCityAside(path);
    } catch (cause) {
      metrics.faultSeen('reload');
      throw new ReloadError((cause as Error).message, { cause });
    }
  }

  #scenes(next: SceneTable, { city: path }: Settings): Renewal | null {
    const { city, platform, onScenes } = this.#parts;
    const { scenes } = city;
    // The platform's may have come while the file was read.
    if (city.isPlatforms || next.revision === scenes.revision) return null;
    this.#checkScenes(next, path ?? 'the city that comes along');
    return {
      apply: () => {
        scenes.put(next);
        platform.scenes(next);
        onScenes();
      },
    };
  }

  #checkScenes(next: SceneTable, from: string): void {
    const { replayHorizonMs } = this.#parts;
    if (next.replayableMsMax > replayHorizonMs) {
      throw new ReloadError(
        `${from}: replayable_ms_max of ${next.replayableMsMax} is longer than used presentations are remembered since ` +
          `the start (${replayHorizonMs} ms): it takes a restart`,
      );
    }
  }

  #level({ log: { level } }: Settings): Renewal | null {
    const { log } = this.#parts;
    if (level === this.#settings.log.level) return null;
    return {
      apply: () => {
        log.level = level;
      },
    };
  }
}

function changedPaths(before: Settings, after: Settings): Path[] {
  return settingLeaves(SettingsSchema)
    .map(({ path }) => path)
    .filter((path) => JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path)));
}

function withValueOf(settings: Settings, path: Path, from: Settings): Settings {
  return laidAt(settings, path, valueAt(from, path)) as Settings;
}
