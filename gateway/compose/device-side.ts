/** What is said of the enrolled devices, at the start and while the gateway runs. */
import { nearestName } from '../../config/nearest-name.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import type { ClusterTokens } from '../devices/auth.ts';
import { clusterTokens } from '../devices/cluster-tokens.ts';
import type { UnsaidRefusal } from '../devices/device-token.ts';
import { GateRoll } from '../devices/gate-roll.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { watchRevocations } from '../devices/revocations.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Transport } from '../transport/transport.ts';
import type { ClusterSide } from './cluster-side.ts';
import type { PlatformSide } from './platform-side.ts';
import type { ClosingStack } from './run.ts';

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

/** Tokens that name nobody, or are wrongly signed, come as often as a stranger likes: one in this time is a line. */
const UNSAID_PAUSE_MS = 1_000;

/** Says in the log why a token was refused whose bearer was told `auth.invalid` alone. */
export function tellUnsaid(log: Log, monotonic: () => number): (refusal: UnsaidRefusal) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;
  return ({ why, deviceId }) => {
    const now = monotonic();
    if (now - toldAt < UNSAID_PAUSE_MS) {
      untold += 1;
      return;
    }
    log.info({ device: deviceId, why, untold }, 'a device token was refused');
    toldAt = now;
    untold = 0;
  };
}

/** Undefined: the gateway is one alone. */
export function tokensOfCluster(
  { cluster, limits }: Settings,
  side: ClusterSide | null,
): ClusterTokens | undefined {
  if (!cluster || side === null) return undefined;
  const names = side.store?.names ?? null;
  return clusterTokens({
    ...{ cluster: cluster.name, keys: side.keys, names },
    toleranceMs: limits.clock_tolerance_ms,
  });
}

export interface DeviceWatchParts {
  readonly devices: { readonly registry: DeviceRegistry };
  readonly transport: Transport;
  readonly platform: Pick<PlatformSide, 'onDevices'>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Ends connections whose enrolment ended, and keeps the names of the gates that there are. */
export function watchDevices(
  { devices: { registry }, transport, platform, metrics, log }: DeviceWatchParts,
  closing: ClosingStack,
): GateRoll {
  const tell = (what: string) => (error: Error) => {
    metrics.faultSeen('devices');
    log.error({ error: error.message }, what);
  };
  const revocations = watchRevocations({
    registry,
    connected: () => transport.connected,
    disconnect: (enrolled, code) => transport.disconnect(enrolled, code),
    onFault: tell('the devices could not be looked at for revocations'),
  });
  platform.onDevices(() => revocations.look());
  const gates = new GateRoll({
    registry,
    onFault: tell('the enrolled gates could not be read for the board'),
  });
  closing.add(() => revocations.stop());
  closing.add(() => gates.stop());
  return gates;
}
