/** What the platform says of what it was sent (docs/platform.md). Nothing counts as taken unless every item is. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PlatformError } from '../outbound/platform-error.ts';

const whole = Type.Integer({ minimum: 0, maximum: 2 ** 52 });
const Taken = Compile(Type.Object({ accepted: whole, duplicates: whole, conflicts: Type.Optional(whole) }));
const Conflict = Compile(
  Type.Object({
    accepted: Type.Literal(0),
    duplicates: whole,
    conflicts: Type.Integer({ minimum: 1, maximum: 2 ** 52 }),
    first_conflict: Type.Integer({ minimum: 1, maximum: 2 ** 52 }),
  }),
);

export type UploadAnswer =
  | {
      readonly kind: 'taken';
      readonly accepted: number;
      readonly duplicates: number;
      /** Whether the platform tells conflicts from duplicates. */
      readonly tellsConflicts: boolean;
    }
  /** Nothing was kept: the platform holds other records under some of the positions. */
  | { readonly kind: 'conflict'; readonly conflicts: number; readonly first: number };

/** Of records at the positions from `first` on. Throws PlatformError `malformed`. */
export function readUploadAnswer(body: Buffer, first: number, records: number): UploadAnswer {
  const answer = parsed(body);
  if (Conflict.Check(answer)) {
    const { conflicts, first_conflict: at, duplicates } = answer;
    // Between the first and the last, and those before the first conflict are not among the conflicts.
    const room = first + records - at;
    if (at >= first && conflicts <= room && duplicates + conflicts <= records)
      return { kind: 'conflict', conflicts, first: at };
    throw notConfirmed();
  }
  const { accepted, duplicates, conflicts } = taken(answer, records);
  return { kind: 'taken', accepted, duplicates, tellsConflicts: conflicts !== undefined };
}

/** Of anything else. Throws PlatformError `malformed`. */
export function checkTaken(body: Buffer, items: number): void {
  taken(parsed(body), items);
}

function taken(answer: unknown, items: number): { accepted: number; duplicates: number; conflicts?: number } {
  if (!Taken.Check(answer) || answer.accepted + answer.duplicates !== items || (answer.conflicts ?? 0) > 0) {
    throw notConfirmed();
  }
  return answer;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Told by whoever looks at it, as any other wrong answer.
    return null;
  }
}

function notConfirmed(): PlatformError {
  return new PlatformError('malformed', 'the platform did not confirm everything it was sent');
}
