/** Every scene of the city that comes along × family × mode × status, and what must hold of each, written without its rules. */
import { expect, test } from 'vitest';
import { type Circumstances, decideInputOf, USUAL } from '../../../../cli/policy/circumstances.ts';
import { codeEntry } from '../../../../config/codes.ts';
import { loadScenes, type Policy } from '../../../../config/scenes.ts';
import { MODES } from '../../../../gateway/knowledge/mode/mode.ts';
import { type DecideInput, type Decision, decide } from '../../../../gateway/tap/5-decide/decide.ts';
import { explain } from '../../../../gateway/tap/5-decide/explain.ts';
import { requirementState } from '../../../../gateway/tap/5-decide/requirements.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

const STATES: readonly Circumstances['state'][] = [
  ...(['good', 'suspended', 'lost', 'replaced', 'cancelled'] as const),
  ...(['unknown', 'not_covered', 'none'] as const),
];
const BAD: readonly string[] = ['suspended', 'lost', 'replaced', 'cancelled'];
const REGIONS = ['cq', 'sc', 'xz', 'gz', 'elsewhere'];
const table = loadScenes(PRESENTABLE_FAMILIES);

/** Nobody in particular, everybody that the scene asks for, and who is out of turn or has spent what there is. */
function people(policy: Policy): Partial<Circumstances>[] {
  const groups = (policy.asked?.groups ?? []).map(({ group }) => group);
  const lists = Object.fromEntries((policy.asked?.lists ?? []).map((list) => [list, 'member' as const]));
  return [
    {},
    { as: groups, lists, claims: { age_over_18: true, age_over_65: true } },
    { lists: Object.fromEntries(Object.keys(lists).map((list) => [list, 'no_list' as const])) },
    { passage: 'inside', insideMs: 1, isSpent: true },
    { passage: 'outside', listAgeMs: 365 * 86_400_000, isUsed: true },
  ];
}

function policyAt(scene: string): Policy {
  const policy = table.policyOf(scene);
  if (policy === null) throw new Error('a scene that is there');
  return policy;
}

function* tapsAt(policy: Policy): Generator<Circumstances> {
  for (const family of PRESENTABLE_FAMILIES.keys())
    for (const mode of MODES)
      for (const state of STATES)
        for (const region of REGIONS)
          for (const who of people(policy)) yield { ...USUAL, ...{ family, mode, state, region }, ...who };
}

/** Why a decision must not be so; null when nothing speaks against it. */
function faultOf(
  input: DecideInput,
  { outcome, code, requirement }: Decision,
  of: Circumstances,
): string | null {
  const { policy, family, proof, mode } = input;
  const opens = mode === 'closed' && policy.closed === 'allow';
  if (codeEntry(code).outcome !== outcome) return 'a code has one outcome';
  if (code.endsWith('.closed') && mode !== 'closed') return 'closed is the mode closed';
  if (requirement !== undefined && outcome === 'allow') return 'a requirement that failed lets pass';
  if (outcome !== 'allow') return null;
  if (!proof.ok && !opens) return 'what is not proven passes';
  if (!policy.families.includes(family)) return 'another family passes';
  if (proof.ok && !policy.regions.includes(of.region)) return 'another region passes';
  if (input.seenBefore) return 'what was used passes';
  if (BAD.includes(of.state) && !opens) return 'a card that is known bad passes';
  const unmet = (policy.requires ?? []).find((each) => requirementState(each, input) === 'not_met');
  if (unmet !== undefined && proof.ok) return 'an unmet requirement passes';
  const unsaid = (policy.requires ?? []).find(
    (each) => requirementState(each, input) === 'unknown' && (each.unknown ?? each.else) !== 'allow',
  );
  if (unsaid !== undefined && !opens) return 'a requirement that nobody can say passes';
  if (mode === 'stale' && input.budget === null && input.status.source !== 'live')
    return 'a spent budget passes';
  if (
    of.passage === 'inside' &&
    policy.direction?.passes === 'entry' &&
    policy.direction.out_of_turn !== 'allow'
  ) {
    return 'who is inside enters';
  }
  return null;
}

test('at every scene, whoever taps with whatever: nothing passes that must not', async () => {
  let looked = 0;
  const summary: string[] = [];
  for (const scene of table.scenes) {
    const policy = policyAt(scene);
    const counts = { allow: 0, refer: 0, deny: 0 };
    for (const of of tapsAt(policy)) {
      const input = decideInputOf(policy, of);
      const decision = decide(input);
      const fault = faultOf(input, decision, of);
      if (fault !== null) expect.fail(`${scene}: ${fault}: ${decision.code} ${JSON.stringify(of)}`);
      counts[decision.outcome] += 1;
      looked += 1;
      if (looked % 61 === 0) agrees(input, decision);
    }
    expect(counts.allow, `${scene} lets somebody pass`).toBeGreaterThan(0);
    summary.push(`${scene} allow ${counts.allow} refer ${counts.refer} deny ${counts.deny}`);
  }
  expect(looked).toBe(
    table.scenes.length * PRESENTABLE_FAMILIES.size * MODES.length * STATES.length * REGIONS.length * 5,
  );
  // After a change of the city that is meant: npx vitest run test/unit/gateway/tap/every-scene.test.ts --update
  await expect(`${summary.join('\n')}\n`).toMatchFileSnapshot('every-scene.txt');
});

/** The same again, and the explanation's deciding row is the one that the decision is by. */
function agrees(input: DecideInput, decision: Decision): void {
  expect(decide(structuredClone(input))).toEqual(decision);
  const { decision: again, rows, spent } = explain(input);
  expect(again).toEqual(decision);
  const deciding = rows.filter(({ decides }) => decides);
  expect(deciding).toHaveLength(1);
  const code = deciding[0]?.code;
  expect(code?.startsWith('allow.') ? (spent ?? code) : code).toBe(decision.code);
  expect(rows.every(({ looked }) => looked !== '')).toBe(true);
}
