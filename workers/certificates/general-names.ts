/** GeneralNames (RFC 5280 clause 4.2.1.6) and Name (clause 4.1.2.4), as forms. */
import { DER_TAG, type DerCursor } from '../codecs/der-cursor.ts';
import { GENERAL_NAME, type GeneralName } from './certificate.ts';

const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;
/** otherName, x400Address, directoryName and ediPartyName are constructed (directoryName: a CHOICE, so tagged explicitly). */
const CONSTRUCTED_NAMES: ReadonlySet<number> = new Set([0, 3, 4, 5]);
const NAMES_MAX = 256;

/** The names up to `end`, at least one; null where one is not of the form. */
export function readGeneralNames(cursor: DerCursor, end: number): readonly GeneralName[] | null {
  const names: GeneralName[] = [];
  while (cursor.at < end) {
    const name = readGeneralName(cursor, end);
    if (name === null || names.length === NAMES_MAX) return null;
    names.push(name);
  }
  return names.length > 0 ? names : null;
}

export function readGeneralName(cursor: DerCursor, end: number): GeneralName | null {
  if (!cursor.any(end) || (cursor.tag & 0xc0) !== CONTEXT) return null;
  const tag = cursor.tag & 0x1f;
  if (tag > 8 || ((cursor.tag & CONSTRUCTED) !== 0) !== CONSTRUCTED_NAMES.has(tag)) return null;
  if (tag !== GENERAL_NAME.directory) return { tag, value: cursor.value() };
  const { at, start, stop } = cursor;
  cursor.at = start;
  if (!takeName(cursor, stop) || cursor.at !== stop) return null;
  const value = cursor.bytes.subarray(start, stop);
  cursor.at = at;
  return { tag, value };
}

/** Takes a Name: SEQUENCE of SETs of at least one SEQUENCE { OBJECT IDENTIFIER, value }. */
export function takeName(cursor: DerCursor, end: number): boolean {
  if (!cursor.enter(DER_TAG.sequence, end)) return false;
  const { first, stop } = cursor;
  while (cursor.at < stop) {
    if (!cursor.enter(DER_TAG.set, stop)) return false;
    const setEnd = cursor.stop;
    if (cursor.at === setEnd) return false;
    while (cursor.at < setEnd) {
      if (!cursor.enter(DER_TAG.sequence, setEnd)) return false;
      const pairEnd = cursor.stop;
      if (!cursor.take(DER_TAG.objectIdentifier, pairEnd)) return false;
      if (!cursor.any(pairEnd) || cursor.at !== pairEnd) return false;
    }
  }
  cursor.first = first;
  cursor.stop = stop;
  return true;
}
