/** The audit log, newest first. */
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../client/api.ts';
import { useLastAsked } from '../../client/last-asked.ts';
import type { Problem } from '../../client/problem.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { dayAndTime } from '../../components/said-times.ts';
import { AUDIT } from './words.ts';

interface Entry {
  readonly seq: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly action: string;
  readonly subjects: readonly string[];
  readonly reason: string | null;
}

interface Page {
  readonly entries: readonly Entry[];
  readonly last_seq: number;
}

const PAGE = 50;

export default function Audit() {
  const [page, setPage] = useState<Page | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = useLastAsked();
  /** `upTo` null: the newest. */
  const read = async (upTo: number | null) => {
    const end = upTo ?? (await lastSeq());
    const after = Math.max(0, end - PAGE);
    const answer = await ask<Page>(
      `/v1/audit?after=${after}&limit=${Math.max(1, Math.min(PAGE, end - after))}`,
    );
    if (answer === null) return;
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setPage(answer.value);
  };
  useEffect(() => {
    void read(null);
  }, []);
  const [first, last] = [page?.entries.at(0)?.seq ?? 0, page?.entries.at(-1)?.seq ?? 0];
  return (
    <div class="stack">
      <h1>{AUDIT.title}</h1>
      <p>{AUDIT.about}</p>
      <ProblemNote problem={problem} />
      <div class="row">
        <button type="button" onClick={() => void read(null)}>
          {AUDIT.newest}
        </button>
        <button type="button" disabled={first <= 1} onClick={() => void read(first - 1)}>
          {AUDIT.older}
        </button>
        <button
          type="button"
          disabled={last >= (page?.last_seq ?? 0)}
          onClick={() => void read(Math.min(last + PAGE, page?.last_seq ?? 0))}
        >
          {AUDIT.newer}
        </button>
        <span class="muted">{AUDIT.of(first, last, page?.last_seq ?? 0)}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section class="table" tabIndex={0} aria-label={AUDIT.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{AUDIT.number}</th>
              <th scope="col">{AUDIT.at}</th>
              <th scope="col">{AUDIT.actor}</th>
              <th scope="col">{AUDIT.action}</th>
              <th scope="col">{AUDIT.subjects}</th>
              <th scope="col">{AUDIT.reason}</th>
            </tr>
          </thead>
          <tbody>
            {[...(page?.entries ?? [])].reverse().map((entry) => (
              <tr key={entry.seq}>
                <td>{entry.seq}</td>
                <td>{dayAndTime(entry.at_ms)}</td>
                <td>{entry.actor}</td>
                <td>{entry.action}</td>
                <td>{entry.subjects.join(', ')}</td>
                <td>
                  <bdi>{entry.reason}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

async function lastSeq(): Promise<number> {
  const answer = await get<Page>('/v1/audit?limit=1');
  return answer.ok ? answer.value.last_seq : 0;
}
