/** Which scenes a command goes by: those of `--scenes`, of the settings, or those that come along. */

import { loadSettings } from '../config/load-settings.ts';
import { loadScenes, ScenesError, type SceneTable } from '../config/scenes.ts';
import type { Settings } from '../config/settings.ts';
import { keptCityOf } from '../gateway/knowledge/city/kept-city.ts';
import { TrustUpdateError } from '../gateway/knowledge/trust/trust-update-error.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';

export interface ScenesOptions {
  readonly config?: string;
  readonly scenes?: string;
}

/**
 * With `--config` of a gateway that follows the platform's city document, that is the one kept last. Throws ScenesError
 * and SettingsError.
 */
export function loadedScenes({ config, scenes }: ScenesOptions): SceneTable {
  if (scenes !== undefined || config === undefined) return loadScenes(PRESENTABLE_FAMILIES, scenes);
  const settings = loadSettings(config);
  return keptScenes(settings) ?? loadScenes(PRESENTABLE_FAMILIES, settings.city);
}

function keptScenes(settings: Settings): SceneTable | null {
  try {
    return keptCityOf(settings)?.load()?.scenes ?? null;
  } catch (cause) {
    if (!(cause instanceof TrustUpdateError)) throw cause;
    const fault = { where: settings.data_dir, what: cause.message };
    throw new ScenesError('the city document of the platform that is kept', [fault], { cause });
  }
}
