/** What a flood is there to show, judged: deadlines kept by whatever was admitted, and who was favoured. */
import { DEVICE_CLASSES, type DeviceClass } from '../../gateway/verification.ts';
import { compact } from '../report/figures.ts';
import type { Statement } from '../report/result.ts';

export interface ClassSeen {
  readonly intended: number;
  /** Judged before the last tap of the flood was due. */
  readonly judgedMeanwhile: number;
  readonly refused: number;
  /** Longest from sending to the answer of a judged tap. */
  readonly latestFromSendingMs: number;
}

export type FloodSeen = Readonly<Record<DeviceClass, ClassSeen>>;

/** Queues that are empty when the flood begins take a few of every class. */
const TOLERANCE = 0.01;

/** Part of a class's taps, 0 to 1, that was judged while the flood lasted. */
export function partJudged({ judgedMeanwhile, intended }: ClassSeen): number {
  return judgedMeanwhile / Math.max(1, intended);
}

/** Every judged tap was answered within the deadline of its class, counted from its sending. */
export function deadlinesKept(
  seen: FloodSeen,
  deadlinesMs: Readonly<Record<DeviceClass, number>>,
): Statement {
  return {
    statement: 'Taps that were admitted were answered within their deadlines',
    holds: DEVICE_CLASSES.every((each) => seen[each].latestFromSendingMs <= deadlinesMs[each]),
    seen: DEVICE_CLASSES.map(
      (each) =>
        `${each}: latest ${compact(seen[each].latestFromSendingMs)} ms of ${compact(deadlinesMs[each])} ms`,
    ).join('; '),
  };
}

/** Something was shed, and of a class that goes before another no smaller part was judged. */
export function classesFavoured(seen: FloodSeen): Statement {
  const shed = DEVICE_CLASSES.reduce((sum, each) => sum + seen[each].refused, 0);
  const parts = DEVICE_CLASSES.map((each) => partJudged(seen[each]));
  const inOrder = parts.every((part, i) => i === 0 || part <= (parts[i - 1] as number) + TOLERANCE);
  const apart = (parts[0] as number) > (parts.at(-1) as number) + TOLERANCE;
  const told = DEVICE_CLASSES.map((each, i) => `${each}: ${compact(100 * (parts[i] as number))} % judged`);
  return {
    statement: 'Gates were favoured over desks, desks over batches',
    holds: shed > 0 && inOrder && apart,
    seen: shed > 0 ? told.join('; ') : `nothing was shed, so nobody was favoured (${told.join('; ')})`,
  };
}
