/** The small tables of a run, as terminal and page both show them. */
import type { Phase, RunResult, Table } from './result.ts';

/** The phase that the headline figures are of. */
export function mainPhase({ phases, main_phase: given }: RunResult): Phase | null {
  const named = given === undefined ? undefined : phases[given];
  if (named) return named;
  return phases.reduce<Phase | null>(
    (most, p) => (most === null || p.intended > most.intended ? p : most),
    null,
  );
}

/** Those of the profile, then where the time of a tap went. */
export function tablesOf(result: RunResult): readonly Table[] {
  const threads = threadTable(mainPhase(result));
  return [...(result.tables ?? []), ...(threads === null ? [] : [threads])];
}

function threadTable(phase: Phase | null): Table | null {
  const { us_per_tap: byThread } = phase ?? {};
  if (!phase || !byThread) return null;
  const all = Object.values(byThread).reduce((sum, us) => sum + us, 0);
  const rows = Object.entries(byThread).map(([name, us]) => [name, us, share(us, all)]);
  return {
    title: 'Where the time of a tap goes',
    about: `Processor time of the gateway by thread, in the phase “${phase.name}”, over the taps judged or refused in it.`,
    columns: ['thread', 'µs a tap', 'share %'],
    rows: [...rows, ['all threads', all, share(all, all)]],
  };
}

const share = (part: number, all: number) => (all === 0 ? 0 : (100 * part) / all);
