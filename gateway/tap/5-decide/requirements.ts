/** What a scene asks of whoever shows a credential, beside that it is good: what is known of each requirement. Pure. */
import type { Requirement } from '../../../config/policy-schema.ts';
import type { Facts, StatusFacts, VerdictFacts } from '../../verification.ts';
import { claimOf, entitlementsOf } from '../4-status/groups.ts';

export interface RequirementInput {
  readonly proof: Pick<VerdictFacts, 'mode' | 'claims'>;
  readonly status: Pick<StatusFacts, 'state' | 'source' | 'listKey' | 'entitlements'>;
  readonly groups: Facts['groups'];
  readonly lists: Facts['lists'];
}

export type RequirementState = 'met' | 'not_met' | 'unknown';

export function requirementState(requirement: Requirement, input: RequirementInput): RequirementState {
  if ('group' in requirement) {
    const said = input.groups[requirement.group] ?? 'unknown';
    return said === 'unknown' ? 'unknown' : met(said !== 'none');
  }
  if ('member_of' in requirement) {
    const said = input.lists[requirement.member_of] ?? 'no_list';
    return said === 'no_list' ? 'unknown' : met(said === 'member');
  }
  if ('entitlement' in requirement) {
    const entitlements = entitlementsOf(input.status, input.proof.mode);
    return entitlements === null ? 'unknown' : met(((entitlements >>> requirement.entitlement) & 1) === 1);
  }
  const value = claimOf(input.proof.claims, requirement.claim);
  if (value === undefined) return 'unknown';
  if ('in' in requirement) return met(requirement.in.includes(value));
  return typeof value === 'number' ? met(value >= requirement.at_least) : 'unknown';
}

/** As answers and explanations call it, such as `group:senior`. */
export function requirementName(requirement: Requirement): string {
  if ('group' in requirement) return `group:${requirement.group}`;
  if ('member_of' in requirement) return `member_of:${requirement.member_of}`;
  if ('entitlement' in requirement) return `entitlement:${requirement.entitlement}`;
  return `claim:${requirement.claim}`;
}

function met(isMet: boolean): RequirementState {
  return isMet ? 'met' : 'not_met';
}
