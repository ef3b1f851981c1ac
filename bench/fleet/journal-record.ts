/** A record as the path of a tap makes it, for what is measured of records alone. */
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';

const START_MS = Date.UTC(2026, 10, 20, 8);

/** As the path of a tap makes it of a chip card that passes. */
export function journalRecord(
  position: number,
  streams: readonly { readonly deviceId: string; readonly stream: string }[],
): DecisionRecord {
  const { deviceId = '', stream = '' } = streams[position % streams.length] ?? {};
  const tap = { deviceId, stream, seq: Math.floor(position / streams.length) };
  const atMs = START_MS + position / 16;
  const [scene, mode] = ['29/entry', 'lists'] as const;
  const sixteen = new Uint8Array(16).fill(position);
  return {
    v: 4,
    position,
    tap,
    digest: sixteen,
    family: 'chip-oda',
    scene,
    policy: 'transit-gate',
    policyRevision: 'p-3f2a9c1b01234567',
    trustRevision: '0123456789abcdef',
    trustGrace: false,
    mode,
    modeForced: false,
    atMs: Math.floor(atMs),
    proof: {
      ok: true,
      code: 'proof.ok',
      failed: null,
      issuer: '31000000',
      region: 'chengdu',
      mode: 'oda.dynamic',
      credential: sixteen,
      subject: sixteen,
      claims: { expires: '2031-12-31', sequence: 1, algorithm: 'sm2' },
    },
    status: {
      state: 'good',
      source: 'list',
      listRevision: '0a1b2c3d.7',
      ageMs: 1_234 + position,
      entitlements: 5,
      live: 'not_wanted',
      listKey: sixteen,
    },
    groups: {},
    lists: {},
    passage: null,
    replay: {
      key: sixteen,
      untilMs: Math.floor(atMs) + 60_000,
      seenBefore: false,
      scope: 'gateway',
      shared: [],
    },
    budget: null,
    answer: {
      kind: 'decision',
      seq: tap.seq,
      decisionId: `bench:0123456789abcdef:${position}`,
      outcome: 'allow',
      code: 'allow.good',
      atMs: Math.floor(atMs),
      mode,
      scene,
      facts: {
        issuer: '31000000',
        region: 'chengdu',
        proof: 'oda.dynamic',
        valid_until_ms: 1_956_528_000_000,
        entitlements: 5,
        expires: '2031-12-31',
        sequence: 1,
        algorithm: 'sm2',
      },
    },
  };
}
