/** An answer in words: what was decided, what a gate would show, and what it was decided by. */
import colors from 'picocolors';
import { CODES, type Code } from '../../config/codes.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { explainRecord } from '../../gateway/tap/judge-again.ts';
import type { Outcome } from '../../gateway/verification.ts';
import type { Said } from './tap-at.ts';

const PAINT: Readonly<Record<string, (text: string) => string>> = {
  allow: colors.green,
  deny: colors.red,
  refer: colors.yellow,
};

/** What nobody need be told beside the rest. */
const SHOWN_FACTS = ['groups', 'lane', 'wide_gate', 'fare', 'requirement', 'passage'];

/** `isFull`: every row of the table of decisions, not the deciding one alone. */
export function answerLines(
  said: Said,
  record: DecisionRecord | null,
  scenes: SceneTable,
  isFull: boolean,
): string[] {
  const { code } = said;
  const outcome = typeof said['outcome'] === 'string' ? said['outcome'] : 'refused';
  const paint = PAINT[outcome] ?? colors.magenta;
  const meaning = code in CODES ? CODES[code as Code].meaning : '';
  const words = record && scenes.policyOf(record.scene)?.show?.words?.[outcome as Outcome];
  return [
    `${paint(colors.bold(outcome.toUpperCase()))}  ${code}`,
    ...(!words ? [] : [`  ${words.zh}  ${words.en}`]),
    `  ${meaning}`,
    ...rows(said, record).map(([name, value]) => `  ${colors.dim(name.padEnd(12))} ${value}`),
    ...(record === null ? [] : decided(record, scenes, isFull)),
  ];
}

/** The rows that were passed, up to the one that decided; or that one alone. */
function decided(record: DecisionRecord, scenes: SceneTable, isFull: boolean): string[] {
  const all = explainRecord(record, scenes)?.rows ?? [];
  const deciding = all.findIndex(({ decides }) => decides);
  return all
    .filter(({ decides }, at) => decides || (isFull && at < deciding))
    .map(({ row, when, looked, decides }) => {
      const name = decides ? 'decided by' : '';
      return `  ${colors.dim(name.padEnd(12))} row ${row}, ${when}: ${looked}`;
    });
}

function rows(said: Said, record: DecisionRecord | null): (readonly [string, string])[] {
  const facts = (said['facts'] ?? {}) as Readonly<Record<string, unknown>>;
  const shown = SHOWN_FACTS.filter((name) => facts[name] !== undefined);
  const disclosed = Object.keys((said['disclosed'] ?? {}) as object);
  return [
    ...shown.map((name) => [name, String(facts[name])] as const),
    ...(disclosed.length === 0 ? [] : [['discloses', disclosed.join(', ')] as const]),
    ...(record === null ? [] : ofRecord(record)),
    ...(typeof said['id'] === 'string' ? [['decision', said['id']] as const] : []),
  ];
}

function ofRecord({
  proof,
  status,
  mode,
  groups,
  lists,
  ...of
}: DecisionRecord): (readonly [string, string])[] {
  const by = status.source === 'none' ? 'nobody could be asked' : `by ${status.source}`;
  const failed = proof.failed === null ? '' : `: ${proof.failed}`;
  return [
    [
      'proof',
      proof.ok ? `proven (${proof.mode ?? ''}), region ${proof.region ?? '-'}` : `not proven${failed}`,
    ],
    ['card', `${status.state}, ${by}${status.source === 'none' ? '' : `, ${seconds(status.ageMs)} old`}`],
    ['mode', of.modeForced ? `${mode}, set by an operator` : mode],
    ...pairs('groups asked', groups),
    ...pairs('lists asked', lists),
    ...(of.passage === null ? [] : [['was', of.passage.state] as const]),
    ['rules', `${of.policy}, ${of.policyRevision}`],
  ];
}

function pairs(name: string, said: Readonly<Record<string, string>>): (readonly [string, string])[] {
  const all = Object.entries(said).map(([what, how]) => `${what}: ${how}`);
  return all.length === 0 ? [] : [[name, all.join(', ')]];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
