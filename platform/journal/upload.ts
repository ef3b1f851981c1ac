/** The two forms of an upload of journal records (docs/platform.md), read strictly. */
import { Packr } from 'msgpackr';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

export const JSON_RECORDS_MAX = 1_000;
/** Of the packed form. */
export const RECORDS_MAX = 16_384;

const gateway = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' });

const JsonSchema = Type.Object(
  {
    gateway,
    records: Type.Array(
      // The rest of a record is the gateway's business.
      Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }),
      { maxItems: JSON_RECORDS_MAX },
    ),
  },
  { additionalProperties: false },
);
const PackedHeadSchema = Type.Object(
  {
    gateway,
    epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    first: Type.Integer({ minimum: 1, maximum: 2 ** 52 }),
    records: Type.Array(Type.Unknown()),
  },
  { additionalProperties: false },
);

const epoch = Type.String({ pattern: '^[0-9a-f]{16}$' });
const EpochSchema = Type.Object(
  { gateway, epoch, parent: epoch, first: Type.Integer({ minimum: 1, maximum: 2 ** 52 }) },
  { additionalProperties: false },
);

/** An epoch that forks from another, and the first position it names. */
export type EpochUpload = Static<typeof EpochSchema>;
export type JsonUpload = Static<typeof JsonSchema>;

/** Records as the gateway stores them, at the positions from `first` on. */
export interface PackedUpload {
  readonly gateway: string;
  readonly epoch: string;
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

const json = Compile(JsonSchema);
const epochUpload = Compile(EpochSchema);
const packedHead = Compile(PackedHeadSchema);
const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

export function isJsonUpload(value: unknown): value is JsonUpload {
  return json.Check(value);
}

export function isEpochUpload(value: unknown): value is EpochUpload {
  return epochUpload.Check(value) && value.epoch !== value.parent;
}

/** What the bytes are: an upload, one of too many records, or none. */
export function readPackedUpload(body: Uint8Array): PackedUpload | 'too_many' | null {
  let value: unknown;
  try {
    value = packr.unpack(body);
  } catch {
    return null;
  }
  if (!packedHead.Check(value)) return null;
  const { gateway, epoch, first, records } = value;
  if (records.length > RECORDS_MAX) return 'too_many';
  const isBytes = (record: unknown): record is Uint8Array => record instanceof Uint8Array;
  return records.every(isBytes) ? { gateway, epoch, first, records } : null;
}

export function packUpload(upload: PackedUpload): Uint8Array {
  return packr.pack(upload);
}

/** Epoch and position of a record id of that form; null for any other. */
export function positionOf(id: string): { readonly epoch: string; readonly position: number } | null {
  const [, epoch, digits] = /^([0-9a-f]{16}):([1-9]\d{0,14})$/.exec(id) ?? [];
  return epoch === undefined ? null : { epoch, position: Number(digits) };
}
