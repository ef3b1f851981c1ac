/** How sure the desk is, in four fields, and the levels that supports. */
import type { EvidenceAnswer, Levels } from '../client/answers.ts';
import { EVIDENCE, evidenceWords } from '../words/claims.ts';
import { span } from './said-times.ts';
import { SIGNS, type Tone } from './sign.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  proven: 'good',
  read: 'refer',
  declared: 'plain',
  live: 'good',
  list: 'good',
  stale: 'refer',
  none: 'refer',
  device: 'good',
  pin: 'good',
  person: 'good',
  signed: 'good',
  matched: 'good',
};

export function Evidence({
  evidence,
  levels,
}: {
  readonly evidence: EvidenceAnswer;
  readonly levels: Levels | null;
}) {
  const { document, status, holder, claims } = evidence;
  const rows = [
    [EVIDENCE.document, 'document', document, ''],
    [
      EVIDENCE.status,
      'status',
      status.source,
      status.source === 'list' || status.source === 'stale' ? EVIDENCE.age(span(status.age_ms)) : '',
    ],
    [EVIDENCE.holder, 'holder', holder, ''],
    [EVIDENCE.claims, 'claims', claims, ''],
  ] as const;
  return (
    <section aria-label={EVIDENCE.title}>
      <dl class="evidence">
        {rows.map(([name, field, value, more]) => {
          const tone = TONES[value] ?? 'plain';
          return (
            <div key={field} class={tone} data-evidence={`${field}:${value}`}>
              <dt>{name}</dt>
              <dd>
                <span aria-hidden="true">{SIGNS[tone]} </span>
                {evidenceWords(`${field}_${value}`)}
                {more !== '' && <span class="muted"> · {more}</span>}
              </dd>
            </div>
          );
        })}
      </dl>
      {levels !== null && (
        <p class="muted">
          {EVIDENCE.levels}: NIST {levels.ial}
          {levels.superior && ` (${EVIDENCE.superior})`} · eIDAS {levels.eidas} · GB/T 40651 {levels.gbt40651}
        </p>
      )}
    </section>
  );
}
