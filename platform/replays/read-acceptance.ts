/**
 * Of a packed record (docs/journal-records.md), what tells one presentation from another: read strictly, and nothing else
 * is looked at.
 */
import { Unpackr } from 'msgpackr';
import { type Acceptance, REPLAY_SCOPES } from '../../reports/accepted-again.ts';
import { toHex } from '../../workers/codecs/hex.ts';

/** An acceptance, and what its presentation is called in the cluster: one name for each key in force. */
export interface NamedAcceptance {
  readonly acceptance: Acceptance;
  readonly names: readonly Uint8Array[];
}

export interface RecordPlace {
  readonly gateway: string;
  readonly epoch: string;
  readonly position: number;
}

/** Version byte and CRC-32. */
const FRAME_BYTES = 5;
/** The first version with shared names; later ones have fields behind these. */
const VERSION_MIN = 4;
const FIELD = {
  device: 0,
  stream: 1,
  seq: 2,
  atMs: 3,
  scene: 7,
  key: 26,
  untilMs: 27,
  seenBefore: 28,
  outcome: 30,
  scope: 48,
  names: [49, 50],
} as const;
/** By number in a record; 1 is a deny, which uses nothing up. */
const ACCEPTED: Readonly<Record<number, Acceptance['outcome']>> = { 0: 'allow', 2: 'refer' };
const NAME_BYTES = 16;
const TEXT_MAX = 512;

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** Null: it used no presentation up, or none that has a name in the cluster; or it is no such record. */
export function readAcceptance(place: RecordPlace, stored: Uint8Array): NamedAcceptance | null {
  if ((stored[0] ?? 0) < VERSION_MIN) return null;
  const fields = unpacked(stored.subarray(FRAME_BYTES));
  if (fields === null) return null;
  const names = FIELD.names.map((at) => fields[at]).filter(isName);
  const outcome = ACCEPTED[Number(fields[FIELD.outcome])];
  if (names.length === 0 || outcome === undefined || !wasFirst(fields)) return null;
  const [device, scene, stream, seq] = [FIELD.device, FIELD.scene, FIELD.stream, FIELD.seq].map(
    (at) => fields[at],
  );
  const [atMs, untilMs] = [fields[FIELD.atMs], fields[FIELD.untilMs]];
  const scope = REPLAY_SCOPES[Number(fields[FIELD.scope])];
  if (!isText(device) || !isText(scene) || !isName(stream) || !isWhole(seq)) return null;
  if (!isWhole(atMs) || typeof untilMs !== 'number' || !(untilMs >= 0) || scope === undefined) return null;
  const { gateway, epoch, position } = place;
  const tap = `${toHex(stream)}:${seq}`;
  return {
    acceptance: { gateway, id: `${epoch}:${position}`, device, tap, scene, outcome, scope, atMs, untilMs },
    names: names.map((name) => Uint8Array.from(name)),
  };
}

function unpacked(body: Uint8Array): readonly unknown[] | null {
  try {
    const value: unknown = unpackr.unpack(body);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** It was proven, and not known to be used. */
function wasFirst(fields: readonly unknown[]): boolean {
  return fields[FIELD.key] instanceof Uint8Array && fields[FIELD.seenBefore] === false;
}

const isName = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length === NAME_BYTES;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= TEXT_MAX;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
