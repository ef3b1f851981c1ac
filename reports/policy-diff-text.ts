/** A comparison of two city documents, for people and for programs. */
import type { Counts, PolicyChange, PolicyDiff } from './policy-diff.ts';

/** Member names as `--json` has them. */
export function policyDiffJson(diff: PolicyDiff) {
  const { oldRevision, newRevision, decidedOtherwise, ...rest } = diff;
  return { old: oldRevision, new: newRevision, ...rest, decided_otherwise: decidedOtherwise };
}

export function policyDiffText(diff: PolicyDiff): string {
  const { oldRevision, newRevision, decisions, changed, same, cannot, decidedOtherwise, changes } = diff;
  const unsaid = Object.entries(cannot).filter(([, count]) => count > 0);
  const lines = [
    `${oldRevision} -> ${newRevision}: ${decisions} decisions, ${changed} would change, ${same} would not`,
    ...unsaid.map(([why, count]) => `  ${count} cannot be judged: ${UNSAID[why as keyof typeof UNSAID]}`),
    ...(decidedOtherwise === 0
      ? []
      : [`  ${decidedOtherwise} were decided otherwise than ${oldRevision} would: under another document`]),
    ...changes.flatMap(changeLines),
  ];
  return `${lines.join('\n')}\n`;
}

const UNSAID = {
  named_list: 'their records do not say what a named list says of the card',
  direction: 'their records do not say whether the person was inside',
  live: 'their records do not say what would have been asked of the platform, or of the list',
} as const;

function changeLines({ scene, from, to, count, groups, regions, families, decisions }: PolicyChange) {
  return [
    '',
    `${scene}: ${from} -> ${to}: ${count}`,
    `  groups ${countsText(groups)}; regions ${countsText(regions)}; families ${countsText(families)}`,
    `  such as ${decisions.join(' ')}`,
  ];
}

function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
