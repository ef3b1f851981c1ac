/** A decision record as bytes (docs/journal-records.md), field by field in the order of the layout. */
import type { DecisionRecord } from './record.ts';
import { RecordBlock } from './record-block.ts';
import { LIVE, MODES, NAMED, OUTCOMES, SOURCES, STATES, VERSION } from './record-values.ts';

const FIELDS = 44;
const SIXTEEN = 16;

const block = new RecordBlock();

/** Bytes of a record. Throws TypeError or RangeError when the record is not one (misuse). */
export function encodeRecord(record: DecisionRecord, peakMs: number): Buffer {
  const { tap, proof, answer } = record;
  check(record, peakMs);
  block.begin(FIELDS);
  block.text(tap.deviceId);
  block.hex(tap.stream, SIXTEEN);
  block.number(tap.seq);
  block.number(record.atMs);
  block.number(peakMs - record.atMs);
  block.bytes(record.digest, SIXTEEN);
  block.text(record.family);
  block.text(record.scene);
  block.text(record.policy);
  block.text(record.policyRevision);
  block.text(record.trustRevision);
  block.number(indexIn(MODES, record.mode));
  block.flag(proof.ok);
  block.text(proof.code);
  block.textOrNil(proof.failed);
  block.textOrNil(proof.issuer);
  block.textOrNil(proof.region);
  block.textOrNil(proof.mode);
  block.bytesOrNil(proof.credential, SIXTEEN);
  block.bytesOrNil(proof.subject, SIXTEEN);
  block.scalars(proof.claims);
  const { status, replay } = record;
  block.number(indexIn(STATES, status.state));
  block.number(indexIn(SOURCES, status.source));
  block.textOrNil(status.listRevision);
  block.number(status.ageMs);
  block.number(status.entitlements);
  block.bytesOrNil(replay.key, SIXTEEN);
  block.number(replay.untilMs);
  block.flag(replay.seenBefore);
  block.text(answer.decisionId);
  block.number(indexIn(OUTCOMES, answer.outcome));
  block.text(answer.code);
  block.numberOrNil(answer.atMs === record.atMs ? null : answer.atMs);
  block.numberOrNil(answer.mode === record.mode ? null : indexIn(MODES, answer.mode));
  block.textOrNil(answer.scene === record.scene ? null : answer.scene);
  block.scalars(answer.facts);
  added(record);
  return block.end(VERSION, record.position);
}

/** What version 2 added. */
function added({ trustGrace, modeForced, status, budget }: DecisionRecord): void {
  block.flag(trustGrace);
  block.flag(modeForced);
  block.number(indexIn(LIVE, status.live));
  block.bytesOrNil(status.listKey, SIXTEEN);
  block.numberOrNil(status.named === null ? null : indexIn(NAMED, status.named));
  block.numberOrNil(budget === null ? null : budget.device);
  block.numberOrNil(budget === null ? null : budget.outage);
  block.numberOrNil(budget === null ? null : budget.card);
}

function check({ v, tap, trustGrace, answer, atMs, position }: DecisionRecord, peakMs: number): void {
  if (v !== VERSION) throw new TypeError(`records are written in version ${VERSION} only`);
  if (trustGrace !== (answer.trustGrace ?? false)) {
    throw new TypeError('an answer says whether trust was in its grace');
  }
  if (answer.seq !== tap.seq) throw new TypeError('an answer carries the sequence number of its tap');
  if (peakMs < atMs) throw new RangeError('no record is later than the latest');
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('not a whole number');
}

function indexIn<T>(values: readonly T[], value: T): number {
  const index = values.indexOf(value);
  if (index < 0) throw new TypeError(`${String(value)} has no place in a record`);
  return index;
}
