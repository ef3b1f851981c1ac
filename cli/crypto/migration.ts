/** What a change of profile has not reached yet, store by store. */

/** `run`: `--run` does it. `operator`: somebody must act. `itself`: it ends by itself. `stays`: it is kept as it is, and verifies. */
export type Ending = 'run' | 'operator' | 'itself' | 'stays';

export interface Leftover {
  readonly store: string;
  /** How many are of the other profile, and of what; null: it was not looked at. */
  readonly count: number | null;
  readonly unit: string;
  readonly ending: Ending;
  /** How it ends. */
  readonly how: string;
}

/** What is still to come: whatever neither stays as it is nor is gone. */
export function isLeft({ count, ending }: Leftover): boolean {
  return ending !== 'stays' && count !== 0;
}

export function leftoverLines(leftovers: readonly Leftover[]): string[] {
  const width = Math.max(...leftovers.map(({ store }) => store.length));
  return leftovers.map(({ store, count, unit, ending, how }) => {
    const many = count === null ? 'not looked at' : count === 0 ? 'none left' : `${count} ${unit}`;
    const end = count === 0 ? '' : `: ${ending === 'stays' ? 'stays, ' : ''}${how}`;
    return `${store.padEnd(width)}  ${many}${end}`;
  });
}
