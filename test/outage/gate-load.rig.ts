/**
 * Many gates, each on a connection of its own, that tap at the times they mean to, whatever the answers do; and what
 * became of every tap. The client is the plain one of docs/protocol.md.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CityCard } from '../../platform/cards/card.ts';
import type { City } from '../../platform/city.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import { type PlainAnswer, PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import type { Credential } from './list-history.rig.ts';

/** The promise that each tap asks for, milliseconds. */
export const DEADLINE_MS = 1_000;
const TICK_MS = 5;
const SETTLE_MS = 15_000;

/** One time a tap was sent. */
export interface Sending {
  readonly sentAt: number;
  answeredAt: number | null;
  /** Null: none yet, or the connection was lost before. */
  answer: PlainAnswer | null;
  over: boolean;
}

export interface LoadTap {
  readonly gate: LoadGate;
  readonly seq: number;
  readonly scene: string;
  readonly card: number;
  readonly credential: Credential;
  readonly message: Readonly<Record<string, unknown>>;
  readonly sendings: Sending[];
}

export interface LoadGate {
  readonly deviceId: string;
  readonly scenes: readonly string[];
  readonly stream: Buffer;
  /** Of all its connections. */
  readonly clients: PlainClient[];
  connected: boolean;
  nextSeq: number;
}

export interface LoadOptions {
  readonly city: City;
  readonly target: (deviceId: string) => PlainClientTarget;
  /** Scenes are taken in turn. */
  readonly gates: readonly { readonly deviceId: string; readonly scenes: readonly string[] }[];
  /** Cards are taken in turn. */
  readonly cards: readonly number[];
  /** Number of the chip that a card's holder has in hand. */
  readonly chipOf: (card: number) => number;
  /** Every so many taps shows a ride code; 0: none does. */
  readonly rideEvery?: number;
}

/** Unlike for every tap of this process: a terminal never gives the same number twice. */
let unpredictable = 0;

export class GateLoad {
  readonly taps: LoadTap[] = [];
  readonly gates: readonly LoadGate[];
  readonly #options: LoadOptions;
  readonly #inHand = new Map<string, CityCard>();
  #timer: NodeJS.Timeout | null = null;

  private constructor(options: LoadOptions) {
    this.#options = options;
    this.gates = options.gates.map(({ deviceId, scenes }) => ({
      deviceId,
      scenes,
      stream: randomBytes(16),
      clients: [],
      connected: false,
      nextSeq: 0,
    }));
  }

  static async connect(options: LoadOptions): Promise<GateLoad> {
    const load = new GateLoad(options);
    await load.reconnect();
    return load;
  }

  /** Connects every gate that is not connected, under the stream it had. Rejects with the first that could not, when all were tried. */
  async reconnect(): Promise<void> {
    const away = this.gates.filter(({ connected }) => !connected);
    const all = await Promise.allSettled(
      away.map(async (gate) => {
        const client = await PlainClient.connect(this.#options.target(gate.deviceId), gate.stream);
        gate.clients.push(client);
        gate.connected = true;
        void client.closed.then(() => {
          gate.connected = false;
        });
      }),
    );
    const failed = all.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Taps from now on, at this rate over all gates together. */
  start(ratePerS: number): void {
    const startedAt = performance.now();
    let due = 0;
    this.stop();
    this.#timer = setInterval(() => {
      const until = ((performance.now() - startedAt) * ratePerS) / 1_000;
      for (; due < until; due += 1) this.#tapNext();
    }, TICK_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async during(ms: number, ratePerS: number): Promise<void> {
    this.start(ratePerS);
    await sleep(ms);
    this.stop();
  }

  /** One tap of a certain card. Resolves with its answer. */
  async tap(scene: string, card: number, credential: Credential): Promise<LoadTap> {
    const gate = this.gates.find(({ scenes, connected }) => connected && scenes.includes(scene));
    if (gate === undefined) throw new Error(`no gate of the load is at ${scene}`);
    const tap = this.#made(gate, scene, card, credential);
    await this.send(tap);
    return tap;
  }

  /** Shows what a tap showed once more, as a tap of its own. Resolves with its answer. */
  async showAgain({ gate, scene, card, credential, message }: LoadTap): Promise<LoadTap> {
    const tap = { gate, seq: gate.nextSeq, scene, card, credential, message, sendings: [] };
    gate.nextSeq += 1;
    this.taps.push(tap);
    await this.send(tap);
    return tap;
  }

  /** Sends a tap once more, or for the first time. Resolves when it is answered, or its connection is lost. */
  async send(tap: LoadTap): Promise<Sending> {
    const sending: Sending = { sentAt: performance.now(), answeredAt: null, answer: null, over: false };
    tap.sendings.push(sending);
    const client = tap.gate.clients.at(-1);
    if (client !== undefined && tap.gate.connected) {
      const answer = client.tap(tap.seq, tap.message).catch(() => null);
      sending.answer = await Promise.race([answer, client.closed.then(() => null)]);
      if (sending.answer !== null) sending.answeredAt = performance.now();
    }
    sending.over = true;
    return sending;
  }

  /** Resolves when every sending is over; what is not by then is for the checker to find. */
  async settle(): Promise<void> {
    const end = performance.now() + SETTLE_MS;
    const open = () => this.taps.some(({ sendings }) => sendings.some(({ over }) => !over));
    while (open() && performance.now() < end) await sleep(TICK_MS);
  }

  /** Sends what has no decision until it has one, as a gate does (docs/protocol.md, Sending again). */
  async resendUndecided(rounds = 5): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const undecided = this.taps.filter(
        (tap) => decisionOf(tap) === null && tap.sendings.every(({ over }) => over),
      );
      if (undecided.length === 0) return;
      for (let at = 0; at < undecided.length; at += BURST) {
        await Promise.all(undecided.slice(at, at + BURST).map((tap) => this.send(tap)));
      }
    }
  }

  /** Forgets the taps so far: the next row has its own. */
  clear(): void {
    this.taps.length = 0;
  }

  async close(): Promise<void> {
    this.stop();
    const connected = this.gates.filter((gate) => gate.connected);
    await Promise.all(connected.map((gate) => gate.clients.at(-1)?.bye()));
  }

  #tapNext(): void {
    const { cards, gates, chipOf, rideEvery = 0 } = this.#options;
    const n = unpredictable;
    const gate = this.gates[n % gates.length] as LoadGate;
    const turn = Math.floor(n / gates.length);
    const scene = gate.scenes[turn % gate.scenes.length] as string;
    const card = cards[n % cards.length] as number;
    const showsRide = rideEvery > 0 && n % rideEvery === 0;
    void this.send(this.#made(gate, scene, card, showsRide ? 'ride' : chipOf(card)));
  }

  #made(gate: LoadGate, scene: string, card: number, credential: Credential): LoadTap {
    const shown = credential === 'ride' ? this.#rideCode(card) : this.#chip(card, credential);
    const message = { ...shown, scene, deadline_ms: DEADLINE_MS };
    const tap = { gate, seq: gate.nextSeq, scene, card, credential, message, sendings: [] };
    gate.nextSeq += 1;
    this.taps.push(tap);
    return tap;
  }

  #rideCode(card: number) {
    // A generation time of its own: the same holder may show two codes within a second.
    unpredictable += 1;
    const nowMs = Date.now() - (unpredictable % 20) * 1_000;
    const code = rideCode({ account: this.#card(card, 0).transit, nowMs });
    return { family: 'transit-qr', credential: { code }, context: {} };
  }

  #chip(card: number, chip: number) {
    unpredictable += 1;
    const number = Buffer.alloc(4);
    number.writeUInt32BE(unpredictable);
    const { credential, context } = this.#card(card, chip).chip.tap({
      mode: 'dda',
      counter: unpredictable,
      terminal: { '9F37': number },
    });
    return { family: 'chip-oda', credential, context };
  }

  /** Making a card takes longer than tapping it. */
  #card(card: number, chip: number): CityCard {
    const name = `${card}.${chip}`;
    const made = this.#inHand.get(name) ?? this.#options.city.card(card, chip);
    this.#inHand.set(name, made);
    return made;
  }
}

/** Taps sent at once when many are sent again. */
const BURST = 64;

/** The decision it got first; null: none yet. */
export function decisionOf({ sendings }: LoadTap): PlainAnswer | null {
  return sendings.find(({ answer }) => answer?.message['t'] === 'decision')?.answer ?? null;
}

export const codeOf = (tap: LoadTap): unknown => tap.sendings.at(-1)?.answer?.message['code'];
