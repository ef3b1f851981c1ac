/**
 * Replies of a proving thread as one tight byte array each, which is transferred. Both ends run the same code of one
 * process, so the shape is asserted, not validated.
 *
 * Numbers are little-endian. Texts that repeat in a batch (issuers, regions, names of claims) are stored once, in a
 * string table behind the verdicts, and are referred to by index.
 */

import { strict as assert } from 'node:assert';
import { CODES, type Code } from '../config/codes.ts';
import { type DisclosedClaims, disclosed, type PersonalText, personalText } from './claims.ts';
import type {
  FormerNames,
  NamedFacts,
  NamedVerdict,
  ProofFacts,
  ProofVerdict,
  ProveReply,
  ProveStats,
  StatusReference,
} from './contract.ts';
import { FURTHER_NAMES } from './names/further-names.ts';
import { ReplyReader } from './reply-reader.ts';
import { ReplyWriter } from './reply-writer.ts';

const TRUST_MISSING = 1;
const VERDICTS = 2;
const NAME_BYTES = 16;
/** Claims of one presentation: their number is one byte. */
export const CLAIMS_MAX = 255;

const OK = 1;
const HAS_FACTS = 2;
const HAS_FAILED = 4;
const HAS_REPLAYABLE_UNTIL = 8;
const HAS_STATUS_LIST = 16;
const HAS_IDENTIFIER_LIST = 32;
const HOLDER_BOUND = 64;
const HAS_DISCLOSED = 128;
/** What names there are behind the others (`Naming.further`), from this bit on. */
const FURTHER_NAMES_BIT = 8;
/** Where there are none. */
const NO_FURTHER = new Uint8Array(0);

/** Of the presentation, the credential, the subject and for replay. */
const NAMES_WITH_FACTS = 4;
/** Of the credential, the subject and for replay. */
const FORMER_NAMES = 3;

const UNPACKABLE: ProofVerdict = {
  ok: false,
  code: 'proof.internal',
  failed: 'claims',
  facts: null,
  checks: [],
};

const TEXT = 0;
const NUMBER = 1;
const FALSE = 2;
const TRUE = 3;

const codes = Object.keys(CODES) as Code[];
const codeIndex: ReadonlyMap<string, number> = new Map(codes.map((code, i) => [code, i]));

const writer = new ReplyWriter();
const reader = new ReplyReader();

export function packTrustMissing(): Uint8Array<ArrayBuffer> {
  writer.reset();
  writer.u8(TRUST_MISSING);
  return writer.copy();
}

/** `names`, `further`: as `Naming.nameAll` and `Naming.further` give them for the same items. */
export function packVerdicts(
  verdicts: readonly ProofVerdict[],
  names: Uint8Array,
  stats: ProveStats,
  further: Uint8Array = NO_FURTHER,
): Uint8Array<ArrayBuffer> {
  writer.reset();
  writer.u8(VERDICTS);
  writeStats(stats);
  writer.u32(verdicts.length);
  let at = 0;
  for (let i = 0; i < verdicts.length; i += 1) {
    at = writeVerdict(verdicts[i] as ProofVerdict, names, at, further[i] ?? 0);
  }
  assert(at === names.length, 'names of the same items');
  return writer.copy();
}

export function unpackReply(packed: Uint8Array): ProveReply {
  reader.open(packed);
  const kind = reader.u8();
  if (kind === TRUST_MISSING) return { kind: 'trust_missing' };
  assert(kind === VERDICTS, 'a reply of a proving thread');
  const stats = readStats();
  const count = reader.u32();
  const verdicts: NamedVerdict[] = [];
  for (let i = 0; i < count; i += 1) verdicts.push(readVerdict());
  reader.close();
  return { kind: 'verdicts', verdicts, stats };
}

function writeStats(stats: ProveStats): void {
  writer.sharedText(stats.engine);
  writer.f64(stats.busyMs);
  writer.u32(stats.signatures);
  writer.u32(stats.chainHits);
  writer.u32(stats.chainMisses);
  writer.u32(stats.authorisationHits);
  writer.u32(stats.authorisationMisses);
  const { coldItems = [] } = stats;
  writer.u32(coldItems.length);
  for (const item of coldItems) writer.u32(item);
  writer.u8(stats.remembered?.size ?? 0);
  if (stats.remembered === undefined) return;
  for (const [part, bytes] of stats.remembered) {
    writer.sharedText(part);
    writer.f64(bytes);
  }
}

function readStats(): ProveStats {
  const stats = {
    engine: reader.sharedText(),
    busyMs: reader.f64(),
    signatures: reader.u32(),
    chainHits: reader.u32(),
    chainMisses: reader.u32(),
    authorisationHits: reader.u32(),
    authorisationMisses: reader.u32(),
  };
  const cold = reader.u32();
  const coldItems: number[] = [];
  for (let i = 0; i < cold; i += 1) coldItems.push(reader.u32());
  const parts = reader.u8();
  if (cold === 0 && parts === 0) return stats;
  const remembered = new Map<string, number>();
  for (let i = 0; i < parts; i += 1) remembered.set(reader.sharedText(), reader.f64());
  return { ...stats, ...(cold > 0 && { coldItems }), ...(parts > 0 && { remembered }) };
}

/** Returns where the names of the next verdict begin. */
function writeVerdict(verdict: ProofVerdict, names: Uint8Array, at: number, further: number): number {
  if (verdict.facts !== null && hasTooManyClaims(verdict.facts)) {
    // A fault of a family of ours: it costs this tap a code, not the batch its thread. The first name is the presentation's.
    writeVerdict(UNPACKABLE, names, at, 0);
    return at + namesWith(further) * NAME_BYTES;
  }
  const { ok, code, failed, facts } = verdict;
  const index = codeIndex.get(code);
  assert(index !== undefined, 'a code of the table');
  let flags = ok ? OK : 0;
  if (failed !== null) flags |= HAS_FAILED;
  if (facts !== null) {
    flags |= HAS_FACTS;
    if (facts.replayableUntilMs !== null) flags |= HAS_REPLAYABLE_UNTIL;
    const { statusReference } = facts;
    if (statusReference !== undefined) {
      flags |= statusReference.kind === 'status_list' ? HAS_STATUS_LIST : HAS_IDENTIFIER_LIST;
    }
    if (facts.holderBound) flags |= HOLDER_BOUND;
    if (facts.disclosed !== undefined) flags |= HAS_DISCLOSED;
    flags |= further << FURTHER_NAMES_BIT;
  }
  writer.u16(flags);
  writer.u16(index);
  if (failed !== null) writer.sharedText(failed);
  const end = at + (facts === null ? 1 : namesWith(further)) * NAME_BYTES;
  writer.raw(names, at, end);
  if (facts !== null) writeFacts(facts);
  return end;
}

/** Names of a proven presentation. */
function namesWith(further: number): number {
  const former = (further & FURTHER_NAMES.former) === 0 ? 0 : FORMER_NAMES;
  return NAMES_WITH_FACTS + (further & FURTHER_NAMES.shared) + former;
}

function hasTooManyClaims({ claims, disclosed: shown }: ProofFacts): boolean {
  return (
    Object.keys(claims).length > CLAIMS_MAX || (shown !== undefined && Object.keys(shown).length > CLAIMS_MAX)
  );
}

function readVerdict(): NamedVerdict {
  const flags = reader.u16();
  const code = codes[reader.u16()];
  assert(code !== undefined, 'a code of the table');
  const failed = (flags & HAS_FAILED) === 0 ? null : reader.sharedText();
  const presentationDigest = reader.bytes(NAME_BYTES);
  const facts = (flags & HAS_FACTS) === 0 ? null : readFacts(flags);
  return { ok: (flags & OK) !== 0, code, failed, presentationDigest, facts };
}

function writeFacts(facts: ProofFacts): void {
  const { replayableUntilMs, statusReference, disclosed: shown } = facts;
  writer.ownText(disclosed(facts.credentialId));
  writer.sharedText(facts.issuer);
  writer.sharedText(facts.region);
  writer.sharedText(facts.mode);
  writer.f64(facts.validUntilMs);
  if (replayableUntilMs !== null) writer.f64(replayableUntilMs);
  writeClaims(facts.claims);
  if (shown !== undefined) writeDisclosed(shown);
  if (statusReference === undefined) return;
  writer.sharedText(statusReference.uri);
  if (statusReference.kind === 'status_list') writer.f64(statusReference.index);
  else writer.ownText(statusReference.id);
}

function readFacts(flags: number): NamedFacts {
  const credentialName = reader.bytes(NAME_BYTES);
  const subjectName = reader.bytes(NAME_BYTES);
  const replayName = reader.bytes(NAME_BYTES);
  const further = readFurther(flags >> FURTHER_NAMES_BIT);
  const credentialId = personalText(reader.ownText());
  const issuer = reader.sharedText();
  const region = reader.sharedText();
  const mode = reader.sharedText();
  const validUntilMs = reader.f64();
  const replayableUntilMs = (flags & HAS_REPLAYABLE_UNTIL) === 0 ? null : reader.f64();
  const facts = {
    credentialName,
    subjectName,
    replayName,
    credentialId,
    issuer,
    region,
    mode,
    validUntilMs,
    replayableUntilMs,
    claims: readClaims(),
    holderBound: (flags & HOLDER_BOUND) !== 0,
  };
  if ((flags & (HAS_DISCLOSED | HAS_STATUS_LIST | HAS_IDENTIFIER_LIST)) === 0) {
    return further === null ? facts : { ...facts, ...further };
  }
  const shown = (flags & HAS_DISCLOSED) === 0 ? null : readDisclosed();
  const statusReference = readStatusReference(flags);
  return {
    ...facts,
    ...further,
    ...(shown !== null && { disclosed: shown }),
    ...(statusReference !== null && { statusReference }),
  };
}

/** Null: there are none. */
function readFurther(further: number): Pick<NamedFacts, 'sharedNames' | 'former'> | null {
  if (further === 0) return null;
  const count = further & FURTHER_NAMES.shared;
  const sharedNames = Array.from({ length: count }, () => reader.bytes(NAME_BYTES));
  const former = (further & FURTHER_NAMES.former) === 0 ? null : readFormer();
  return { ...(count > 0 && { sharedNames }), ...(former !== null && { former }) };
}

function readFormer(): FormerNames {
  const credential = reader.bytes(NAME_BYTES);
  const subject = reader.bytes(NAME_BYTES);
  return { credential, subject, replay: reader.bytes(NAME_BYTES) };
}

function readStatusReference(flags: number): StatusReference | null {
  if ((flags & (HAS_STATUS_LIST | HAS_IDENTIFIER_LIST)) === 0) return null;
  const uri = reader.sharedText();
  if ((flags & HAS_STATUS_LIST) !== 0) return { kind: 'status_list', uri, index: reader.f64() };
  return { kind: 'identifier_list', uri, id: reader.ownText() };
}

function writeDisclosed(shown: DisclosedClaims): void {
  const names = Object.keys(shown);
  writer.u8(names.length);
  for (const name of names) {
    writer.sharedText(name);
    writer.ownText(disclosed(shown[name] as PersonalText));
  }
}

function readDisclosed(): DisclosedClaims {
  const shown: Record<string, PersonalText> = {};
  for (let left = reader.u8(); left > 0; left -= 1) {
    const name = reader.sharedText();
    shown[name] = personalText(reader.ownText());
  }
  return shown;
}

function writeClaims(claims: ProofFacts['claims']): void {
  const names = Object.keys(claims);
  writer.u8(names.length);
  for (const name of names) {
    const value = claims[name];
    writer.sharedText(name);
    if (typeof value === 'string') {
      writer.u8(TEXT);
      writer.sharedText(value);
    } else if (typeof value === 'number') {
      writer.u8(NUMBER);
      writer.f64(value);
    } else writer.u8(value === true ? TRUE : FALSE);
  }
}

function readClaims(): ProofFacts['claims'] {
  const claims: Record<string, string | number | boolean> = {};
  for (let left = reader.u8(); left > 0; left -= 1) {
    const name = reader.sharedText();
    const type = reader.u8();
    claims[name] = type === TEXT ? reader.sharedText() : type === NUMBER ? reader.f64() : type === TRUE;
  }
  return claims;
}
