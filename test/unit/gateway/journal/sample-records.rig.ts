/** Decision records like those the pipeline makes, the same for the same position. */
import { createHash } from 'node:crypto';
import type { CryptoProfile } from '../../../../config/crypto-settings.ts';
import { algorithmFor } from '../../../../crypto/uses.ts';
import type { Pseudonyms } from '../../../../gateway/journal/pseudonym.ts';
import { type DecisionRecord, versionNamedWith } from '../../../../gateway/journal/record/record.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

export const START_MS = Date.UTC(2026, 10, 20, 8);
export const CARD_NUMBER = '6217001234567890123';
export const CREDENTIAL_ID = '03664530:1a2b3c4d5e';

const sixteen = (label: string) =>
  new Uint8Array(createHash('sha256').update(label).digest().subarray(0, 16));

export interface SampleOptions {
  readonly deviceId?: string;
  readonly stream?: string;
  readonly seq?: number;
  readonly atMs?: number;
  readonly pseudonyms?: Pseudonyms;
  /** Default: that of the run. */
  readonly profile?: CryptoProfile;
}

export function sampleRecord(position: number, options: SampleOptions = {}): DecisionRecord {
  const { deviceId = 'gate-1', stream = '00112233445566778899aabbccddeeff', seq = position } = options;
  const atMs = options.atMs ?? START_MS + position;
  const pseudonyms = options.pseudonyms;
  return {
    v: versionNamedWith(algorithmFor('journal-names', options.profile ?? TEST_PROFILE)),
    position,
    tap: { deviceId, stream, seq },
    digest: sixteen(`digest ${position}`),
    family: 'transit-qr',
    scene: '29/gate',
    policy: 'transit-gate',
    policyRevision: 'p-3f2a9c1b',
    trustRevision: 't-0123456789abcdef',
    trustGrace: false,
    mode: 'lists',
    modeForced: false,
    atMs,
    proof: {
      ok: true,
      code: 'proof.ok',
      failed: null,
      issuer: '03664530',
      region: 'cq',
      mode: 'interoperable',
      credential: pseudonyms?.credential(CREDENTIAL_ID) ?? sixteen(`credential ${position}`),
      subject: pseudonyms?.subject(CARD_NUMBER) ?? sixteen(`subject ${position}`),
      claims: { account_type: 2, limit_fen: 30_000, interoperable: true },
    },
    status: {
      state: 'good',
      source: 'list',
      listRevision: '0a1b2c3d.7',
      ageMs: 1_234,
      entitlements: 5,
      live: 'not_wanted',
      listKey: sixteen(`list key ${position}`),
    },
    groups: {},
    lists: {},
    passage: null,
    replay: {
      key: pseudonyms?.replay(CREDENTIAL_ID, String(position)) ?? sixteen(`replay ${position}`),
      untilMs: atMs + 60_000,
      seenBefore: false,
      scope: 'gateway',
      shared: [],
    },
    budget: null,
    answer: {
      kind: 'decision',
      seq,
      decisionId: `gw-1:${position}`,
      outcome: 'allow',
      code: 'allow.good',
      atMs,
      mode: 'lists',
      scene: '29/gate',
      facts: { issuer: '03664530', region: 'cq', entitlements: 5 },
    },
  };
}

export function sampleRecords(first: number, count: number, options: SampleOptions = {}): DecisionRecord[] {
  return Array.from({ length: count }, (_, i) => sampleRecord(first + i, options));
}
