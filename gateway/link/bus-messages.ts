/**
 * Messages of the stream of lists, read strictly (docs/cluster.md). They only bring what the platform signed; nothing in
 * them is believed for having come by the stream.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseStrictJson } from '../../workers/codecs/strict-json.ts';
import type { DeltaAnswer } from '../knowledge/cards/follow-cards.ts';
import type { MetadataSet } from '../knowledge/trust/metadata-fetcher.ts';

/** Header of a target: the path it has over HTTP. */
export const PATH_HEADER = 'Onecard-Path';

export interface BusDeltas extends DeltaAnswer {
  /** Version of the newest timestamp of the platform's repository: a hint that there is one, and no more than that. */
  readonly trust: number;
}

/** What a message says of its place before anything is verified: enough to pass over what is older. */
export interface ClaimedHead {
  readonly generation: string;
  readonly revision: number;
  readonly issuedAtMs: number;
  /** Of its signature. */
  readonly alg: string;
}

const METADATA_FILES_MAX = 512;
const DELTAS_MAX = 100_000;
const WholeNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Deltas = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      head: Type.String(),
      deltas: Type.Array(Type.String(), { maxItems: DELTAS_MAX }),
      trust: WholeNumber,
    },
    { additionalProperties: false },
  ),
);
const Metadata = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      metadata: Type.Record(
        Type.String({ pattern: '^(?:timestamp|[1-9][0-9]{0,15}\\.(?:root|snapshot|targets|lists))\\.json$' }),
        Type.String(),
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
);
const Head = Compile(
  Type.Object({ generation: Type.String(), revision: WholeNumber, issuedAtMs: WholeNumber }),
);
const Header = Compile(Type.Object({ alg: Type.String() }));
const Timestamp = Compile(Type.Object({ signed: Type.Object({ version: WholeNumber }) }));
/** Signed files are read by who verifies them; here only a number is looked for. */
const CLAIM_LIMITS = { depth: 8, entries: 1_024 } as const;

/** Null: it is not of the documented shape. */
export function readDeltas(data: Uint8Array): BusDeltas | null {
  const read = parseStrictJson(text(data), { depth: 2, entries: DELTAS_MAX });
  return read.ok && Deltas.Check(read.value) ? read.value : null;
}

/** A whole consistent set by name, and the version that its timestamp claims; null: it is not of the documented shape. */
export function readMetadata(
  data: Uint8Array,
): { readonly set: MetadataSet; readonly version: number } | null {
  const read = parseStrictJson(text(data), { depth: 2, entries: METADATA_FILES_MAX });
  if (!read.ok || !Metadata.Check(read.value)) return null;
  const files = Object.entries(read.value.metadata);
  const set = new Map(files.map(([name, content]) => [name, Buffer.from(content)] as const));
  const timestamp = parseStrictJson(read.value.metadata['timestamp.json'] ?? '', CLAIM_LIMITS);
  if (!timestamp.ok || !Timestamp.Check(timestamp.value)) return null;
  return { set, version: timestamp.value.signed.version };
}

/** What a head says of itself, unverified; null: it cannot be read. */
export function claimedHead(jws: string): ClaimedHead | null {
  const [header, payload] = jws
    .split('.', 2)
    .map((part) => parseStrictJson(Buffer.from(part, 'base64url').toString('utf8'), CLAIM_LIMITS));
  if (!header?.ok || !payload?.ok) return null;
  if (!Header.Check(header.value) || !Head.Check(payload.value)) return null;
  const { generation, revision, issuedAtMs } = payload.value;
  return { generation, revision, issuedAtMs, alg: header.value.alg };
}

function text(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}
