/**
 * Requests to and replies from a proving thread as one tight byte array each, which is transferred rather than cloned
 * value by value. Both ends run the same code of one process, so the shape is asserted, not validated.
 */
import { strict as assert } from 'node:assert';
import { Packr } from 'msgpackr';
import type { ProveReply, ProveRequest } from './contract.ts';

/** Records are off: they share state between messages, and a replaced thread would not have it. */
const packr = new Packr({ useRecords: false });

/** A family's input: strings, numbers and byte strings, in plain objects. */
export function packInput(input: unknown): Uint8Array {
  return new Uint8Array(packr.pack(input));
}

export function unpackInput(packed: Uint8Array): unknown {
  return packr.unpack(packed);
}

export function packRequest(request: ProveRequest): Uint8Array<ArrayBuffer> {
  return pack(request);
}

export function unpackRequest(packed: Uint8Array): ProveRequest {
  const request: ProveRequest = packr.unpack(packed);
  assert(typeof request.trustRevision === 'string' && Array.isArray(request.items), 'a request to prove');
  return request;
}

export function packReply(reply: ProveReply): Uint8Array<ArrayBuffer> {
  return pack(reply);
}

export function unpackReply(packed: Uint8Array): ProveReply {
  const reply: ProveReply = packr.unpack(packed);
  assert(reply.kind === 'verdicts' || reply.kind === 'trust_missing', 'a reply of a proving thread');
  return reply;
}

/** The packer hands out a view of a buffer it uses again: copy, so that the whole buffer may be transferred. */
function pack(value: ProveRequest | ProveReply): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(value));
}
