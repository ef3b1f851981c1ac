/**
 * Gates in front of a cluster: clients as products ship them, each with a connection of its own through the balancer, which
 * reconnect by themselves. Every tap is a ride code that nobody showed before.
 */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createGateClient, type GateClient } from '../../client/index.ts';
import type { City } from '../../platform/city.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';

export interface GateKeys {
  readonly deviceId: string;
  readonly publicJwk: object;
  readonly privateJwk: JsonWebKey;
}

export const SCENE = '29/entry';

export function newGate(deviceId: string): GateKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    deviceId,
    publicJwk: publicKey.export({ format: 'jwk' }),
    privateJwk: privateKey.export({ format: 'jwk' }),
  };
}

export interface Tapped {
  readonly deviceId: string;
  readonly seq: number;
  /** `decision allow.good`, or what it was refused with. */
  readonly said: string;
  readonly tookMs: number;
  /** The connection was lost, or told to leave, while it waited. */
  readonly byReconnect: boolean;
}

export interface GateLoadOptions {
  readonly city: City;
  readonly url: string;
  /** Whom the device tokens are for. */
  readonly audience: { readonly gatewayId: string } | { readonly cluster: string };
  readonly gates: readonly GateKeys[];
  /** Cards of the city to tap with, so that two loads show no code of the same second twice. Default: every good one. */
  readonly cards?: readonly number[];
}

export class GateLoad {
  readonly tapped: Tapped[] = [];
  /** Decisions by tap: more than one is a fault. */
  readonly decisions = new Map<string, number>();
  readonly states: string[] = [];
  readonly #options: GateLoadOptions;
  readonly #clients = new Map<GateKeys, GateClient>();
  readonly #cards: readonly number[];
  readonly #changes = new Map<string, number>();
  #running: Promise<void>[] = [];
  #stopping = false;
  #next = 0;

  constructor(options: GateLoadOptions) {
    this.#options = options;
    this.#cards = options.cards ?? goodCards(options.city, 'sm2');
    for (const gate of options.gates) this.#clients.set(gate, this.#connect(gate));
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.whenReady()));
  }

  tap(gate: GateKeys): Promise<Tapped> {
    const client = this.#clients.get(gate);
    if (client === undefined) throw new Error(`${gate.deviceId} is not of this load`);
    const card = this.#cards[this.#next++ % this.#cards.length] as number;
    const beganMs = performance.now();
    const changesBefore = this.#changes.get(gate.deviceId);
    return new Promise((resolve) => {
      client.send({ ...rideCodeOf(this.#options.city, card).binary, scene: SCENE }, (answer) => {
        const tapped = {
          deviceId: gate.deviceId,
          seq: answer.seq,
          said: said(answer),
          tookMs: performance.now() - beganMs,
          byReconnect: client.state !== 'ready' || this.#changes.get(gate.deviceId) !== changesBefore,
        };
        this.tapped.push(tapped);
        resolve(tapped);
      });
    });
  }

  /** Taps of each gate, one after another with so much between two, until `stop`. */
  run(pauseMs: number): void {
    this.#running = [...this.#clients.keys()].map(async (gate) => {
      while (!this.#stopping) {
        await this.tap(gate);
        await sleep(pauseMs);
      }
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #connect({ deviceId, privateJwk }: GateKeys): GateClient {
    const { url, audience } = this.#options;
    return createGateClient({
      url,
      deviceId,
      privateKey: privateJwk,
      ...audience,
      giveUpMs: 60_000,
      // A gateway that is about to stop says so to what comes too late: it is sent again, to the next.
      retryWithinMs: 60_000,
      reconnectMaxMs: 1_000,
      onDecision: ({ seq }) => {
        const tap = `${deviceId} ${seq}`;
        this.decisions.set(tap, (this.decisions.get(tap) ?? 0) + 1);
      },
      onState: (state, reason) => {
        this.states.push(`${deviceId} ${state} ${reason}`);
        this.#changes.set(deviceId, (this.#changes.get(deviceId) ?? 0) + 1);
      },
    });
  }
}

function said(answer: Answer): string {
  return `${answer.kind} ${answer.code}`;
}
