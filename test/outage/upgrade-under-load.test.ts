/**
 * Same-number upgrades while gates of two gateways tap all the time: from the publication on the old chip is refused and the new
 * one accepted at every gate within two seconds, and nobody else's tap is another than before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from '../system/gateway-under-test.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { CITY, PlatformProcess } from './platform-process.rig.ts';

/** What is promised (docs/lists.md), and what a busy machine may add to it. */
const PROMISED_MS = 2_000;
const SLACK_MS = 1_000;
const SCENE = '29/entry';
const GATES = ['gate-1', 'gate-2'];
const UPGRADES = 4;
const PAUSE_MS = 10;
/** Taps at each gate before, between and after the publications. */
const TAPS_BETWEEN = 40;

type Who = 'old' | 'new' | 'good' | 'lost';
interface Tap {
  readonly gate: string;
  readonly who: Who;
  readonly index: number;
  readonly sentAtMs: number;
  readonly code: string;
}

let platform: PlatformProcess;
let gateways: GatewayUnderTest[];

beforeAll(async () => {
  platform = await PlatformProcess.start();
  const { url, rootJson, sm2RootJson, token } = platform;
  const devices = GATES.map((deviceId) => ({ deviceId, class: 'gate' as const, scenes: [SCENE] }));
  gateways = await Promise.all(
    ['gw-a', 'gw-b'].map((gateway_id) =>
      startGateway({
        platformElsewhere: { url, rootJson, sm2RootJson, token },
        city: CITY,
        devices,
        settings: { gateway_id },
      }),
    ),
  );
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await platform.stop();
});

/** One gate that taps all the time, whoever is next. */
class TappingGate {
  readonly taps: Tap[] = [];
  readonly #name: string;
  readonly #client: PlainClient;
  readonly #gateway: GatewayUnderTest;
  readonly #people: readonly (readonly [Who, number])[];
  readonly #running: Promise<void>;
  #stopped = false;
  #sent = 0;

  constructor(
    name: string,
    client: PlainClient,
    gateway: GatewayUnderTest,
    people: readonly (readonly [Who, number])[],
  ) {
    this.#name = name;
    this.#client = client;
    this.#gateway = gateway;
    this.#people = people;
    this.#running = this.#run();
  }

  get sent(): number {
    return this.#sent;
  }

  async more(count: number): Promise<void> {
    const until = this.taps.length + count;
    while (this.taps.length < until) await sleep(PAUSE_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#client.bye();
  }

  async #run(): Promise<void> {
    const waiting: Promise<void>[] = [];
    while (!this.#stopped) {
      this.#sent += 1;
      waiting.push(this.#tap(this.#sent));
      await sleep(PAUSE_MS);
    }
    await Promise.all(waiting);
  }

  async #tap(seq: number): Promise<void> {
    const [who, index] = this.#people[seq % this.#people.length] ?? ['good', 0];
    const { credential, context } = this.#gateway.city.card(index, who === 'new' ? 1 : 0).chip.tap({
      mode: 'dda',
      counter: seq,
      terminal: {
        '9F37': Uint8Array.of(GATES.indexOf(this.#name.slice(-6)), seq >> 16, (seq >> 8) & 0xff, seq & 0xff),
        '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
        '5F2A': Uint8Array.of(0x01, 0x56),
      },
    });
    const sentAtMs = Date.now();
    const shown = {
      scene: SCENE,
      family: 'chip-oda',
      credential: { ...credential },
      context: { ...context },
    };
    const { message } = await this.#client.tap(seq, shown);
    this.taps.push({ gate: this.#name, who, index, sentAtMs, code: String(message['code']) });
  }
}

test('an upgrade is followed at every gate, and nobody else notices', async () => {
  const [first] = gateways;
  if (!first) throw new Error('there are two gateways');
  const good = goodCards(first.city, 'rsa');
  const upgraded = good.slice(0, UPGRADES);
  const lost = good.slice(UPGRADES, UPGRADES + 2);
  const others = good.slice(UPGRADES + 2, UPGRADES + 8);
  await platform.publish({ cards: lost.map((index) => ({ index, state: 'lost' as const })) });
  const people = [
    ...upgraded.flatMap((index) => [['old', index] as const, ['new', index] as const]),
    ...lost.map((index) => ['lost', index] as const),
    ...others.map((index) => ['good', index] as const),
  ];
  const gates = await Promise.all(
    gateways.flatMap((gateway, at) =>
      GATES.map(async (deviceId) => {
        const target = { ...gateway.target(deviceId), gatewayId: at === 0 ? 'gw-a' : 'gw-b' };
        return new TappingGate(`gw-${at} ${deviceId}`, await PlainClient.connect(target), gateway, people);
      }),
    ),
  );
  const allMore = (count: number) => Promise.all(gates.map((gate) => gate.more(count)));
  const isLostKnown = () =>
    gates.every(({ taps }) => taps.findLast(({ who }) => who === 'lost')?.code === LOST);
  await allMore(people.length);
  while (!isLostKnown()) await allMore(1);
  const seenFrom = gates.map(({ taps }) => taps.length);
  await allMore(TAPS_BETWEEN);

  const publishedAtMs = new Map<number, number>();
  for (const index of upgraded) {
    publishedAtMs.set(index, Date.now());
    await platform.publish({ replace: [{ index }] });
    await allMore(TAPS_BETWEEN);
  }
  // Until the last has had its time, and some taps more.
  await sleep(PROMISED_MS + SLACK_MS);
  await allMore(people.length);
  for (const gate of gates) await gate.stop();

  const taps = gates.flatMap((gate, at) => gate.taps.slice(seenFrom[at]));
  for (const gate of gates) expect(gate.taps).toHaveLength(gate.sent);
  const codesOfOthers = (who: Who) => new Set(taps.filter((tap) => tap.who === who).map(({ code }) => code));
  expect(codesOfOthers('good')).toEqual(new Set([GOOD]));
  expect(codesOfOthers('lost')).toEqual(new Set([LOST]));
  const followed: number[] = [];
  for (const index of upgraded) {
    const since = publishedAtMs.get(index) ?? 0;
    for (const name of new Set(taps.map(({ gate }) => gate))) {
      const own = taps.filter((tap) => tap.index === index && tap.gate === name);
      for (const [who, before, after] of CHANGES) {
        const shown = own.filter((tap) => tap.who === who).toSorted((a, b) => a.sentAtMs - b.sentAtMs);
        const changed = shown.findIndex(({ code }) => code === after);
        const changedAtMs = shown[changed]?.sentAtMs ?? Number.POSITIVE_INFINITY;
        expect({ name, who, codes: new Set(shown.slice(0, changed).map(({ code }) => code)) }).toEqual({
          ...{ name, who, codes: new Set([before]) },
        });
        expect(new Set(shown.slice(changed).map(({ code }) => code))).toEqual(new Set([after]));
        // The last that was judged as before was sent within the time that is promised.
        const lastBeforeMs = shown[changed - 1]?.sentAtMs ?? 0;
        expect(lastBeforeMs - since).toBeLessThanOrEqual(PROMISED_MS + SLACK_MS);
        followed.push(changedAtMs - since);
      }
    }
  }
  expect(Math.min(...followed)).toBeGreaterThanOrEqual(0);
  expect(followed).toHaveLength(UPGRADES * gates.length * CHANGES.length);
  console.log(`upgrades: followed at every gate within ${Math.max(...followed)} ms, ${taps.length} taps`);
});

const GOOD = 'allow.good';
const LOST = 'deny.status_lost';
/** Whose chip, judged how before and after. */
const CHANGES = [
  ['old', GOOD, 'deny.status_replaced'],
  ['new', 'deny.status_unknown', GOOD],
] as const;
