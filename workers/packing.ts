/**
 * Requests to and replies from a proving thread as one tight byte array each, which is transferred rather than cloned
 * value by value. Both ends run the same code of one process, so the shape is asserted, not validated.
 */
import { strict as assert } from 'node:assert';
import { Unpackr } from 'msgpackr';
import { readMsgpack } from './codecs/msgpack-reader.ts';
import { MsgpackWriter } from './codecs/msgpack-writer.ts';
import type { ProofFacts, ProofVerdict, ProveReply, ProveRequest, ProveStats } from './contract.ts';
import type { TrustDocument } from './trust/document.ts';

/** Records are off: they share state between messages, and a replaced thread would not have it. */
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const writer = new MsgpackWriter();

/** A family's input: strings, numbers and byte strings, in plain objects. */
export function packInput(input: unknown): Uint8Array {
  return writer.reset().value(input).pooled();
}

export function unpackInput(packed: Uint8Array): unknown {
  return read(packed);
}

export function packRequest({ trustRevision, trust, detail, items }: ProveRequest): Uint8Array<ArrayBuffer> {
  writer.reset().array(5).text(REQUEST).text(trustRevision).value(trust).bool(detail).array(items.length);
  for (const { family, packedInput, atMs } of items) {
    writer.array(3).text(family).bin(packedInput).number(atMs);
  }
  return writer.copy();
}

export function unpackRequest(packed: Uint8Array): ProveRequest {
  const [kind, trustRevision, trust, detail, items] = read(packed) as PackedRequest;
  assert(kind === REQUEST && typeof trustRevision === 'string' && Array.isArray(items), 'a request to prove');
  return {
    trustRevision,
    trust,
    detail,
    items: items.map(([family, packedInput, atMs]) => ({ family, packedInput, atMs })),
  };
}

export function packReply(reply: ProveReply): Uint8Array<ArrayBuffer> {
  if (reply.kind === 'trust_missing') return writer.reset().array(1).text(reply.kind).copy();
  const { kind, verdicts, stats } = reply;
  writer.reset().array(3).text(kind).value(stats).array(verdicts.length);
  for (const verdict of verdicts) writeVerdict(verdict);
  return writer.copy();
}

export function unpackReply(packed: Uint8Array): ProveReply {
  const [kind, stats, verdicts] = unpackr.unpack(packed) as PackedReply;
  if (kind === 'trust_missing') return { kind };
  assert(kind === 'verdicts' && Array.isArray(verdicts), 'a reply of a proving thread');
  return { kind, verdicts: verdicts.map(readVerdict), stats };
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
  trust: TrustDocument | null,
  detail: boolean,
  items: readonly (readonly [family: string, packedInput: Uint8Array, atMs: number])[],
];
type PackedReply = readonly [kind: string, stats: ProveStats, verdicts: readonly PackedVerdict[]];
type PackedVerdict = readonly [
  ok: boolean,
  code: ProofVerdict['code'],
  failed: string | null,
  facts: PackedFacts | null,
  checks: ProofVerdict['checks'],
];
type PackedFacts = readonly [
  credentialId: string,
  issuer: string,
  region: string,
  subject: string,
  mode: string,
  nonce: string,
  replayableUntilMs: number | null,
  validUntilMs: number,
  claims: ProofFacts['claims'],
  statusReference?: readonly [uri: string, index: number],
];

function writeVerdict({ ok, code, failed, facts, checks }: ProofVerdict): void {
  writer.array(5).bool(ok).text(code).value(failed);
  if (facts === null) writer.nil();
  else {
    const { statusReference } = facts;
    writer.array(statusReference ? 10 : 9);
    writer.text(facts.credentialId).text(facts.issuer).text(facts.region).text(facts.subject);
    writer.text(facts.mode).text(facts.nonce).value(facts.replayableUntilMs).number(facts.validUntilMs);
    writer.value(facts.claims);
    if (statusReference) writer.array(2).text(statusReference.uri).number(statusReference.index);
  }
  writer.value(checks);
}

function readVerdict([ok, code, failed, facts, checks]: PackedVerdict): ProofVerdict {
  return { ok, code, failed, facts: facts && readFacts(facts), checks };
}

function readFacts(packed: PackedFacts): ProofFacts {
  const [
    credentialId,
    issuer,
    region,
    subject,
    mode,
    nonce,
    replayableUntilMs,
    validUntilMs,
    claims,
    status,
  ] = packed;
  const facts = {
    credentialId,
    issuer,
    region,
    subject,
    mode,
    nonce,
    replayableUntilMs,
    validUntilMs,
    claims,
  };
  if (!status) return facts;
  const [uri, index] = status;
  return { ...facts, statusReference: { uri, index } };
}
