/**
 * A decision record as bytes, to be read for years: one version byte, a CRC-32, and a MessagePack array of fixed
 * layout. The CRC covers the position too, so that a record found in another's place is noticed.
 *
 * A field that repeats another (an answer's time, mode and scene usually do) is kept as nil.
 *
 * Each version is the one before with fields behind it. All of them are read; only the last is written.
 */
import { Packr } from 'msgpackr';
import { CODES, type Code } from '../../../config/codes.ts';
import { toHex } from '../../../workers/codecs/hex.ts';
import type {
  BudgetFacts,
  DecisionAnswer,
  ReplayFacts,
  StatusFacts,
  VerdictFacts,
} from '../../verification.ts';
import { JournalError } from '../journal-error.ts';
import { type DecisionRecord, POLICY_LIST, type RecordVersion } from './record.ts';
import { FRAME_BYTES, frameChecksum } from './record-frame.ts';
import {
  GROUP_SAID,
  LIST_SAID,
  LIVE,
  MODES,
  OUTCOMES,
  PASSAGE_STATES,
  REPLAY_SCOPES,
  SOURCES,
  STATES,
  VERSION,
} from './record-values.ts';

export { encodeRecord } from './record-encoder.ts';

const PSEUDONYM_BYTES = 16;
const STREAM_BYTES = 16;
const LIST_KEY_BYTES = 16;

const packr = new Packr({ useRecords: false, mapsAsObjects: true });

/** A record and the latest time of any record up to it, milliseconds: what makes search by time exact. */
export interface StoredRecord {
  readonly record: DecisionRecord;
  readonly peakMs: number;
}

/** The record of a position. Throws JournalError `corrupt` unless the bytes are exactly such a record. */
export function decodeRecord(position: number, bytes: Uint8Array): StoredRecord {
  if (bytes.length < FRAME_BYTES) throw corrupt(position, 'it is cut off');
  const version = bytes[0];
  if (!isVersion(version)) {
    throw corrupt(position, `its layout is version ${version}, not 1 to ${VERSION}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes.subarray(FRAME_BYTES);
  if (view.getUint32(1) !== frameChecksum(position, body)) throw corrupt(position, 'its checksum is wrong');
  let fields: unknown;
  try {
    fields = packr.unpack(body);
  } catch (cause) {
    throw corrupt(position, 'it is not MessagePack', cause);
  }
  if (!Array.isArray(fields)) throw corrupt(position, 'it is not an array');
  return readFields(position, version, new FieldReader(position, fields));
}

function readFields(position: number, version: RecordVersion, read: FieldReader): StoredRecord {
  const tap = { deviceId: read.text(), stream: toHex(read.bytes(STREAM_BYTES)), seq: read.whole() };
  const atMs = read.number();
  const peakMs = atMs + read.number();
  const first = {
    v: version,
    position,
    tap,
    digest: read.bytes(PSEUDONYM_BYTES),
    family: read.text(),
    scene: read.text(),
    policy: read.text(),
    policyRevision: read.text(),
    trustRevision: read.text(),
    mode: read.member(MODES),
    atMs,
    proof: readProof(read),
    status: readStatus(read),
    replay: readReplay(read),
  } as const;
  const answer = readAnswer(read, first);
  const added = version === 1 ? LACKING : readAdded(read, version);
  const asked = version >= 3 ? readAsked(read) : null;
  const shared = version >= 4 ? readShared(read) : NOT_SHARED;
  const former = version >= 5 ? readFormer(read) : null;
  read.end();
  const { trustGrace, modeForced, status, budget, lists } = added;
  const record: DecisionRecord = {
    ...first,
    ...(former !== null && { proof: { ...first.proof, former } }),
    trustGrace,
    modeForced,
    status: { ...first.status, ...status },
    replay: { ...first.replay, ...shared },
    ...(asked ?? { groups: {}, lists, passage: null }),
    budget,
    answer: trustGrace ? { ...answer, trustGrace } : answer,
  };
  return { record, peakMs };
}

/** What version 2 added. */
interface AddedFields extends Pick<DecisionRecord, 'trustGrace' | 'modeForced' | 'budget' | 'lists'> {
  readonly status: Pick<StatusFacts, 'live' | 'listKey'>;
}

const LACKING: AddedFields = {
  trustGrace: false,
  modeForced: false,
  status: { live: 'not_wanted', listKey: null },
  lists: {},
  budget: null,
};

/** What version 4 added. */
type SharedFields = Pick<ReplayFacts, 'scope' | 'shared'>;

const NOT_SHARED: SharedFields = { scope: 'gateway', shared: [] };

function readAdded(read: FieldReader, version: Exclude<RecordVersion, 1>): AddedFields {
  return {
    trustGrace: read.flag(),
    modeForced: read.flag(),
    status: {
      live: read.member(LIVE),
      listKey: read.orNull(() => read.bytes(LIST_KEY_BYTES)),
    },
    lists: readPolicyList(read, version),
    budget: readBudget(read),
  };
}

/** Version 2 kept what the list said that the policy named, and not which it was. */
function readPolicyList(read: FieldReader, version: Exclude<RecordVersion, 1>): DecisionRecord['lists'] {
  if (version !== 2) {
    read.nil();
    return {};
  }
  const said = read.orNull(() => read.member(LIST_SAID));
  return said === null ? {} : { [POLICY_LIST]: said };
}

/** What version 3 added. */
function readAsked(read: FieldReader): Pick<DecisionRecord, 'groups' | 'lists' | 'passage'> {
  return {
    groups: read.texts(GROUP_SAID),
    lists: read.texts(LIST_SAID),
    passage: readPassage(read),
  };
}

function readShared(read: FieldReader): SharedFields {
  const scope = read.member(REPLAY_SCOPES);
  const first = read.orNull(() => read.bytes(PSEUDONYM_BYTES));
  if (first === null) {
    read.nil();
    return { scope, shared: [] };
  }
  const second = read.orNull(() => read.bytes(PSEUDONYM_BYTES));
  return { scope, shared: second === null ? [first] : [first, second] };
}

/** What version 5 added. */
function readFormer(read: FieldReader): NonNullable<VerdictFacts['former']> | null {
  const credential = read.orNull(() => read.bytes(PSEUDONYM_BYTES));
  if (credential !== null) return { credential, subject: read.bytes(PSEUDONYM_BYTES) };
  read.nil();
  return null;
}

function readPassage(read: FieldReader): DecisionRecord['passage'] {
  const state = read.orNull(() => read.member(PASSAGE_STATES));
  if (state !== null) return { state, sinceMs: read.number() };
  read.nil();
  return null;
}

function readBudget(read: FieldReader): BudgetFacts | null {
  const device = read.orNull(() => read.whole());
  if (device === null) {
    read.nil();
    read.nil();
    return null;
  }
  return { device, outage: read.whole(), card: read.orNull(() => read.whole()) };
}

function readProof(read: FieldReader): VerdictFacts {
  return {
    ok: read.flag(),
    code: read.code(),
    failed: read.orNull(() => read.text()),
    issuer: read.orNull(() => read.text()),
    region: read.orNull(() => read.text()),
    mode: read.orNull(() => read.text()),
    credential: read.orNull(() => read.bytes(PSEUDONYM_BYTES)),
    subject: read.orNull(() => read.bytes(PSEUDONYM_BYTES)),
    claims: read.scalars(),
  };
}

function readStatus(read: FieldReader): Omit<StatusFacts, keyof AddedFields['status']> {
  return {
    state: read.member(STATES),
    source: read.member(SOURCES),
    listRevision: read.orNull(() => read.text()),
    ageMs: read.number(),
    entitlements: read.number(),
  };
}

function readReplay(read: FieldReader): Omit<ReplayFacts, keyof SharedFields> {
  return {
    key: read.orNull(() => read.bytes(PSEUDONYM_BYTES)),
    untilMs: read.number(),
    seenBefore: read.flag(),
  };
}

function readAnswer(
  read: FieldReader,
  record: Pick<DecisionRecord, 'tap' | 'atMs' | 'mode' | 'scene'>,
): DecisionAnswer {
  return {
    kind: 'decision',
    seq: record.tap.seq,
    decisionId: read.text(),
    outcome: read.member(OUTCOMES),
    code: read.code(),
    atMs: read.orNull(() => read.number()) ?? record.atMs,
    mode: read.orNull(() => read.member(MODES)) ?? record.mode,
    scene: read.orNull(() => read.text()) ?? record.scene,
    facts: read.scalars(),
  };
}

/** Reads fields one after the other; each must be of the asked kind. */
class FieldReader {
  readonly #position: number;
  readonly #fields: readonly unknown[];
  #next = 0;

  constructor(position: number, fields: readonly unknown[]) {
    this.#position = position;
    this.#fields = fields;
  }

  text(): string {
    const value = this.#take();
    return typeof value === 'string' ? value : this.#wrong('text');
  }

  number(): number {
    const value = this.#take();
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#wrong('a number');
  }

  whole(): number {
    const value = this.number();
    return Number.isSafeInteger(value) && value >= 0 ? value : this.#wrong('a whole number');
  }

  flag(): boolean {
    const value = this.#take();
    return typeof value === 'boolean' ? value : this.#wrong('true or false');
  }

  bytes(length: number): Uint8Array {
    const value = this.#take();
    return value instanceof Uint8Array && value.length === length
      ? new Uint8Array(value)
      : this.#wrong(`${length} bytes`);
  }

  member<T>(values: readonly T[]): T {
    return values[this.whole()] ?? this.#wrong('a known value');
  }

  code(): Code {
    const value = this.text();
    return isCode(value) ? value : this.#wrong('a known code');
  }

  orNull<T>(read: () => T): T | null {
    if (this.#fields[this.#next] !== null) return read();
    this.#next += 1;
    return null;
  }

  nil(): void {
    if (this.#take() !== null) this.#wrong('nothing');
  }

  scalars(): Record<string, string | number | boolean> {
    const value = this.#take();
    return isScalarMap(value) ? value : this.#wrong('a map of plain values');
  }

  /** A map whose every value is one of these. */
  texts<T extends string>(values: readonly T[]): Readonly<Record<string, T>> {
    const map = this.scalars();
    for (const name in map) {
      if (!(values as readonly unknown[]).includes(map[name])) this.#wrong('a map of known values');
    }
    return map as Record<string, T>;
  }

  end(): void {
    if (this.#next !== this.#fields.length)
      throw corrupt(this.#position, 'it has more fields than its layout');
  }

  #take(): unknown {
    if (this.#next >= this.#fields.length)
      throw corrupt(this.#position, 'it has fewer fields than its layout');
    const value = this.#fields[this.#next];
    this.#next += 1;
    return value;
  }

  #wrong(expected: string): never {
    throw corrupt(this.#position, `field ${this.#next} is not ${expected}`);
  }
}

function isScalarMap(value: unknown): value is Record<string, string | number | boolean> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false;
  for (const scalar of Object.values(value)) {
    if (typeof scalar !== 'string' && typeof scalar !== 'number' && typeof scalar !== 'boolean') return false;
  }
  return true;
}

function isVersion(byte: number | undefined): byte is RecordVersion {
  return byte !== undefined && byte >= 1 && byte <= VERSION;
}

function isCode(value: string): value is Code {
  return Object.hasOwn(CODES, value);
}

function corrupt(position: number, why: string, cause?: unknown): JournalError {
  return new JournalError('corrupt', `the record at position ${position} is damaged: ${why}`, { cause });
}
