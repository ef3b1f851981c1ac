/** One card a line, as CSV (RFC 4180, no line break inside a field) or JSON. No message repeats what a line holds. */

import { LISTED_STATES, type ListedState } from '../lists/list-handle.ts';
import { parseStrictJson } from '../workers/codecs/strict-json.ts';

export type LineFormat = 'csv' | 'jsonl';

export interface CardLine {
  readonly issuer: string;
  readonly credentialId: string;
  readonly state: ListedState;
  readonly entitlements: number;
}

export const CARD_FIELDS = ['issuer', 'credentialId', 'state', 'entitlements'] as const;
export const CSV_HEADER = CARD_FIELDS.join(',');
/** Longest line, bytes. */
export const CARD_LINE_BYTES_MAX = 4_096;

const JSON_LIMITS = { depth: 1, entries: CARD_FIELDS.length };
const ISSUER_MAX = 64;
const CREDENTIAL_ID_MAX = 128;
const NUMBER = /^(0|[1-9][0-9]{0,9})$/;

/** A card, or what is wrong with its line. */
export function readCardLine(text: string, format: LineFormat): CardLine | string {
  return format === 'csv' ? readCsv(text) : readJson(text);
}

/** The fields of a CSV line, or what is wrong with it. */
export function csvFields(line: string): string[] | string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    if (text[at] !== '"') {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      const field = text.slice(at, end);
      if (field.includes('"')) return 'a quotation mark inside a field that is not quoted';
      fields.push(field);
      at = end + 1;
      continue;
    }
    const match = /"((?:[^"]|"")*)"(?:,|$)/y;
    match.lastIndex = at;
    const found = match.exec(text);
    if (!found) return 'a quoted field that does not end';
    fields.push((found[1] ?? '').replaceAll('""', '"'));
    at = match.lastIndex;
    if (!found[0].endsWith(',')) break;
  }
  return fields;
}

function readCsv(line: string): CardLine | string {
  const fields = csvFields(line);
  if (typeof fields === 'string') return fields;
  if (fields.length !== CARD_FIELDS.length)
    return `${fields.length} fields, not ${CARD_FIELDS.length} (${CSV_HEADER})`;
  const [issuer, credentialId, state, entitlements = ''] = fields;
  if (!NUMBER.test(entitlements)) return 'entitlements are no whole number from 0 to 4294967295';
  return check({ issuer, credentialId, state, entitlements: Number(entitlements) });
}

function readJson(line: string): CardLine | string {
  const json = parseStrictJson(line, JSON_LIMITS);
  if (!json.ok) return 'no JSON object of one card';
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'no JSON object of one card';
  const unknown = Object.keys(value).some((name) => !(CARD_FIELDS as readonly string[]).includes(name));
  if (unknown) return `a member other than ${CARD_FIELDS.join(', ')}`;
  return check(value);
}

function check(card: { readonly [name in (typeof CARD_FIELDS)[number]]?: unknown }): CardLine | string {
  const { issuer, credentialId, state, entitlements } = card;
  if (!isText(issuer, ISSUER_MAX)) return `issuer is no text of 1 to ${ISSUER_MAX} characters`;
  if (!isText(credentialId, CREDENTIAL_ID_MAX)) {
    return `credentialId is no text of 1 to ${CREDENTIAL_ID_MAX} characters`;
  }
  const known = LISTED_STATES.find((each) => each === state);
  if (known === undefined) return `state is none of ${LISTED_STATES.join(', ')}`;
  if (typeof entitlements !== 'number' || entitlements >>> 0 !== entitlements) {
    return 'entitlements are no whole number from 0 to 4294967295';
  }
  return { issuer, credentialId, state: known, entitlements };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && value.isWellFormed();
}
