/** Overdue reports are seen by everybody who can act, whatever view is open. */
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../client/api.ts';
import { onDeskEvent } from '../../client/desk-stream.ts';
import { Note } from '../../components/sign.tsx';
import { REPORTS } from './words.ts';

interface Counts {
  readonly due: number;
  readonly overdue: number;
}

export default function OverdueBanner() {
  const [overdue, setOverdue] = useState(0);
  useEffect(() => {
    void get<{ readonly reports: Counts }>('/v1/standing').then((answer) => {
      if (answer.ok) setOverdue(answer.value.reports.overdue);
    });
    return onDeskEvent<Counts>('reports', (counts) => setOverdue(counts.overdue));
  }, []);
  return (
    <div role="status">
      {overdue > 0 && (
        <Note tone="bad">
          {REPORTS.overdueBanner(overdue)} <a href="#/reports">{REPORTS.see}</a>
        </Note>
      )}
    </div>
  );
}
