/** A credential to prove, as `onecard verify` and `onecard-gateway/verify` take it: read strictly, or refused with the reason. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Code } from '../config/codes.ts';
import { PERSONAL_CLAIM_NAMES } from '../config/personal-claims.ts';
import { INSTANT_PATTERN, parseInstantMs } from '../workers/codecs/instant.ts';
import type { ProveItem } from '../workers/contract.ts';
import { hexForm } from '../workers/families/byte-form.ts';
import { type AnyFamily, FAMILIES } from '../workers/families/table.ts';

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

/** `value`: as it comes from JSON. Never throws. */
export function readItem(value: unknown): ReadLine {
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
  const whole = 'context' in value ? value : { ...value, context: {} };
  if (!reader.schema.Check(whole)) {
    const [first] = reader.schema.Errors(whole);
    return malformed(id, 'request.wrong_type', first?.instancePath ?? '');
  }
  return toItem(reader.family, whole as unknown as Accepted);
}

function toItem(family: AnyFamily, { id, at, credential, context }: Accepted): ReadLine {
  const atMs = parseInstantMs(at);
  if (atMs === null) return malformed(id, 'request.wrong_type', '/at');
  return {
    kind: 'item',
    id,
    item: {
      family: family.name,
      input: family.read(credential, context, hexForm),
      atMs,
      // Whoever has the credential and this program may see what it says.
      disclose: PERSONAL_CLAIM_NAMES,
    },
  };
}

export function malformed(id: unknown, reason: Code, field: string | null = null): ReadLine {
  const echoed =
    (typeof id === 'string' && id.length <= ID_CHARACTERS_MAX) || typeof id === 'number' ? id : null;
  return { kind: 'malformed', id: echoed, reason, field };
}
