/** Writes the page of codes from the one table. `npm run docs` saves it; a test keeps the saved page true. */
import { CODES, type CodeEntry, type CodeKind } from './codes.ts';

const KINDS: readonly { kind: CodeKind; title: string; text: string }[] = [
  {
    kind: 'decision',
    title: 'Decisions',
    text: 'The tap was judged. The decision was durable before it was answered, and the same tap sent again gets it again, unchanged.',
  },
  {
    kind: 'proof',
    title: 'Proof',
    text: 'As a decision (deny), with the reason in the credential itself: its bytes, its chain or its signatures. `onecard verify` answers these too. The failed check is named beside the code.',
  },
  {
    kind: 'refusal',
    title: 'Refusals',
    text: 'No decision is given: the tap was not judged and nothing was journalled. One exception: after `tap.deadline_exceeded` a decision may be in the journal, made too late to be answered; the same tap sent again gets it. Where "again" says yes, the same tap may be sent again under the same number.',
  },
  {
    kind: 'connection',
    title: 'Connections and requests',
    text: 'About a connection or a request as a whole. Over HTTP the status is the one given; a WebSocket is closed with the code as its reason.',
  },
];

export function codesPage(): string {
  const sections = KINDS.map(({ kind, title, text }) => {
    const rows = (Object.entries(CODES) as [string, CodeEntry][])
      .filter(([, entry]) => entry.kind === kind)
      .map(([code, entry]) => row(code, entry));
    return [
      `## ${title}`,
      '',
      text,
      '',
      '| code | outcome | HTTP | again | meaning |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return `${['# Codes', `Every answer carries one of these. Names are stable. This page is written from \`config/codes.ts\` by \`npm run docs\`; a test fails when the two differ.`, ...sections].join('\n\n')}\n`;
}

function row(code: string, { outcome, http, retry, meaning }: CodeEntry): string {
  return `| \`${code}\` | ${outcome === 'none' ? '' : outcome} | ${http} | ${retry ? 'yes' : 'no'} | ${meaning} |`;
}
