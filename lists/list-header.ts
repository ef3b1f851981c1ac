/** The header of a list file: what the list is, and the sizes of what follows. Read strictly. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { NAMED_HEX_PATTERN } from '../crypto/named-digest.ts';
import { type BaseSizes, DICTIONARY_MAX, MAX_BUCKET_BITS, MIN_BUCKET_BITS } from './base-table.ts';
import { LISTED_STATES, type ListHead } from './list-handle.ts';

/** Longest header, bytes. */
export const MAX_HEADER_BYTES = 131_072;
/** As many cards as a place in a table can count with room to spare. */
const MAX_CARDS = 2 ** 30;

const hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$` });
const time = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const count = Type.Integer({ minimum: 0, maximum: MAX_CARDS });

export const ListNameSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' });

export const ListHeaderSchema = Type.Object(
  {
    format: Type.Literal('onecard.list.v1'),
    name: ListNameSchema,
    /** 16 bytes, drawn for each generation. */
    generation: hex(16),
    /** 16 bytes. */
    hashKey: hex(16),
    revision: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    chainHash: Type.String({ pattern: NAMED_HEX_PATTERN }),
    /** Of the chain that SM2 keys sign, where the one before is that of another: while gateways change over. */
    sm3ChainHash: Type.Optional(Type.String({ pattern: '^sm3:[0-9a-f]{64}$' })),
    issuedAtMs: time,
    freshUntilMs: time,
    staleUntilMs: time,
    covers: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 1_024 }),
    cards: count,
    bucketBits: Type.Integer({ minimum: MIN_BUCKET_BITS, maximum: MAX_BUCKET_BITS }),
    exceptions: count,
    dictionary: Type.Array(
      Type.Tuple([
        Type.Integer({ minimum: 1, maximum: LISTED_STATES.length }),
        Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
      ]),
      { maxItems: DICTIONARY_MAX },
    ),
  },
  { additionalProperties: false },
);

export type ListHeader = Static<typeof ListHeaderSchema>;

const compiled = Compile(ListHeaderSchema);

/** What is wrong with a header, or null: of the right shape, and of one mind. */
export function headerFault(value: unknown): string | null {
  if (!compiled.Check(value)) {
    const [first] = compiled.Errors(value);
    return `header: ${first?.instancePath || '/'} ${first?.message ?? 'is not as it should be'}`;
  }
  const { issuedAtMs, freshUntilMs, staleUntilMs, covers, dictionary, cards, exceptions } = value;
  if (issuedAtMs > freshUntilMs || freshUntilMs > staleUntilMs) {
    return 'header: a list is issued, then fresh, then stale';
  }
  if (new Set(covers).size !== covers.length) return 'header: it covers an issuer twice';
  if (new Set(dictionary.map(String)).size !== dictionary.length) return 'header: a value is there twice';
  if (exceptions > cards) return 'header: more exceptions than cards';
  return null;
}

/** The header in its text, which must be exactly as it is written: no space, no member twice. */
export function parseHeader(text: string): ListHeader | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'header: not JSON';
  }
  const fault = headerFault(value);
  if (fault !== null) return fault;
  return JSON.stringify(value) === text ? (value as ListHeader) : 'header: not as it is written';
}

export function headOf(header: ListHeader): ListHead {
  const { name, generation, revision, chainHash, sm3ChainHash } = header;
  const { issuedAtMs, freshUntilMs, staleUntilMs } = header;
  const times = { issuedAtMs, freshUntilMs, staleUntilMs };
  return { name, generation, revision, chainHash, ...(sm3ChainHash && { sm3ChainHash }), ...times };
}

export function sizesOf({ cards, bucketBits, exceptions }: ListHeader): BaseSizes {
  return { cards, bucketBits, exceptions };
}
