/** What is looked at in the enrolled devices when the gateway starts. */
import { nearestName } from '../../config/nearest-name.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Log } from '../observe/log.ts';

/** Devices that are named one by one; the others are counted. */
const NAMED_MAX = 20;

/** A device whose scene no policy knows is refused tap by tap: say so before its first one. */
export function warnOfUnknownScenes(registry: DeviceRegistry, scenes: SceneTable, log: Log): void {
  const known = new Set(scenes.scenes);
  const misled = registry
    .list()
    .filter(({ revokedAtMs }) => revokedAtMs === null)
    .map(({ deviceId, scenes: enrolled }) => ({ deviceId, unknown: enrolled.filter((s) => !known.has(s)) }))
    .filter(({ unknown }) => unknown.length > 0);
  for (const { deviceId, unknown } of misled.slice(0, NAMED_MAX)) {
    const meant = unknown.map((scene) => nearestName(scene, scenes.scenes));
    log.warn(
      { device: deviceId, scenes: unknown, meant },
      'a device is enrolled for scenes that do not exist',
    );
  }
  const others = misled.length - NAMED_MAX;
  if (others > 0) log.warn({ devices: others }, 'more devices are enrolled for scenes that do not exist');
}
