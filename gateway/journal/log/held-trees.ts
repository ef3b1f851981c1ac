/** The trees of a log, one behind the other, and the checkpoints that speak of each. */
import type { Checkpoint, SignedCheckpoint } from './checkpoint.ts';
import type { HeldCheckpoint } from './verify-log.ts';

/** Where how a tree was closed stands: it is no checkpoint of its own. */
export const SAID_BY_NEXT = 'said by the tree that follows';

export interface HeldTree {
  readonly kind: Pick<Checkpoint, 'begins' | 'tree' | 'follows'>;
  readonly checkpoints: readonly HeldCheckpoint[];
  /** Newest position that there is in it. */
  readonly last: number;
}

/** Whether two checkpoints are of one tree. */
export function isSameTree(one: Checkpoint, other: Checkpoint): boolean {
  if (one.follows === null || other.follows === null) return one.follows === other.follows;
  return one.begins === other.begins && one.tree === other.tree;
}

/** `last`: newest position there is. Oldest first. */
export function treesOf(checkpoints: readonly HeldCheckpoint[], last: number): HeldTree[] {
  const groups: HeldCheckpoint[][] = [];
  for (const held of checkpoints) {
    const group = groups.find(([first]) => first && isSameTree(first.checkpoint, held.checkpoint));
    if (group) group.push(held);
    else groups.push([held]);
  }
  const trees = groups.flatMap((group) => {
    const kind = group.at(-1)?.checkpoint;
    return kind ? [{ kind, checkpoints: group }] : [];
  });
  trees.sort((a, b) => endBefore(a.kind) - endBefore(b.kind));
  return trees.map(({ kind, checkpoints: own }, i) => {
    const next = trees[i + 1]?.kind;
    const closed = next?.follows ? [closing(next, next.follows.size)] : [];
    return {
      kind,
      checkpoints: [...own, ...closed],
      last: next?.follows ? Math.min(last, next.follows.size) : last,
    };
  });
}

/** Where the tree before it ended. */
function endBefore({ follows }: Pick<Checkpoint, 'follows'>): number {
  return follows?.size ?? -1;
}

/** What a tree says of how the one before it was closed. */
function closing(next: SignedCheckpoint, size: number): HeldCheckpoint {
  const { follows } = next;
  const checkpoint = { ...next, ...follows, size, isStop: false, goesOn: null };
  return { checkpoint, from: SAID_BY_NEXT };
}
