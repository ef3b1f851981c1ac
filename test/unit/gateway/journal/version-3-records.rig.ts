/** Records as the third version wrote them. Kept here alone: what a journal of before holds must stay readable. */
import { crc32 } from 'node:zlib';
import { Packr } from 'msgpackr';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import { type Version2Record, version2Fields } from './version-2-records.rig.ts';

/** The sample record of position 7, with its latest time 5 ms later, as gateways in the field wrote it. */
export const VERSION_3 = Buffer.from(
  'Ay8M9NrcADCmZ2F0ZS0xxBAAESIzRFVmd4iZqrvM3e7/B8tCeh9/gwBwAAXEELug4Z6HegF16PCMGoRKEnyqdHJhbnNpdC1x' +
    'cqcyOS9nYXRlrHRyYW5zaXQtZ2F0ZapwLTNmMmE5YzFisnQtMDEyMzQ1Njc4OWFiY2RlZgHDqHByb29mLm9rwKgwMzY2NDUz' +
    'MKJjca1pbnRlcm9wZXJhYmxlxBA3FkUZfWMy9HxN07EIm9/QxBAP4Btt/pnkn5JOWUvdlgfh3gADrGFjY291bnRfdHlwZQKp' +
    'bGltaXRfZmVuzXUwrWludGVyb3BlcmFibGXDAACqMGExYjJjM2QuN80E0gXEEFa8o6TvFM8qBjGm+OuYHYHLQnoff5GmcADC' +
    'pmd3LTE6NwCqYWxsb3cuZ29vZMDAwN4AA6Zpc3N1ZXKoMDM2NjQ1MzCmcmVnaW9uomNxrGVudGl0bGVtZW50cwXCwgDEEFN8' +
    'u/F6u7h0AqGIAUeK2aTAwMDA3gAA3gAAwMA=',
  'base64',
);

/** What the gateway kept then. */
export interface Version3Record
  extends Omit<Version2Record, 'status'>,
    Pick<DecisionRecord, 'groups' | 'lists' | 'passage' | 'status'> {}

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const PASSAGE_STATES = ['inside', 'outside', 'unknown'];
const HEAD_BYTES = 5;

export function encodeVersion3(record: Version3Record, peakMs: number): Buffer {
  const { groups, lists, passage } = record;
  const body = packr.pack([
    ...version2Fields({ ...record, status: { ...record.status, named: null } }, peakMs),
    ...[groups, lists],
    ...(passage === null ? [null, null] : [PASSAGE_STATES.indexOf(passage.state), passage.sinceMs]),
  ]);
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = 3;
  head.writeUInt32BE(crc32(body, crc32(positionKey(record.position))), 1);
  return Buffer.concat([head, body]);
}
