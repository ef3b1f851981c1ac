import { describe, expect, test } from 'vitest';
import type { Asked, Group } from '../../../../config/policy-schema.ts';
import {
  claimOf,
  entitlementsOf,
  type GroupEvidence,
  groupsOf,
  listsOf,
  NO_GROUPS,
  NO_LISTS,
  RESOLVED,
} from '../../../../gateway/tap/4-status/groups.ts';

const title = { zh: '组', en: 'group' };
const senior: Group = {
  group: 'senior',
  title,
  from: [{ card_bit: 31 }, { claim: 'age_over_65', in: [true], family: 'mdoc' }, { list: 'seniors' }],
};
const asked: Asked = { groups: [senior], lists: ['seniors'] };
const nothing: GroupEvidence = {
  family: 'mdoc',
  claims: {},
  entitlements: null,
  lists: { seniors: 'no_list' },
};
const saidOf = (evidence: Partial<GroupEvidence>) => groupsOf(asked, { ...nothing, ...evidence })['senior'];

describe('the first source that can say decides', () => {
  test.each<[string, Partial<GroupEvidence>, string]>([
    ['nobody', {}, 'unknown'],
    ['the card says yes', { entitlements: 2 ** 31 }, 'card'],
    ['the card says no, whatever the others say', { entitlements: 1, claims: { age_over_65: true } }, 'none'],
    ['the credential says yes', { claims: { age_over_65: true } }, 'claim'],
    ['the credential says no', { claims: { age_over_65: false }, lists: { seniors: 'member' } }, 'none'],
    ['a credential of another family', { claims: { age_over_65: true }, family: 'sd-jwt' }, 'unknown'],
    ['the list says yes', { lists: { seniors: 'member' } }, 'list'],
    ['the list says no', { lists: { seniors: 'absent' } }, 'none'],
    ['a list that was not looked at', { lists: {} }, 'unknown'],
  ])('%s', (_name, evidence, expected) => {
    expect(saidOf(evidence)).toBe(expected);
  });
});

test('where nothing is asked nothing is made, and of one answer there is one object', () => {
  expect(groupsOf(undefined, nothing)).toBe(NO_GROUPS);
  expect(listsOf(undefined, () => 'member')).toBe(NO_LISTS);
  expect(listsOf({ groups: [], lists: [] }, () => 'member')).toBe(NO_LISTS);
  expect(groupsOf(asked, nothing)).toBe(groupsOf(asked, { ...nothing }));
  expect(listsOf(asked, () => 'member')).toBe(listsOf(asked, () => 'member'));
  expect(listsOf(asked, () => 'member')).toEqual({ seniors: 'member' });
  expect(listsOf(asked, () => 'no_list')).toEqual({ seniors: 'no_list' });
});

test('of many groups each is told apart', () => {
  const groups = Array.from(
    { length: 64 },
    (_, bit): Group => ({
      ...{ group: `g${bit}`, title },
      from: bit < 32 ? [{ card_bit: bit }] : [{ list: `l${bit}` }],
    }),
  );
  for (const count of [1, 7, 22, 23, 64]) {
    const many = { groups: groups.slice(0, count), lists: [] };
    for (const entitlements of [0, 1, 0x5555_5555, 0xffff_ffff]) {
      const told = groupsOf(many, { ...nothing, entitlements });
      expect(told).toEqual(
        Object.fromEntries(
          many.groups.map(({ group }, bit) => [
            group,
            bit >= 32 ? 'unknown' : (entitlements >>> bit) & 1 ? 'card' : 'none',
          ]),
        ),
      );
    }
  }
});

test('bits are known only where somebody who knows the card said them', () => {
  const listed = { state: 'good', source: 'list', listKey: new Uint8Array(16), entitlements: 5 } as const;
  expect(entitlementsOf(listed, 'dda')).toBe(5);
  expect(entitlementsOf({ ...listed, state: 'suspended' }, 'dda')).toBe(5);
  expect(entitlementsOf({ ...listed, state: 'unknown' }, 'dda')).toBeNull();
  expect(entitlementsOf({ ...listed, state: 'not_covered' }, 'dda')).toBeNull();
  expect(entitlementsOf({ ...listed, listKey: null }, 'dda')).toBeNull();
  expect(entitlementsOf({ ...listed, source: 'none' }, 'dda')).toBeNull();
  expect(entitlementsOf({ ...listed, source: 'live' }, 'dda')).toBe(5);
  expect(entitlementsOf({ ...listed, source: 'live' }, RESOLVED)).toBeNull();
});

test('a claim is one that the credential has of its own', () => {
  expect(claimOf({ accountType: 2 }, 'accountType')).toBe(2);
  expect(claimOf({ age_over_18: false }, 'age_over_18')).toBe(false);
  expect(claimOf({}, 'toString')).toBeUndefined();
  expect(claimOf({}, '__proto__')).toBeUndefined();
});
