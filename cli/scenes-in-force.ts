/** Which scenes a command goes by: those of `--scenes`, of the settings, or those that come along. */

import { loadSettings } from '../config/load-settings.ts';
import { loadScenes, type SceneTable } from '../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';

export interface ScenesOptions {
  readonly config?: string;
  readonly scenes?: string;
}

/** Throws ScenesError and SettingsError. */
export function loadedScenes({ config, scenes }: ScenesOptions): SceneTable {
  return loadScenes(
    PRESENTABLE_FAMILIES,
    scenes ?? (config === undefined ? undefined : loadSettings(config).city),
  );
}
