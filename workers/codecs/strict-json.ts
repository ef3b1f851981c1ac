/**
 * JSON from a stranger, read strictly. JSON.parse alone keeps the last of two equal names and takes any nesting, so
 * one scan of the text comes first: it bounds nesting and entries before anything is built, and refuses names that
 * occur twice (RFC 8259 clause 4 leaves their meaning open; I-JSON, RFC 7493 clause 2.3, forbids them).
 */
import type { Code } from '../../config/codes.ts';

export interface JsonLimits {
  /** Objects and arrays inside one another; a flat object is 1 deep. */
  readonly depth: number;
  /** Entries of one object or array. */
  readonly entries: number;
}

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: Code };

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Parses one JSON text. Never throws for any text; the cost is linear in its length. */
export function parseStrictJson(text: string, limits: JsonLimits): JsonResult {
  const fault = scan(text, limits);
  if (fault !== null && fault !== 'request.truncated') return { ok: false, code: fault };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, code: fault ?? 'request.malformed' };
  }
}

/** One open object or array. */
interface Container {
  /** Null for an array. */
  readonly names: Names | null;
  commas: number;
}

/**
 * Walks strings and brackets only; the grammar between them is left to JSON.parse. `request.truncated` means that a
 * string or a bracket is still open at the end.
 */
function scan(text: string, limits: JsonLimits): Code | null {
  const open: Container[] = [];
  let current: Container | undefined;
  let nameNext = false;
  let closed = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) continue;
    if (closed) return 'request.trailing';
    if (c === QUOTE) {
      const end = closingQuote(text, i);
      if (end < 0) return 'request.truncated';
      if (nameNext && current !== undefined && current.names !== null) {
        const fault = addName(current.names, text.slice(i, end + 1));
        if (fault !== null) return fault;
        nameNext = false;
      }
      i = end;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (open.length >= limits.depth) return 'request.too_deep';
      nameNext = c === OPEN_OBJECT;
      current = { names: nameNext ? { few: [], many: null } : null, commas: 0 };
      open.push(current);
    } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      if (current === undefined) return 'request.malformed';
      open.pop();
      current = open[open.length - 1];
      nameNext = false;
      closed = current === undefined;
    } else if (c === COMMA && current !== undefined) {
      current.commas++;
      if (current.commas >= limits.entries) return 'request.too_many_items';
      nameNext = current.names !== null;
    }
  }
  return open.length > 0 || text.trim() === '' ? 'request.truncated' : null;
}

/** Index of the quote that ends the string starting at `start`; -1 when there is none. */
function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    // An even number of backslashes before it escape one another, not the quote.
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

/** Names of one object. Few are compared one by one, at half the cost of a set; many are not. */
interface Names {
  readonly few: string[];
  many: Set<string> | null;
}

const FEW_NAMES = 12;

/** `quoted` is a name with its quotes; two spellings of one name ("a", "\u0061") are the same name. */
function addName(names: Names, quoted: string): Code | null {
  let name = quoted.slice(1, -1);
  if (name.includes('\\')) {
    try {
      name = JSON.parse(quoted) as string;
    } catch {
      return 'request.malformed';
    }
  }
  // Harmless to JSON.parse, and never to whatever copies the value on.
  if (name === '__proto__') return 'request.malformed';
  const { few, many } = names;
  if (many === null ? few.includes(name) : many.has(name)) return 'request.duplicate_key';
  if (many !== null) many.add(name);
  else if (few.push(name) === FEW_NAMES) names.many = new Set(few);
  return null;
}
