/**
 * Requests to a proving thread as one tight byte array each, which is transferred rather than cloned value by value.
 * Both ends run the same code of one process, so the shape is asserted, not validated. Replies: `reply-packing.ts`.
 */
import { strict as assert } from 'node:assert';
import { readMsgpack } from './codecs/msgpack-reader.ts';
import { MsgpackWriter } from './codecs/msgpack-writer.ts';
import type { ProveRequest } from './contract.ts';

const writer = new MsgpackWriter();

/** A family's input: strings, numbers and byte strings, in plain objects. */
export function packInput(input: unknown): Uint8Array {
  return writer.reset().value(input).pooled();
}

export function unpackInput(packed: Uint8Array): unknown {
  return read(packed);
}

export function packRequest({ trustRevision, items }: ProveRequest): Uint8Array<ArrayBuffer> {
  writer.reset().array(3).text(REQUEST).text(trustRevision).array(items.length);
  for (const { family, scene, packedInput, atMs, disclose } of items) {
    writer
      .array(disclose === undefined ? 4 : 5)
      .text(family)
      .text(scene)
      .bin(packedInput)
      .number(atMs);
    if (disclose !== undefined) writer.value(disclose);
  }
  return writer.copy();
}

export function unpackRequest(packed: Uint8Array): ProveRequest {
  const [kind, trustRevision, items] = read(packed) as PackedRequest;
  assert(kind === REQUEST && typeof trustRevision === 'string' && Array.isArray(items), 'a request to prove');
  return {
    trustRevision,
    items: items.map(([family, scene, packedInput, atMs, disclose]) =>
      disclose === undefined
        ? { family, scene, packedInput, atMs }
        : { family, scene, packedInput, atMs, disclose },
    ),
  };
}

/** What this file packed; its bounds are those of what was packed. */
function read(packed: Uint8Array): unknown {
  const result = readMsgpack(packed, UNBOUNDED);
  assert(result.ok, 'packed bytes');
  return result.value;
}

const UNBOUNDED = { depth: Number.POSITIVE_INFINITY, entries: Number.POSITIVE_INFINITY };

/** What a request begins with, so that it is never taken for a reply. */
const REQUEST = 'prove';

/** Fields go by their place, not by name: names would be a third of the bytes, and of the work. */
type PackedRequest = readonly [
  kind: string,
  trustRevision: string,
  items: readonly (readonly [
    family: string,
    scene: string,
    packedInput: Uint8Array,
    atMs: number,
    disclose?: readonly string[],
  ])[],
];
