/** A decision record as bytes (docs/journal-records.md), field by field in the order of the layout. */
import { crc32 } from 'node:zlib';
import { EncodedTexts } from './encoded-texts.ts';
import type { DecisionRecord } from './record.ts';
import {
  writeBytes,
  writeBytesOrNil,
  writeFlag,
  writeHex,
  writeNil,
  writeNumber,
  writeNumberOrNil,
  writeScalars,
  writeText,
  writeTextOrNil,
} from './record-fields.ts';
import { FRAME_BYTES } from './record-frame.ts';
import { RecordBlocks, type RecordMemory } from './record-memory.ts';
import {
  LIVE,
  MODES,
  OUTCOMES,
  PASSAGE_STATES,
  REPLAY_SCOPES,
  SOURCES,
  STATES,
  WRITTEN_VERSIONS,
} from './record-values.ts';

const FIELDS = { 4: 51, 5: 53 } as const;
const SIXTEEN = 16;
const POSITION_BYTES = 8;
/** The checksum covers the position, which stands before the body while it is computed. */
const LEAD_BYTES = POSITION_BYTES - FRAME_BYTES;
/** Nearly every record has 500 to 600 bytes; one that does not fit is written again where it does. */
const ROOM_BYTES = 2_048;
const U32 = 0x1_0000_0000;

const blocks = new RecordBlocks();
const rules = new EncodedTexts();
const outcomes = new EncodedTexts();

/** Bytes of a record. Throws TypeError or RangeError when the record is not one (misuse). */
export function encodeRecord(record: DecisionRecord, peakMs: number): Buffer {
  check(record, peakMs);
  let memory = blocks.withRoom(ROOM_BYTES);
  let start = blocks.used;
  let end = writeBody(memory, start + POSITION_BYTES, record, peakMs);
  if (end > memory.bytes.length) {
    memory = blocks.withRoom(end - start);
    start = blocks.used;
    end = writeBody(memory, start + POSITION_BYTES, record, peakMs);
  }
  blocks.take(end);
  return framed(memory, start, end, record);
}

/** Puts the frame before a body: of `start` and `end`, the first leaves room for the position. */
function framed(
  { bytes, view }: RecordMemory,
  start: number,
  end: number,
  { v, position }: DecisionRecord,
): Buffer {
  view.setUint32(start, Math.floor(position / U32));
  view.setUint32(start + 4, position);
  const checksum = crc32(bytes.subarray(start, end));
  bytes[start + LEAD_BYTES] = v;
  view.setUint32(start + LEAD_BYTES + 1, checksum);
  return bytes.subarray(start + LEAD_BYTES, end);
}

function writeBody(memory: RecordMemory, start: number, record: DecisionRecord, peakMs: number): number {
  const { tap, answer, atMs, mode, scene } = record;
  memory.bytes[start] = 0xdc;
  memory.bytes[start + 1] = 0;
  memory.bytes[start + 2] = record.v === 5 ? FIELDS[5] : FIELDS[4];
  let at = writeText(memory, start + 3, tap.deviceId);
  at = writeHex(memory, at, tap.stream, SIXTEEN);
  at = writeNumber(memory, at, tap.seq);
  at = writeNumber(memory, at, atMs);
  at = writeNumber(memory, at, peakMs - atMs);
  at = writeBytes(memory, at, record.digest, SIXTEEN);
  const { family, policy, policyRevision, trustRevision } = record;
  at = rules.write(memory, at, scene, family, scene, policy, policyRevision, trustRevision);
  at = writeNumber(memory, at, indexIn(MODES, mode));
  at = writeProof(memory, at, record.proof);
  at = writeStatus(memory, at, record);
  at = writeText(memory, at, answer.decisionId);
  at = writeNumber(memory, at, indexIn(OUTCOMES, answer.outcome));
  at = writeText(memory, at, answer.code);
  at = writeNumberOrNil(memory, at, answer.atMs === atMs ? null : answer.atMs);
  at = writeNumberOrNil(memory, at, answer.mode === mode ? null : indexIn(MODES, answer.mode));
  at = writeTextOrNil(memory, at, answer.scene === scene ? null : answer.scene);
  at = writeScalars(memory, at, answer.facts);
  at = writeAdded(memory, at, record);
  at = writeAsked(memory, at, record);
  at = writeShared(memory, at, record.replay);
  return record.v === 5 ? writeFormer(memory, at, record.proof) : at;
}

function writeProof(memory: RecordMemory, start: number, proof: DecisionRecord['proof']): number {
  let at = writeFlag(memory, start, proof.ok);
  const { code, failed, issuer, region, mode } = proof;
  at = outcomes.write(memory, at, issuer ?? code, code, failed, issuer, region, mode);
  at = writeBytesOrNil(memory, at, proof.credential, SIXTEEN);
  at = writeBytesOrNil(memory, at, proof.subject, SIXTEEN);
  return writeScalars(memory, at, proof.claims);
}

function writeStatus(memory: RecordMemory, start: number, { status, replay }: DecisionRecord): number {
  let at = writeNumber(memory, start, indexIn(STATES, status.state));
  at = writeNumber(memory, at, indexIn(SOURCES, status.source));
  at = writeTextOrNil(memory, at, status.listRevision);
  at = writeNumber(memory, at, status.ageMs);
  at = writeNumber(memory, at, status.entitlements);
  at = writeBytesOrNil(memory, at, replay.key, SIXTEEN);
  at = writeNumber(memory, at, replay.untilMs);
  return writeFlag(memory, at, replay.seenBefore);
}

/** What version 2 added. */
function writeAdded(memory: RecordMemory, start: number, record: DecisionRecord): number {
  const { status, budget } = record;
  let at = writeFlag(memory, start, record.trustGrace);
  at = writeFlag(memory, at, record.modeForced);
  at = writeNumber(memory, at, indexIn(LIVE, status.live));
  at = writeBytesOrNil(memory, at, status.listKey, SIXTEEN);
  // The named list of version 2.
  at = writeNil(memory, at);
  if (budget === null) return writeNil(memory, writeNil(memory, writeNil(memory, at)));
  at = writeNumber(memory, at, budget.device);
  at = writeNumber(memory, at, budget.outage);
  return writeNumberOrNil(memory, at, budget.card);
}

/** What version 3 added. */
function writeAsked(memory: RecordMemory, start: number, record: DecisionRecord): number {
  const { groups, lists, passage } = record;
  let at = writeFixed(memory, start, groups);
  at = writeFixed(memory, at, lists);
  if (passage === null) return writeNil(memory, writeNil(memory, at));
  at = writeNumber(memory, at, indexIn(PASSAGE_STATES, passage.state));
  return writeNumber(memory, at, passage.sinceMs);
}

/** What version 4 added. */
function writeShared(
  memory: RecordMemory,
  start: number,
  { scope, shared }: DecisionRecord['replay'],
): number {
  if (shared.length > 2) throw new TypeError('a presentation has two shared names at most');
  let at = writeNumber(memory, start, indexIn(REPLAY_SCOPES, scope));
  at = writeBytesOrNil(memory, at, shared[0] ?? null, SIXTEEN);
  return writeBytesOrNil(memory, at, shared[1] ?? null, SIXTEEN);
}

/** What version 5 added. */
function writeFormer(memory: RecordMemory, start: number, { former }: DecisionRecord['proof']): number {
  const at = writeBytesOrNil(memory, start, former?.credential ?? null, SIXTEEN);
  return writeBytesOrNil(memory, at, former?.subject ?? null, SIXTEEN);
}

/** What scenes ask is told by the same few frozen objects: the bytes of each are made once. */
const fixedMaps = new WeakMap<object, Uint8Array>();

function writeFixed(memory: RecordMemory, at: number, map: Readonly<Record<string, string>>): number {
  const written = fixedMaps.get(map);
  if (written === undefined) {
    const end = writeScalars(memory, at, map);
    const isWhole = end <= memory.bytes.length;
    if (isWhole && Object.isFrozen(map)) fixedMaps.set(map, Uint8Array.from(memory.bytes.subarray(at, end)));
    return end;
  }
  const end = at + written.length;
  if (end <= memory.bytes.length) memory.bytes.set(written, at);
  return end;
}

function check({ v, tap, trustGrace, answer, atMs, position }: DecisionRecord, peakMs: number): void {
  if (!WRITTEN_VERSIONS.includes(v)) throw new TypeError('records are written in version 4 or 5 only');
  if (trustGrace !== (answer.trustGrace ?? false)) {
    throw new TypeError('an answer says whether trust was in its grace');
  }
  if (answer.seq !== tap.seq) throw new TypeError('an answer carries the sequence number of its tap');
  if (peakMs < atMs) throw new RangeError('no record is later than the latest');
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('not a whole number');
}

/** `indexOf` without its call: the value is nearly always one of the first. */
function indexIn<T>(values: readonly T[], value: T): number {
  for (let i = 0; i < values.length; i += 1) if (values[i] === value) return i;
  throw new TypeError(`${String(value)} has no place in a record`);
}
