/**
 * Requests to and replies from a proving thread as one tight byte array each, which is transferred rather than cloned
 * value by value. Both ends run the same code of one process, so the shape is asserted, not validated.
 */
import { strict as assert } from 'node:assert';
import { Unpackr } from 'msgpackr';
import { MsgpackWriter } from './codecs/msgpack-writer.ts';
import type { ProveReply, ProveRequest } from './contract.ts';

/** Records are off: they share state between messages, and a replaced thread would not have it. */
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const writer = new MsgpackWriter();

/** A family's input: strings, numbers and byte strings, in plain objects. */
export function packInput(input: unknown): Uint8Array {
  return writer.reset().value(input).pooled();
}

export function unpackInput(packed: Uint8Array): unknown {
  return unpackr.unpack(packed);
}

export function packRequest(request: ProveRequest): Uint8Array<ArrayBuffer> {
  return pack(request);
}

export function unpackRequest(packed: Uint8Array): ProveRequest {
  const request: ProveRequest = unpackr.unpack(packed);
  assert(typeof request.trustRevision === 'string' && Array.isArray(request.items), 'a request to prove');
  return request;
}

export function packReply(reply: ProveReply): Uint8Array<ArrayBuffer> {
  return pack(reply);
}

export function unpackReply(packed: Uint8Array): ProveReply {
  const reply: ProveReply = unpackr.unpack(packed);
  assert(reply.kind === 'verdicts' || reply.kind === 'trust_missing', 'a reply of a proving thread');
  return reply;
}

/** In a buffer of its own, so that the whole of it may be transferred. */
function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return writer.reset().value(value).copy();
}
