/** The simulated station: a thread of its own with one gate connection, so that making signatures slows nobody. */
import { parentPort, workerData } from 'node:worker_threads';
import { build } from 'hdr-histogram-js';
import type { JWK } from 'jose';
import { createGateClient } from '../../client/index.ts';
import { loadScenes } from '../../config/scenes.ts';
import { createCity } from '../../platform/city.ts';
import { seededInteger } from '../../platform/seed.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { DEMO_HOLDER_ON_CHIPS } from './demo-note.ts';
import { type DeskAnswer, DeskClient, deskSessions } from './desk-client.ts';
import { passenger, type Showing } from './passengers.ts';
import { desksOf, visitor } from './visitors.ts';

export interface StationData {
  readonly url: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  readonly privateKey: JWK;
  readonly desk: { readonly http: string; readonly deviceId: string; readonly privateKey: JWK };
  readonly citySeed: string;
  readonly cards: number;
  /** Passengers a second. */
  readonly rate: number;
  readonly startedAtMs: number;
}

export interface Sample {
  readonly story: string;
  readonly outcome: string;
  readonly code: string;
  readonly ms: number;
}

/** What the station tells about one second. */
export interface StationReport {
  /** Taps that were judged. What was refused is in `codes` alone. */
  readonly taps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly families: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
  /** True for the last one, which covers the whole run. */
  readonly last: boolean;
}

/** A tap that got no answer at all, and why. */
export interface StationFault {
  readonly failed: string;
}

export type StationMessage = StationReport | StationFault;

const REPLAY_IN = 33;
/** Of so many people, one comes to a desk. */
const VISITOR_IN = 6;
const REPORT_MS = 1_000;
const SAMPLES_PER_REPORT = 3;
const US_PER_MS = 1_000;

const data = workerData as StationData;
const port = parentPort;
if (!port) throw new Error('the station runs as a thread');

const histogram = () => build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
const tally = () => ({
  taps: 0,
  latency: histogram(),
  codes: {} as Record<string, number>,
  families: {} as Record<string, number>,
  samples: [] as Sample[],
});
let second = tally();
const whole = tally();

const city = createCity({
  ...{ seed: data.citySeed, cards: data.cards, now: data.startedAtMs },
  holderOnChips: DEMO_HOLDER_ON_CHIPS,
});
const stranger = createCity({ seed: `${data.citySeed} elsewhere`, cards: 50, now: data.startedAtMs });
const gate = createGateClient({
  url: data.url,
  gatewayId: data.gatewayId,
  deviceId: data.deviceId,
  privateKey: data.privateKey,
});

const sessions = deskSessions({ ...data.desk, gatewayId: data.gatewayId }, () => data.desk.http);
const deskClient = new DeskClient(data.desk.http, sessions);
const desks = desksOf(loadScenes(PRESENTABLE_FAMILIES));

let arrived = 0;
let previous: Showing | null = null;

async function arrive(): Promise<void> {
  const n = arrived++;
  if (n % VISITOR_IN === VISITOR_IN - 1) return visit(Math.floor(n / VISITOR_IN));
  const replays = previous !== null && seededInteger(data.citySeed, 'replay', n, REPLAY_IN) === 0;
  const showing: Showing =
    replays && previous
      ? { ...previous, story: 'passes the same code or card on to a friend' }
      : passenger(city, stranger, data.citySeed, n, Date.now());
  previous = showing;
  const { family, credential, context, story } = showing;
  const sentAt = performance.now();
  const answer = await gate.tap({ family, credential, context });
  const outcome = answer.kind === 'decision' ? answer.outcome : null;
  note({ outcome, code: answer.code }, family, story, performance.now() - sentAt);
}

/** Somebody comes to a desk. */
async function visit(n: number): Promise<void> {
  const coming = visitor(city, desks, data.citySeed, n);
  const sentAt = performance.now();
  const answer = await deskClient.judge(coming);
  note(answer, coming.family, coming.story, performance.now() - sentAt);
}

function note(answer: DeskAnswer, family: string, story: string, ms: number): void {
  const outcome = answer.outcome ?? 'refused';
  for (const into of [second, whole]) {
    into.codes[answer.code] = (into.codes[answer.code] ?? 0) + 1;
    if (answer.outcome === null) continue;
    into.taps += 1;
    into.latency.recordValue(Math.max(1, Math.round(ms * US_PER_MS)));
    into.families[family] = (into.families[family] ?? 0) + 1;
  }
  const fresh = !second.samples.some(({ code }) => code === answer.code);
  if (fresh && second.samples.length < SAMPLES_PER_REPORT) {
    second.samples.push({ story, outcome, code: answer.code, ms });
  }
}

function report(of: ReturnType<typeof tally>, last: boolean): void {
  const { taps, latency, codes, families, samples } = of;
  const at = (percentile: number) => latency.getValueAtPercentile(percentile) / US_PER_MS;
  const message: StationReport = {
    taps,
    p50Ms: at(50),
    p99Ms: at(99),
    maxMs: latency.maxValue / US_PER_MS,
    codes,
    families,
    samples,
    last,
  };
  say(message);
}

function say(message: StationMessage): void {
  port?.postMessage(message);
}

const waiting = new Set<Promise<void>>();
const arrivals = setInterval(() => {
  const arrival = arrive()
    .catch((cause: Error) => say({ failed: cause.message }))
    .finally(() => waiting.delete(arrival));
  waiting.add(arrival);
}, 1_000 / data.rate);
const reports = setInterval(() => {
  const done = second;
  second = tally();
  report(done, false);
}, REPORT_MS);

port.once('message', async () => {
  clearInterval(arrivals);
  clearInterval(reports);
  await gate.close();
  await Promise.all(waiting);
  report(whole, true);
  port.close();
});
