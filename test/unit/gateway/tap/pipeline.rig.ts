/** A pipeline with everything around it made up: proofs that succeed at once, a journal in memory. */

import { afterEach } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import type { Group } from '../../../../config/policy-schema.ts';
import { type Policy, parseScenes, type SceneTable } from '../../../../config/scenes.ts';
import { parseSettings } from '../../../../config/settings.ts';
import type { Journal } from '../../../../gateway/journal/journal.ts';
import type { Pseudonyms } from '../../../../gateway/journal/pseudonym.ts';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import type { ListInForce } from '../../../../gateway/tap/4-status/status.ts';
import { ReplayWindow } from '../../../../gateway/tap/5-decide/replay-window.ts';
import { Pipeline, type PipelineOptions } from '../../../../gateway/tap/pipeline.ts';
import type { Answer, Device } from '../../../../gateway/verification.ts';
import type { CardStatus } from '../../../../lists/list-handle.ts';
import { personalText } from '../../../../workers/claims.ts';
import type { NamedFacts, NamedVerdict, PackedItem } from '../../../../workers/contract.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';
import { packInput, unpackInput } from '../../../../workers/packing.ts';
import type { BatchOutcome } from '../../../../workers/pool.ts';

export const NOW = 1_800_000_000_000;
const STATS = {
  engine: 'fake',
  busyMs: 1,
  signatures: 0,
  chainHits: 0,
  chainMisses: 0,
  authorisationHits: 0,
  authorisationMisses: 0,
};
/** Policies of the two scenes `s/one` and `s/two`, with changes to both. */
export function scenesWith(change: Partial<Policy> = {}, groups?: readonly Group[]): SceneTable {
  return parseScenes(
    {
      revision: 'r1',
      ...(groups && { groups }),
      policies: [
        {
          policy: 'p',
          families: ['transit-qr'],
          regions: ['cq'],
          unlisted: 'deny',
          list_too_old: 'deny',
          list_age_max_ms: 1_000,
          replayable_ms_max: 60_000,
          live: 'never',
          not_covered: 'deny',
          stale: { per_card: 2, per_device: 3, per_outage: 4, spent: 'refer', unlisted: 'deny' },
          closed: 'refer',
          ...change,
        },
      ],
      scenes: [
        { scene: 's/one', service: 29, point: 'gate', policy: 'p' },
        { scene: 's/two', service: 29, point: 'gate', policy: 'p' },
      ],
    },
    PRESENTABLE_FAMILIES,
  );
}

/** A list that says the same of every card. */
export function listOf(status: CardStatus, change: Partial<ListInForce> = {}): ListInForce {
  return {
    revision: '01234567.1',
    head: { issuedAtMs: NOW, freshUntilMs: NOW + 1e6, staleUntilMs: NOW + 2e6 },
    keyOf: (_issuer, credentialId) => bytes('k', credentialId),
    lookupKey: () => status,
    ...change,
  };
}

export const bytes = (...parts: unknown[]) =>
  new Uint8Array(Buffer.from(parts.join('|').padEnd(16).slice(0, 16)));
/** The input is the nonce; before an `@` in it stands the card. */
const facts = (nonce: string): NamedFacts => {
  const credentialId = nonce.includes('@') ? nonce.slice(0, nonce.indexOf('@')) : 'card';
  return {
    credentialId: personalText(credentialId),
    issuer: 'i',
    region: 'cq',
    mode: 'm',
    replayableUntilMs: NOW + 60_000,
    validUntilMs: NOW + 1e9,
    holderBound: true,
    claims: { accountType: 1 },
    credentialName: bytes('c', credentialId),
    subjectName: bytes('s', 'who'),
    replayName: bytes('r', credentialId, nonce),
  };
};
export const accepted = (input: string, scene = 's/one'): NamedVerdict => ({
  ok: true,
  code: 'proof.ok',
  failed: null,
  presentationDigest: presentationDigest('transit-qr', scene, packInput(input)),
  facts: facts(input),
});

export class MemoryJournal implements Journal {
  readonly records: DecisionRecord[] = [];
  readonly epoch = '0123456789abcdef';
  nextPosition = 1;
  gate: Promise<void> = Promise.resolve();
  async append(records: readonly DecisionRecord[]): Promise<void> {
    this.nextPosition += records.length;
    await this.gate;
    this.records.push(...records);
  }
  find({ deviceId, stream, seq }: DecisionRecord['tap']): DecisionRecord | null {
    const same = ({ tap }: DecisionRecord) =>
      tap.deviceId === deviceId && tap.stream === stream && tap.seq === seq;
    return this.records.find(same) ?? null;
  }
  highestSeq(deviceId: string, stream: string): number {
    const own = this.records.filter(({ tap }) => tap.deviceId === deviceId && tap.stream === stream);
    return Math.max(-1, ...own.map(({ tap }) => tap.seq));
  }
  after = () => [];
  since = (atMs: number) => this.records.filter((record) => record.atMs >= atMs);
  close = async () => {};
}

const presentationDigest = (_family: string, scene: string, packed: Uint8Array) =>
  bytes(scene.slice(-3), Buffer.from(packed.slice(-5)).toString('hex'), packed.length);
const pseudonyms = {
  keys: { algorithm: 'HMAC-SHA-256' },
  presentation: presentationDigest,
} as unknown as Pseudonyms;

export interface Rig {
  readonly pipeline: Pipeline;
  readonly journal: MemoryJournal;
  readonly refusals: Code[];
  readonly batches: number[];
  readonly faults: [string, unknown][];
  tap(seq: number, options?: TapOptions): Promise<Answer>;
}
export interface TapOptions {
  input?: string;
  deadlineMs?: number;
  device?: Device;
  scene?: string;
  stream?: string;
}
export interface RigOptions extends Partial<PipelineOptions> {
  settings?: Record<string, Record<string, number>>;
  run?: (items: readonly PackedItem[]) => Promise<BatchOutcome>;
  threads?: number;
  replayEntries?: number;
}

const open: Pipeline[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pipeline) => pipeline.drain()));
});

export const gate: Device = {
  deviceId: 'g1',
  class: 'gate',
  scenes: ['s/one', 's/two'],
  enrolment: 'g1 first',
};
export const inputOf = ({ packedInput }: PackedItem) => unpackInput(packedInput) as string;
export const verdicts = (items: readonly PackedItem[]): BatchOutcome => ({
  kind: 'verdicts',
  trustRevision: 't1',
  verdicts: items.map((item) => accepted(inputOf(item), item.scene)),
  stats: STATS,
});

export function rig({
  settings: changes,
  run: prove,
  threads = 1,
  replayEntries,
  ...options
}: RigOptions = {}): Rig {
  const settings = parseSettings({
    gateway_id: 'gw',
    trust_file: 'none',
    workers: { hang_ms: 60 },
    ...changes,
  });
  const journal = (options.journal as MemoryJournal | undefined) ?? new MemoryJournal();
  const refusals: Code[] = [];
  const batches: number[] = [];
  const faults: [string, unknown][] = [];
  const run = prove ?? (async (items) => verdicts(items));
  let busy = 0;
  const pipeline = new Pipeline({
    gatewayId: 'gw',
    limits: settings.limits,
    workers: settings.workers,
    scenes: scenesWith(),
    pseudonyms,
    replay: new ReplayWindow(replayEntries ?? 1_000, NOW),
    cardList: () => listOf({ state: 'good', entitlements: 3 }),
    wallClockMs: () => NOW,
    pool: {
      size: threads,
      get room() {
        return threads - busy;
      },
      run(items) {
        busy += 1;
        batches.push(items.length);
        return run(items).finally(() => {
          busy -= 1;
          queueMicrotask(() => pipeline.feed());
        });
      },
    },
    events: {
      decided: () => {},
      resent: () => {},
      refused: (code) => refusals.push(code),
      stage: () => {},
      batch: () => {},
      fault: (where, cause) => faults.push([where, cause]),
      stoodStill: () => {},
    },
    ...options,
    journal,
  });
  pipeline.open();
  open.push(pipeline);
  const tap: Rig['tap'] = (
    seq,
    { input = `n${seq}`, deadlineMs, device = gate, scene, stream = 'aa' } = {},
  ) =>
    new Promise((reply) =>
      pipeline.submit({
        id: { deviceId: device.deviceId, stream, seq },
        device,
        presentation: {
          family: 'transit-qr',
          packedInput: packInput(input),
          costKey: 'transit-qr',
          scene: scene ?? null,
          deadlineMs: deadlineMs ?? null,
        },
        reply,
      }),
    );
  return { pipeline, journal, refusals, batches, faults, tap };
}
