/** A composed gateway at whose scenes receipts are given: an office that pays out, a turnstile that charges, and one that gives none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scene } from '../../config/scenes.ts';
import type { City } from '../../platform/city.ts';
import { makeToken, PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, type ComposedOptions, startComposed } from './composed-gateway.rig.ts';

export const PAYOUT = '1/payout';
export const FARE = '29/exit';
export const NONE = '12/desk';

/** Scenes of the test's own, as the settings name them. `change`: laid over the office. */
export function receiptScenes(change: Partial<Scene> = {}, revision = 'receipts-1') {
  const day = 86_400_000;
  const open = {
    ...{ policy: 'open', families: ['chip-oda'], regions: ['cq'], live: 'never', closed: 'refer' },
    ...{ unlisted: 'allow', not_covered: 'allow', list_too_old: 'refer', list_age_max_ms: day },
    ...{ replayable_ms_max: 900_000, replay_window_ms: 600_000 },
    stale: { per_card: 2, per_device: 500, per_outage: 5_000, spent: 'refer', unlisted: 'refer' },
  };
  return {
    revision,
    policies: [open],
    scenes: [
      { scene: PAYOUT, service: 1, point: 'desk', policy: 'open', receipts: ['identity', 'disbursement'] },
      { scene: FARE, service: 29, point: 'gate', policy: 'open', receipts: ['payment'] },
      { scene: NONE, service: 12, point: 'desk', policy: 'open' },
    ].map((each) => (each.scene === PAYOUT ? { ...each, ...change } : each)),
  };
}

export const RECEIPT_DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: [PAYOUT, NONE] },
  { deviceId: 'desk-2', class: 'desk', scenes: [PAYOUT] },
  { deviceId: 'gate-1', class: 'gate', scenes: [FARE] },
] as const;

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ReceiptDevice {
  /** Taps a card at a scene and returns the decision. */
  tap(scene: string, card?: number, shown?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Taps, and returns the id of the decision. */
  decided(scene: string, card?: number): Promise<string>;
  post(request: object): Promise<Answered>;
  get(id: string): Promise<Answered>;
}

export interface ReceiptGateway {
  readonly composed: ComposedGateway;
  /** Writes scenes, to be taken up by a reload. */
  writeScenes(document: object): void;
  device(deviceId: string): Promise<ReceiptDevice>;
  keys(): Promise<{
    readonly issuer: string;
    readonly keys: Record<string, string>[];
    readonly log_keys: Record<string, string>[];
  }>;
  /** Good cards. */
  readonly cards: readonly number[];
  stop(): Promise<void>;
}

export async function startReceipts(options: ComposedOptions = {}): Promise<ReceiptGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-receipts-'));
  const file = join(folder, 'city.json');
  const clients: PlainClient[] = [];
  const writeScenes = (document: object) => writeFileSync(file, JSON.stringify(document));
  writeScenes(receiptScenes());
  const composed = await startComposed({
    devices: RECEIPT_DEVICES,
    ...options,
    settings: { city: file, ...options.settings },
  });
  return {
    composed,
    writeScenes,
    cards: goodCards(composed.city, 'sm2'),
    device: (deviceId) => receiptDevice({ ...composed, http: composed.address.http }, deviceId, clients),
    async stop() {
      for (const client of clients) await client.bye().catch(() => {});
      await composed.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    keys: async () => {
      const response = await fetch(`${composed.address.http}/.well-known/onecard-receipts.json`);
      return (await response.json()) as Awaited<ReturnType<ReceiptGateway['keys']>>;
    },
  };
}

/** A gateway in this process, or one of its own. */
export interface ReceiptSource {
  readonly http: string;
  readonly city: City;
  target(deviceId: string): PlainClientTarget;
}

/** Its connection is put among `clients`, to be ended. */
export async function receiptDevice(
  composed: ReceiptSource,
  deviceId: string,
  clients: PlainClient[],
): Promise<ReceiptDevice> {
  const { http } = composed;
  const client = await PlainClient.connect(composed.target(deviceId));
  clients.push(client);
  const bearer = `Bearer ${makeToken(composed.target(deviceId))}`;
  const opened = await fetch(`${http}/v1/sessions`, { method: 'POST', headers: { authorization: bearer } });
  const { token } = (await opened.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const cards = goodCards(composed.city, 'sm2');
  let seq = 0;
  const ask = async (path: string, init: RequestInit): Promise<Answered> => {
    const response = await fetch(`${http}${path}`, { ...init, headers });
    return { status: response.status, body: (await response.json()) as Answered['body'] };
  };
  const tap: ReceiptDevice['tap'] = async (scene, card = cards[0] ?? 0, shown) => {
    seq += 1;
    const { message } = await client.tap(seq, {
      scene,
      ...(shown ?? chipTapOf(composed.city, card).binary),
    });
    return message;
  };
  return {
    tap,
    decided: async (scene, card) => {
      const message = await tap(scene, card);
      if (message['outcome'] !== 'allow') throw new Error(`not allowed: ${JSON.stringify(message)}`);
      return String(message['id']);
    },
    post: (request) => ask('/v1/receipts', { method: 'POST', body: JSON.stringify(request) }),
    get: (id) => ask(`/v1/receipts/${id}`, { method: 'GET' }),
  };
}
