/** Gateways whose lists come by the bus, and what the tests ask of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { expect, onTestFinished } from 'vitest';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import type { Platform } from '../../platform/server.ts';
import { type LogLine, laidOver } from '../system/gateway-under-test.rig.ts';
import {
  CLUSTER_NAME,
  type ClusterMember,
  type ClusterOptions,
  startCluster,
  type TestCluster,
} from './gateways.rig.ts';
import { type NatsServer, startNats } from './servers.rig.ts';

export const NAMES = busNames(CLUSTER_NAME);
/** The platform sends a head each ten seconds, by which a gateway knows that the bus carries. */
export const CARRIES_MS = 30_000;

export const quick = { ping_ms: 200, reconnect_ms: 50 } as const;

export async function server(): Promise<NatsServer> {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  return nats;
}

export async function clusterOn(nats: NatsServer, options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startCluster({
    ...options,
    cluster: { bus: { servers: [nats.url], ...quick }, ...options.cluster },
    // A busy machine is no fault.
    settings: laidOver({ platform: { timeout_ms: 20_000 } }, options.settings ?? {}),
    platform: {
      bus: { cluster: CLUSTER_NAME, servers: [nats.url], pingMs: 200, reconnectMs: 50 },
      ...options.platform,
    },
  });
  onTestFinished(() => cluster.stop());
  return cluster;
}

/** In the process of the test, or in others. */
interface Followed {
  readonly logLines: readonly LogLine[];
}

interface Published {
  readonly platform: Platform;
  readonly members: readonly Followed[];
}

/** What its log said, by how a line begins. */
export function toldAt({ logLines }: Followed, message: string): LogLine[] {
  return logLines.filter(({ msg }) => String(msg).startsWith(message));
}

/** Loses or finds a card, one delta each. */
export async function publishDelta(
  cluster: Pick<Published, 'platform'>,
  index: number,
  state: 'lost' | 'suspended' = 'lost',
) {
  return await cluster.platform.publish({ cards: [{ index, state }] });
}

/** Until the bus carries at all of them, by deltas: a gateway knows it by the next head that comes. */
export async function carried(cluster: Published, members = cluster.members): Promise<void> {
  const endsAt = performance.now() + CARRIES_MS;
  for (let at = 0; !members.every(followsByBus); at += 1) {
    if (performance.now() > endsAt) throw new Error('the bus does not carry');
    await publishDelta(cluster, at % 2, at % 4 < 2 ? 'lost' : 'suspended');
    await sleep(200);
  }
}

function followsByBus({ logLines }: Followed): boolean {
  const told = logLines.filter(({ msg }) => /(do not )?come by the bus/.test(String(msg)));
  return told.at(-1)?.['carries'] === true;
}

/** Revisions of the card list that came into force, in that order. */
export function revisionsAt({ logLines }: Followed): number[] {
  return logLines
    .filter(({ msg, list }) => msg === 'new list in force' && list === 'cards')
    .map(({ revision }) =>
      Number(
        String(revision)
          .split(/[.@:-]/)
          .at(-1),
      ),
    );
}

export async function caughtUp(
  cluster: Published,
  timeout = 20_000,
  members = cluster.members,
): Promise<void> {
  const { revision } = cluster.platform.head;
  await expect
    .poll(() => members.map((member) => revisionsAt(member).at(-1)), { timeout })
    .toEqual(members.map(() => revision));
}

/** Deltas put in force since it started, from its metrics. */
export async function deltasAt({ address }: ClusterMember): Promise<number> {
  const text = await (await fetch(`${address.admin}/metrics`)).text();
  return Number(/^onecard_list_deltas_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

export function faultsAt({ logLines }: Followed): string[] {
  return logLines
    .filter(({ msg }) => String(msg).startsWith('the platform link has a fault'))
    .map(({ what, fault }) => `${String(what)} ${String(fault)}`);
}

/** Of trust and lists, in the stretches in which the log says that they come by the bus. */
export function faultsWhileCarried({ logLines }: Followed): string[] {
  let carries = false;
  const faults: string[] = [];
  for (const { msg, carries: turned, what, fault } of logLines) {
    if (typeof turned === 'boolean') carries = turned;
    const isFault = String(msg).startsWith('the platform link has a fault');
    if (carries && isFault && /^(bus|cards|trust|named_list)$/.test(String(what))) {
      faults.push(`${String(what)} ${String(fault)}`);
    }
  }
  return faults;
}

/** Somebody who may write to the stream, and is not the platform. */
export async function stranger(nats: NatsServer) {
  const connection = await connectNats({ servers: nats.url });
  onTestFinished(() => connection.close());
  return { connection, jetstream: jetstream(connection) };
}
