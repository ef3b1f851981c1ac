/** The city document in force: that of a file, or the platform's, once it has published one that is followed. */
import { checkedScenes, loadScenes, type SceneTable } from '../../config/scenes.ts';
import { ScenesInForce } from '../../config/scenes-in-force.ts';
import type { Settings } from '../../config/settings.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { keptCityOf } from '../knowledge/city/kept-city.ts';
import { trustUpdateError } from '../knowledge/trust/trust-update-error.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';

export interface CityInForceParts {
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, 'outage'>;
  readonly log: Log;
}

const NEEDS_RESTART = 'needs_restart';

export class CityInForce {
  readonly scenes: ScenesInForce;
  readonly #parts: CityInForceParts;
  #isPlatforms: boolean;
  #rememberedMs = 0;
  #onChange: () => void = () => {};

  /** Throws ScenesError where the file is to hold and cannot be used. */
  constructor(parts: CityInForceParts) {
    this.#parts = parts;
    const kept = keptScenes(parts);
    this.#isPlatforms = kept !== null;
    this.scenes = new ScenesInForce(kept ?? loadScenes(PRESENTABLE_FAMILIES, parts.settings.city));
    if (kept)
      parts.log.info(
        { revision: kept.revision },
        'the city document that the platform published last is in force',
      );
  }

  /** Whether the platform's is in force: then a file is not. */
  get isPlatforms(): boolean {
    return this.#isPlatforms;
  }

  /** For how long used presentations are surely remembered from the start on, milliseconds. */
  set rememberedMs(ms: number) {
    this.#rememberedMs = ms;
  }

  /** `listener`: after each change that came from the platform. */
  set onChange(listener: () => void) {
    this.#onChange = listener;
  }

  /** What the platform published: the thread of the link has verified and checked it, and put it on disk. */
  take(document: unknown): void {
    const { metrics, log } = this.#parts;
    const next = checkedScenes(document);
    const { revision, replayableMsMax } = next;
    const before = this.scenes.revision;
    if (replayableMsMax > this.#rememberedMs) {
      metrics.outage.linkFault('city', NEEDS_RESTART);
      const why = `replayable_ms_max of ${replayableMsMax} is longer than used presentations are remembered since the start`;
      log.error(
        { revision, in_force: before, why },
        'the city document of the platform needs a restart; the one before stays',
      );
      return;
    }
    this.#isPlatforms = true;
    if (revision === before) return;
    this.scenes.put(next);
    this.#onChange();
    log.info(
      { revision, before, scenes: next.scenes.length },
      'a newer city document of the platform is in force',
    );
  }
}

/** Null: none is kept, or none is to be followed. What is damaged is told; the platform gives it again. */
function keptScenes({ settings, metrics, log }: CityInForceParts): SceneTable | null {
  const told = (error: unknown) => {
    const { code, message } = trustUpdateError(error);
    metrics.outage.linkFault('city', code);
    log.error({ fault: code, error: message }, 'a kept city document cannot be used');
  };
  const kept = keptCityOf(settings);
  try {
    return kept?.load(told)?.scenes ?? null;
  } catch {
    log.error('no kept city document can be used: that of the file holds until the platform gives one');
    return null;
  }
}
