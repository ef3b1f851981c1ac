/** The same codes shown at several gateways, and what their journals say of it afterwards. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import type { City } from '../../platform/city.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import type { TestCluster } from './gateways.rig.ts';

export type Code = ReturnType<typeof rideCodeOf>['binary'];
const SCENE = '29/entry';
const VALIDITY_S = 890;

/** So many ride codes, no two alike. `nowMs`: from this second back. */
export function freshCodes(city: City, count: number, nowMs = Date.now()): Code[] {
  const codes = codesFrom(city, nowMs);
  return Array.from({ length: count }, () => codes.next().value as Code);
}

/** The same one after the other, made when it is asked for. */
export function* codesFrom(city: City, nowMs = Date.now()): Generator<Code> {
  const cards = goodCards(city, 'sm2');
  for (let second = 0; second < VALIDITY_S; second += 1) {
    for (const card of cards) {
      const generatedMs = nowMs - 1_000 * second;
      yield rideCodeOf(city, card, { nowMs: generatedMs, validity_s: VALIDITY_S }).binary;
    }
  }
}

export interface Gate {
  /** The code of the answer: `allow.good`, `deny.replayed` … */
  show(code: Code, scene?: string): Promise<string>;
  /** The same tap again, by its number. */
  showAs(seq: number, code: Code): Promise<PlainMessage>;
  bye(): Promise<void>;
}

/** A gate of one gateway. `stream`: what its taps are numbered in; the same at another gateway is the same gate come there. */
export async function gateAt(cluster: TestCluster, at: number, stream?: Uint8Array): Promise<Gate> {
  const client = await PlainClient.connect(cluster.member(at).target(), stream);
  let seq = 0;
  const showAs = async (number: number, code: Code, scene = SCENE) =>
    (await client.tap(number, { scene, ...code })).message;
  return {
    showAs,
    async show(code, scene) {
      seq += 1;
      return String((await showAs(seq, code, scene))['code']);
    },
    async bye() {
      await client.bye();
    },
  };
}

/** Shows each code at all gates at once, `atOnce` codes under way; what was answered, by code and gate. */
export async function showEverywhere(
  gates: readonly Gate[],
  codes: readonly Code[],
  atOnce: number,
): Promise<string[][]> {
  const answers: string[][] = codes.map(() => []);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < codes.length; i = next++) {
      const code = codes[i] as Code;
      answers[i] = await Promise.all(gates.map((gate) => gate.show(code)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

/** All records that a gateway has made durable by now. */
export function recordsOf(dataFolder: string): DecisionRecord[] {
  const reader = openJournalReader(join(dataFolder, 'journal'));
  const records = [...reader.allAfter(0, (error) => expect.fail(error.message))];
  void reader.close();
  return records;
}

export interface Kept {
  readonly gatewayId: string;
  readonly record: DecisionRecord;
}

export function keptBy(cluster: TestCluster): Kept[] {
  return cluster.members.flatMap(({ gatewayId, dataFolder }) =>
    recordsOf(dataFolder).map((record) => ({ gatewayId, record })),
  );
}

/** Records of the same showing: those that share a name, and those that share one with them. */
export function byShowing(kept: readonly Kept[]): Kept[][] {
  const groups: { names: Set<string>; kept: Kept[] }[] = [];
  const groupOf = new Map<string, (typeof groups)[number]>();
  for (const each of kept) {
    const names = each.record.replay.shared.map(toHex);
    if (names.length === 0) continue;
    const known = [...new Set(names.flatMap((name) => groupOf.get(name) ?? []))];
    const [first = { names: new Set<string>(), kept: [] }, ...others] = known;
    if (known.length === 0) groups.push(first);
    for (const other of others) {
      for (const name of other.names) first.names.add(name);
      first.kept.push(...other.kept);
      groups.splice(groups.indexOf(other), 1);
    }
    first.kept.push(each);
    for (const name of names) first.names.add(name);
    for (const name of first.names) groupOf.set(name, first);
  }
  return groups.map((group) => group.kept);
}

/** Those that were accepted, a tap that was sent again counted once. */
export function acceptedOf(showing: readonly Kept[]): Kept[] {
  const accepted = showing.filter(({ record }) => record.answer.outcome === 'allow');
  const taps = new Map(accepted.map((each) => [JSON.stringify(each.record.tap), each]));
  return [...taps.values()];
}

export interface StoreProxy {
  readonly url: string;
  /** Nothing goes through any more, neither way; what is connected is not told. */
  cut(): void;
  heal(): void;
  /** Connections that come from now on lead to another server; those there are ended. */
  leadTo(port: number): void;
  /** Answers are held back for so long, milliseconds. */
  delay(ms: number): void;
  stop(): Promise<void>;
}

/** A way to a server that a test can cut: one name that leads to whichever server takes writes. */
export async function startProxy(port: number): Promise<StoreProxy> {
  let target = port;
  let isCut = false;
  let delayMs = 0;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const pass = (to: Socket, ms: () => number) => {
      // Nothing overtakes what is held back.
      let lastAt = 0;
      return (chunk: Buffer) => {
        if (isCut) return;
        const now = performance.now();
        lastAt = Math.max(lastAt, now + ms());
        if (lastAt <= now) to.write(chunk);
        else setTimeout(() => !isCut && to.write(chunk), lastAt - now);
      };
    };
    near.on(
      'data',
      pass(far, () => 0),
    );
    far.on(
      'data',
      pass(near, () => delayMs),
    );
    for (const [one, other] of [pair, [far, near]] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  const endAll = () => {
    for (const [near] of pairs) near.destroy();
  };
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
    },
    heal() {
      isCut = false;
      // What was lost meanwhile is lost: a connection with a hole in it is none.
      endAll();
    },
    leadTo(other) {
      target = other;
      endAll();
    },
    delay(ms) {
      delayMs = ms;
    },
    async stop() {
      endAll();
      await new Promise((closed) => server.close(closed));
    },
  };
}
