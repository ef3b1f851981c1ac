/** One line of `onecard verify`: read strictly into something to prove, or into the reason why it cannot be. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Code } from '../../config/codes.ts';
import type { ProveItem } from '../../workers/contract.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { type AnyFamily, FAMILIES } from '../../workers/families/table.ts';
import { INSTANT_PATTERN, parseInstantMs } from '../codec/instant.ts';
import type { Line } from '../codec/lines.ts';
import { parseStrictJson } from '../codec/strict-json.ts';

/** Room for a bare signature over a message of 2 MiB in hex; credentials need a few KiB. */
export const LINE_BYTES_MAX = 5_242_880;
const JSON_LIMITS = { depth: 6, entries: 128 };
const ID_CHARACTERS_MAX = 256;

export type LineId = string | number | null;

export type ReadLine =
  | { readonly kind: 'item'; readonly id: LineId; readonly item: ProveItem }
  | {
      readonly kind: 'malformed';
      readonly id: LineId;
      /** The finer code; the line itself always answers request.malformed. */
      readonly reason: Code;
      /** JSON pointer to what is wrong, where that is one place. */
      readonly field: string | null;
    };

interface Accepted {
  readonly id: string;
  readonly at: string;
  readonly credential: unknown;
  readonly context: unknown;
}

const readers = new Map(
  FAMILIES.map((family) => [family.name, { family, schema: Compile(lineSchema(family)) }]),
);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function lineSchema(family: AnyFamily) {
  return Type.Object(
    {
      id: Type.String({ maxLength: ID_CHARACTERS_MAX }),
      family: Type.Literal(family.name),
      at: Type.String({ pattern: INSTANT_PATTERN }),
      credential: family.credentialSchema(hexForm),
      context: family.contextSchema(hexForm),
    },
    { additionalProperties: false },
  );
}

/** Never throws for any line. */
export function readLine(line: Line): ReadLine {
  if (line === null) return malformed(null, 'request.too_large');
  const text = decodeUtf8(line);
  if (text === null) return malformed(null, 'request.malformed');
  const json = parseStrictJson(text, JSON_LIMITS);
  if (!json.ok) return malformed(null, json.code);
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed(null, 'request.wrong_type', '');
  }
  const { id, family: name } = value as { readonly id?: unknown; readonly family?: unknown };
  const reader = typeof name === 'string' ? readers.get(name) : undefined;
  if (reader === undefined) {
    return malformed(
      id,
      typeof name === 'string' ? 'request.unknown_family' : 'request.wrong_type',
      '/family',
    );
  }
  if (!reader.schema.Check(value)) {
    const [first] = reader.schema.Errors(value);
    return malformed(id, 'request.wrong_type', first?.instancePath ?? '');
  }
  return toItem(reader.family, value as unknown as Accepted);
}

function toItem(family: AnyFamily, { id, at, credential, context }: Accepted): ReadLine {
  const atMs = parseInstantMs(at);
  if (atMs === null) return malformed(id, 'request.wrong_type', '/at');
  return {
    kind: 'item',
    id,
    item: { family: family.name, input: family.read(credential, context, hexForm), atMs },
  };
}

/** A byte order mark is kept, and is then no JSON (RFC 8259 clause 8.1: it must not be added). */
function decodeUtf8(line: Uint8Array): string | null {
  try {
    return utf8.decode(line);
  } catch {
    return null;
  }
}

function malformed(id: unknown, reason: Code, field: string | null = null): ReadLine {
  const echoed =
    (typeof id === 'string' && id.length <= ID_CHARACTERS_MAX) || typeof id === 'number' ? id : null;
  return { kind: 'malformed', id: echoed, reason, field };
}
