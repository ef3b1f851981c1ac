/** What holds at a scene: what its policy says, and what the scene says for itself in place of it. */
import type { Asked, Group, Policy, Scene } from './policy-schema.ts';

/** The policy itself where the scene adds nothing to it. Names of groups that lead nowhere are passed over. */
export function rulesOf(described: Scene, policy: Policy, groups: readonly Group[]): Policy {
  const { scene: _scene, service: _service, point: _point, title: _title, policy: name, ...own } = described;
  const isPlain = Object.keys(own).length === 0;
  const rules: Policy = isPlain ? policy : { ...policy, ...own, policy: name };
  const asked = askedBy(rules, groups);
  return asked === null ? rules : { ...rules, asked };
}

function askedBy({ requires = [], show }: Policy, groups: readonly Group[]): Asked | null {
  const names = new Set([
    ...requires.flatMap((each) => ('group' in each ? [each.group] : [])),
    ...(show?.groups ?? []).map(({ group }) => group),
  ]);
  const named = groups.filter(({ group }) => names.has(group));
  const lists = new Set([
    ...requires.flatMap((each) => ('member_of' in each ? [each.member_of] : [])),
    ...named.flatMap(({ from }) => from.flatMap((source) => ('list' in source ? [source.list] : []))),
  ]);
  return named.length === 0 && lists.size === 0 ? null : { groups: named, lists: [...lists] };
}
