/** Gates that go from gateway to gateway, every tap of theirs, and what the journals of all gateways say of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { type Answer, createGateClient, type GateClient } from '../../client/index.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import { CLUSTER_NAME } from './gateways.rig.ts';
import type { ClusterOfProcesses } from './processes.rig.ts';
import { acceptedOf, byShowing, type Code, type Kept } from './showing.rig.ts';

const SCENE = '29/entry';
/** Longer than a gateway takes to start on a busy machine. */
const GIVE_UP_MS = 60_000;

export interface RoamingTap {
  /** Device, stream and number, as journals tell it. */
  readonly name: string;
  readonly answer: Answer;
  /** Connections that were lost or left between its sending and its answer. */
  readonly moves: number;
}

export interface RoamingGate {
  readonly client: GateClient;
  /** Those that were answered. */
  readonly taps: readonly RoamingTap[];
  /** How many were sent. */
  readonly sent: number;
  /** The code of the answer. */
  show(code: Code): Promise<string>;
}

/** Connected to the first of all gateways that lets it in, and to the next when it has to. `first`: where it begins. */
export async function roamingGate(
  cluster: ClusterOfProcesses,
  deviceId: string,
  first = 0,
): Promise<RoamingGate> {
  const targets = cluster.members.map((member) => member.target(deviceId));
  const urls = [...new Set(targets.map(({ url }) => url))];
  let connections = 0;
  const client = createGateClient({
    url: [...urls.slice(first), ...urls.slice(0, first)],
    ...{ deviceId, privateKey: targets[0]?.privateKey ?? {}, cluster: CLUSTER_NAME },
    ...{ giveUpMs: GIVE_UP_MS, reconnectFirstMs: 20, reconnectMaxMs: 500 },
    onState: (state) => {
      if (state === 'connecting') connections += 1;
    },
  });
  onTestFinished(() => client.close());
  await client.whenReady();
  const taps: RoamingTap[] = [];
  const stream = toHex(client.stream);
  let sent = 0;
  return {
    ...{ client, taps },
    get sent() {
      return sent;
    },
    show(code) {
      const before = connections;
      sent += 1;
      return new Promise((resolve) => {
        const seq = client.send({ scene: SCENE, ...code }, (answer) => {
          taps.push({ name: `${deviceId}/${stream}/${seq}`, answer, moves: connections - before });
          resolve(answer.code);
        });
      });
    },
  };
}

/** Each gate shows the next code after each pause; now and then another gate shows the same one. Until `isOver`. */
export async function roam(
  gates: readonly RoamingGate[],
  codes: readonly Code[],
  { pauseMs, isOver }: { readonly pauseMs: number; readonly isOver: () => boolean },
): Promise<void> {
  let next = 0;
  await Promise.all(
    gates.map(async (gate, at) => {
      const waiting: Promise<string>[] = [];
      while (!isOver() && next < codes.length && gates.every(({ client }) => client.state !== 'closed')) {
        const code = codes[next];
        next += 1;
        if (code === undefined) break;
        waiting.push(gate.show(code));
        const other = gates[(at + 1) % gates.length];
        if (next % SHOWN_AGAIN_EVERY === 0 && other) waiting.push(other.show(code));
        // On a machine where restarts take long there must be codes left for the last of them.
        await sleep(pauseMs * 2 ** Math.floor(next / SLOWER_EVERY));
      }
      await Promise.all(waiting);
    }),
  );
}
const SHOWN_AGAIN_EVERY = 5;
const SLOWER_EVERY = 750;

/** Stops all gateways; what they kept. */
export async function keptByProcesses(cluster: ClusterOfProcesses): Promise<Kept[]> {
  await Promise.all(cluster.members.map(({ process }) => process.end()));
  return cluster.members.flatMap((member) =>
    member.records().map((record) => ({ gatewayId: member.gatewayId, record })),
  );
}

/** Records of each tap, by its name. */
export function byTap(kept: readonly Kept[]): ReadonlyMap<string, readonly Kept[]> {
  const taps = new Map<string, Kept[]>();
  for (const each of kept) {
    const { deviceId, stream, seq } = each.record.tap;
    const name = `${deviceId}/${stream}/${seq}`;
    taps.set(name, [...(taps.get(name) ?? []), each]);
  }
  return taps;
}

/** Every decision that was read is in exactly one journal as it was read, and each presentation was accepted once at most. */
export function decidedOnce(taps: readonly RoamingTap[], kept: readonly Kept[]): void {
  const byId = new Map<string, Kept[]>();
  for (const each of kept) {
    const { decisionId } = each.record.answer;
    byId.set(decisionId, [...(byId.get(decisionId) ?? []), each]);
  }
  for (const { name, answer } of taps) {
    if (answer.kind !== 'decision') throw new Error(`${name} was refused: ${answer.code}`);
    const records = byId.get(answer.decisionId) ?? [];
    expect(records, `${name}, ${answer.decisionId}`).toHaveLength(1);
    const [{ record } = expect.fail(name)] = records;
    const { deviceId, stream, seq } = record.tap;
    expect([`${deviceId}/${stream}/${seq}`, record.answer.code]).toEqual([name, answer.code]);
  }
  const showings = byShowing(kept);
  for (const showing of showings) expect(acceptedOf(showing), JSON.stringify(showing)).toHaveLength(1);
}
