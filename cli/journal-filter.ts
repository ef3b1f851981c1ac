/** Which decisions an auditor asks for. */

import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { UnusableError } from './unusable.ts';

/** All that is given must hold. Times are milliseconds since 1970 UTC. */
export interface JournalFilter {
  /** Decided at or after. */
  readonly from?: number;
  /** Decided before. */
  readonly until?: number;
  readonly device?: string;
  readonly scene?: string;
  readonly code?: string;
  /** Id of one decision, as clients are told it. */
  readonly decision?: string;
  /** A person's pseudonym, 32 hex digits. */
  /** Pseudonyms of one person, 32 hex digits. */
  readonly subjects?: readonly string[];
}

export function matches(filter: JournalFilter, { atMs, tap, answer, proof }: DecisionRecord): boolean {
  const { from, until, device, scene, code, decision, subjects } = filter;
  return (
    (from === undefined || atMs >= from) &&
    (until === undefined || atMs < until) &&
    (device === undefined || tap.deviceId === device) &&
    (scene === undefined || answer.scene === scene) &&
    (code === undefined || answer.code === code) &&
    (decision === undefined || answer.decisionId === decision) &&
    (subjects === undefined || isOneOf(subjects, proof))
  );
}

export interface PositionRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The positions where matches can be: one for a decision's id, which ends with it, and from the first that can have been
 * decided in time. The clock may have been set back, so nothing says where the last one is.
 */
export function rangeOf({ from, decision }: JournalFilter, reader: JournalReader): PositionRange {
  const last = reader.lastPosition;
  if (decision !== undefined) {
    const position = positionIn(decision);
    return { first: position, last: Math.min(last, position) };
  }
  const first = Math.max(1, reader.firstPosition);
  return { first: from === undefined ? first : Math.max(first, reader.lastBefore(from, () => {}) + 1), last };
}

/** GATEWAY:EPOCH:POSITION. Throws UnusableError. */
function positionIn(decision: string): number {
  const [, digits] = /^[a-z0-9][a-z0-9.-]*:[0-9a-f]{16}:([1-9]\d{0,14})$/.exec(decision) ?? [];
  if (digits === undefined) {
    throw new UnusableError(
      `${JSON.stringify(decision)} is no decision's id, such as gw-1:9f1c2d3e4f506172:42`,
    );
  }
  return Number(digits);
}

/** Records of a change-over tell what somebody was called before, too. */
function isOneOf(subjects: readonly string[], { subject, former }: DecisionRecord['proof']): boolean {
  const names = [subject, former?.subject].flatMap((name) => (name ? [toHex(name)] : []));
  return names.some((name) => subjects.includes(name));
}
