/** Records as the second version wrote them. Kept here alone: what a journal of before holds must stay readable. */
import { crc32 } from 'node:zlib';
import { Packr } from 'msgpackr';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import type { ListSaid, StatusFacts } from '../../../../gateway/verification.ts';

/** The sample record of position 7, with its latest time 5 ms later, as gateways in the field wrote it. */
export const VERSION_2 = Buffer.from(
  'AhYPpyfcACymZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/B8tCeh9/gwBwAAXEELug4Z6HegF16PCMGoRKEnyqdHJhbnNpdC1x' +
    'cqcyOS9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgHDqHByb29mLm9rwKgwMzY2NDUz' +
    'MKJjca1pbnRlcm9wZXJhYmxlxBA3FkUZfWMy9HxN07EIm9/QxBAP4Btt/pnkn5JOWUvdlgfh3gADrGFjY291bnRfdHlwZQKp' +
    'bGltaXRfZmVuzXUwrWludGVyb3BlcmFibGXDAACqMGExYjJjM2QuN80E0gXEEFa8o6TvFM8qBjGm+OuYHYHLQnoff5GmcADC' +
    'pmd3LTE6NwCqYWxsb3cuZ29vZMDAwN4AA6Zpc3N1ZXKoMDM2NjQ1MzCmcmVnaW9uomNxrGVudGl0bGVtZW50cwXCwgDEEFN8' +
    'u/F6u7h0AqGIAUeK2aTAwMDA',
  'base64',
);

/** What the gateway kept then. */
export interface Version2Record
  extends Omit<DecisionRecord, 'v' | 'groups' | 'lists' | 'passage' | 'status' | 'replay'> {
  readonly replay: Omit<DecisionRecord['replay'], 'scope' | 'shared'>;
  readonly status: StatusFacts & { readonly named: ListSaid | null };
}

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const STATES = ['good', 'suspended', 'lost', 'replaced', 'cancelled', 'unknown', 'not_covered'];
const LIVE = ['not_wanted', 'answered', 'unknown', 'not_covered', 'late', 'failed', 'not_asked'];
const HEAD_BYTES = 5;

export function encodeVersion2(record: Version2Record, peakMs: number): Buffer {
  const body = packr.pack(version2Fields(record, peakMs));
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = 2;
  head.writeUInt32BE(crc32(body, crc32(positionKey(record.position))), 1);
  return Buffer.concat([head, body]);
}

/** In the order of the layout. */
export function version2Fields(record: Version2Record, peakMs: number): unknown[] {
  const { tap, proof, status, replay, answer, budget, atMs, mode, scene } = record;
  const modes = ['live', 'lists', 'stale', 'closed'];
  const orNull = (values: readonly string[], value: string | null) =>
    value === null ? null : values.indexOf(value);
  return [
    ...[tap.deviceId, Buffer.from(tap.stream, 'hex'), tap.seq, atMs, peakMs - atMs],
    ...[record.digest, record.family, scene, record.policy, record.policyRevision, record.trustRevision],
    ...[modes.indexOf(mode), proof.ok, proof.code, proof.failed, proof.issuer, proof.region, proof.mode],
    ...[proof.credential, proof.subject, proof.claims, STATES.indexOf(status.state)],
    ...[['list', 'none', 'live'].indexOf(status.source), status.listRevision, status.ageMs],
    ...[status.entitlements, replay.key, replay.untilMs, replay.seenBefore, answer.decisionId],
    ...[['allow', 'deny', 'refer'].indexOf(answer.outcome), answer.code],
    ...[answer.atMs === atMs ? null : answer.atMs, answer.mode === mode ? null : modes.indexOf(answer.mode)],
    ...[answer.scene === scene ? null : answer.scene, answer.facts, record.trustGrace, record.modeForced],
    ...[LIVE.indexOf(status.live), status.listKey, orNull(['member', 'absent', 'no_list'], status.named)],
    ...[budget?.device ?? null, budget?.outage ?? null, budget?.card ?? null],
  ];
}
