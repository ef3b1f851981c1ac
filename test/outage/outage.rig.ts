/** A gateway under load beside a platform in the test, with times short enough that nothing has to be slept for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Fault } from '../../platform/faults.ts';
import {
  type EnrolledDevice,
  type GatewayOptions,
  type GatewayUnderTest,
  startGateway,
} from '../system/gateway-under-test.rig.ts';
import { GateLoad } from './gate-load.rig.ts';
import { type CardPublication, ListHistory } from './list-history.rig.ts';
import { CITY, type PlatformProcess } from './platform-process.rig.ts';

const LOOK_MS = 10;
const WAIT_MS = 30_000;
export const RATE_PER_S = 120;

/** Gates at the entry and exit of a station and at a door that asks for live status; desks that need it. */
export const DEVICES: readonly EnrolledDevice[] = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/entry'] },
  { deviceId: 'gate-2', class: 'gate', scenes: ['29/entry'] },
  { deviceId: 'gate-3', class: 'gate', scenes: ['29/exit'] },
  { deviceId: 'gate-4', class: 'gate', scenes: ['29/exit', '29/entry'] },
  { deviceId: 'door-1', class: 'gate', scenes: ['30/door'] },
  { deviceId: 'door-2', class: 'gate', scenes: ['30/door'] },
  { deviceId: 'desk-1', class: 'desk', scenes: ['40/desk'] },
  { deviceId: 'desk-2', class: 'desk', scenes: ['11/desk'] },
];

/** Probe and breaker as quick as a busy machine lets them be without mistaking its pauses for the platform's. */
export const QUICK = {
  platform: { poll_ms: 200, timeout_ms: 2_000, delta_wait_ms: 500 },
  live: {
    deadline_gate_ms: 150,
    deadline_desk_ms: 300,
    breaker_open_ms: 300,
    probe_ms: 50,
    probe_timeout_ms: 1_200,
    probe_failures: 3,
    recover_ms: 1_500,
  },
  limits: { deadline_gate_ms: 10_000, deadline_desk_ms: 10_000, deadline_batch_ms: 10_000 },
} as const;

/** Of the first cards of the city, all with RSA chips, which are quick to tap with. */
export const USED_CARDS = Array.from({ length: 40 }, (_, i) => i);

export interface OutageRig {
  readonly gateway: GatewayUnderTest;
  /** Of the gateway. */
  readonly dataFolder: string;
  readonly history: ListHistory;
  readonly load: GateLoad;
  /** Publishes at the platform in the test. Resolves with the revision, GENERATION8.REVISION. */
  publish(publication: CardPublication): Promise<string>;
  stop(): Promise<void>;
}

type OtherPlatform = Pick<PlatformProcess, 'url' | 'rootJson' | 'sm2RootJson' | 'token' | 'publish'>;

/** `platform`: one in a process of its own, in place of one in the test. */
export async function startRig(
  options: GatewayOptions = {},
  platform: OtherPlatform | null = null,
): Promise<OutageRig> {
  const { settings = {}, ...rest } = options;
  const gateway = await startGateway({
    cards: CITY.cards,
    city: { seed: CITY.seed, chips: CITY.chips, rsaCardKeys: 2 },
    devices: DEVICES,
    ...(platform && { platformElsewhere: platform }),
    ...rest,
    settings: quick(settings),
  });
  const history = new ListHistory(gateway.city);
  const load = await connectLoad(gateway, history);
  const rig: OutageRig = {
    gateway,
    dataFolder: gateway.dataFolder,
    history,
    load,
    async publish(publication) {
      const { generation, revision } = await (platform ?? gateway.platform).publish(publication);
      history.published(publication, { generation, revision });
      return `${generation.slice(0, 8)}.${revision}`;
    },
    async stop() {
      await load.close();
      await gateway.stop();
    },
  };
  return rig;
}

/** `QUICK` with what a test lays over it, group by group. */
export function quick(over: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const groups = { ...QUICK, ...over };
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => {
      const base = QUICK[name as keyof typeof QUICK] as object | undefined;
      return [name, base && typeof value === 'object' ? { ...base, ...value } : value];
    }),
  );
}

export function connectLoad(
  gateway: Pick<GatewayUnderTest, 'city' | 'target'>,
  history: ListHistory,
): Promise<GateLoad> {
  return GateLoad.connect({
    city: gateway.city,
    target: gateway.target,
    gates: DEVICES,
    cards: USED_CARDS,
    chipOf: (card) => history.chipOf(card),
    rideEvery: 20,
  });
}

/** Some cards of every state, so that a wrong answer shows. */
export const EVERY_STATE: CardPublication = {
  cards: (['suspended', 'lost', 'cancelled', 'unknown', 'good', 'good'] as const).map((state, index) => ({
    index,
    state,
  })),
};

export type Ready = Readonly<Record<string, unknown>>;

/** What `/readyz` says; `admin`: the gateway's base address for operators. */
export async function readiness(admin: string): Promise<Ready> {
  const response = await fetch(`${admin}/readyz`);
  const { checks } = (await response.json()) as { checks: Ready };
  return checks;
}

/** Resolves when what is looked at is so; fails with what it last was. */
export async function becomes<T>(
  what: string,
  look: () => Promise<T> | T,
  isSo: (seen: T) => boolean,
): Promise<T> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > end) expect.fail(`${what}: still ${JSON.stringify(seen)}`);
    await sleep(LOOK_MS);
  }
}

export async function modeBecomes({ admin }: GatewayUnderTest, ...modes: string[]): Promise<Ready> {
  return await becomes(
    `mode becomes ${modes.join(' or ')}`,
    () => readiness(admin),
    ({ mode }) => modes.includes(String(mode)),
  );
}

export async function revisionBecomes({ admin }: GatewayUnderTest, revision: string): Promise<Ready> {
  return await becomes(
    `the list becomes ${revision}`,
    () => readiness(admin),
    ({ list_revision }) => list_revision === revision,
  );
}

export async function outboxEmpties({ admin }: GatewayUnderTest): Promise<void> {
  await becomes(
    'the outbox empties',
    () => readiness(admin),
    ({ outbox_waiting }) => outbox_waiting === 0,
  );
}

/** The changes of the mode in the gateway's log, from a line on: `from>to`. */
export function modeChanges({ logLines }: GatewayUnderTest, fromLine = 0): string[] {
  return logLines
    .slice(fromLine)
    .filter(({ msg }) => msg === 'the mode has changed')
    .map(({ from, to }) => `${from}>${to}`);
}

/** Under load: begins the fault, does what is to be done while it lasts, and ends it. */
export async function underFault(
  { gateway, load }: OutageRig,
  fault: Fault,
  meanwhile: () => Promise<void>,
): Promise<void> {
  load.start(RATE_PER_S);
  gateway.platform.setFault(fault);
  try {
    await meanwhile();
  } finally {
    gateway.platform.setFault(null);
  }
}
