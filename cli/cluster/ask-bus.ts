/** Looks on the bus alone how a cluster stands, by the settings of one of its gateways: no gateway is asked. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '../../config/settings.ts';
import { busOptions } from '../../gateway/cluster/bus/bus-options.ts';
import type { Bus } from '../../gateway/cluster/bus/connect.ts';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import { type ClusterReport, clusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { DEFAULT_BOUNDS } from '../../gateway/cluster/members/standing.ts';
import type { WordCarrier } from '../../gateway/cluster/members/word-carrier.ts';
import { UnusableError } from '../unusable.ts';

const CONNECT_MS = 5_000;
const LOOK_MS = 2_500;
const STEP_MS = 50;

export interface BusLook {
  report(): Promise<ClusterReport>;
  close(): Promise<void>;
}

/** Throws UnusableError where the settings name no bus, or nobody answers on it. */
export async function lookAtBus(settings: Settings): Promise<BusLook> {
  const { cluster } = settings;
  if (!cluster?.bus) {
    throw new UnusableError(
      'the settings name no bus (cluster.bus): ask a gateway at its address for operators',
    );
  }
  const [{ openBus }, { WordCarrier }] = await Promise.all([
    import('../../gateway/cluster/bus/connect.ts'),
    import('../../gateway/cluster/members/word-carrier.ts'),
  ]);
  const bus = openBus({
    ...busOptions(settings.gateway_id, cluster.bus, Date.now),
    name: 'onecard cluster status',
  });
  const faults: string[] = [];
  const carrier = new WordCarrier({
    bus,
    names: busNames(cluster.name),
    everyMs: cluster.health.every_ms,
    goneMs: cluster.health.gone_ms,
    now: Date.now,
    onFault: (error) => void faults.push((error as Error).message),
  });
  const close = async () => {
    await carrier.close();
    await bus.close();
  };
  if (!(await isReached(bus))) {
    const { fault } = bus.state;
    await close();
    throw new UnusableError(`the bus does not answer: ${fault ?? 'no reason is known'}`);
  }
  return { report: () => reportOf(settings, cluster.name, carrier), close };
}

async function reportOf(settings: Settings, cluster: string, carrier: WordCarrier): Promise<ClusterReport> {
  const members = await carrier.members(LOOK_MS);
  return clusterReport(
    { cluster, asked: null, members, nowMs: Date.now(), busReachable: carrier.reachable },
    { ...DEFAULT_BOUNDS, clockToleranceMs: settings.limits.clock_tolerance_ms },
  );
}

async function isReached(bus: Bus): Promise<boolean> {
  const until = performance.now() + CONNECT_MS;
  while (!bus.state.reachable && performance.now() < until) await pause(STEP_MS);
  return bus.state.reachable;
}
