import { describe, expect, test } from 'vitest';
import { loadScenes, parseScenes, ScenesError } from '../../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../../workers/families/table.ts';
import { type LooseCity, shippedCity } from '../../fixtures/city-document.ts';

/** The shipped table with a change to the policy of hospital desks, which requires live status. */
function changed(change: Record<string, unknown>): LooseCity {
  const table = shippedCity();
  const policy = table.policies.find((each) => each['policy'] === 'hospital-desk');
  if (policy) Object.assign(policy, change);
  for (const [name, value] of Object.entries(change)) if (value === undefined) delete policy?.[name];
  return table;
}

describe('the scenes that come along', () => {
  const table = loadScenes(PRESENTABLE_FAMILIES);
  test('each have a policy', () => {
    expect(table.scenes).toHaveLength(75);
    for (const scene of table.scenes) expect(table.policyOf(scene)).not.toBeNull();
  });

  test('gates of transit go by lists alone, and the exit opens whatever happens', () => {
    expect(table.policyOf('29/entry')).toMatchObject({ live: 'never', closed: 'deny' });
    expect(table.policyOf('29/exit')).toMatchObject({ live: 'never', closed: 'allow' });
  });

  test('desks ask the platform, and a person looks where nothing is known', () => {
    expect(table.policyOf('11/desk')).toMatchObject({ live: 'prefer', closed: 'refer' });
    expect(table.policyOf('40/desk')).toMatchObject({ live: 'require', could_not_ask: 'refer' });
  });
});

describe('refused', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a field nobody knows',
      { lives: 'never' },
      /policies\/5\/lives: nothing here is called "lives"; did you mean live\?/,
    ],
    [
      'live status of another kind',
      { live: 'always' },
      /policies\/5\/live: live must be one of never, prefer, require, and is "always"/,
    ],
    [
      'a family that does not exist',
      { families: ['chip-oda', 'transit-qrs'] },
      /there is no family transit-qrs; did you mean transit-qr\?/,
    ],
    ['a family that no gate presents', { families: ['sm2-signature'] }, /there is no family sm2-signature; /],
    [
      'a missing rule for closed',
      { closed: undefined },
      /policies\/5: closed is missing: one of allow, refer, deny/,
    ],
    ['a budget below nothing', { stale: { per_card: -1 } }, /per_card/],
    ['a spent budget that lets pass', { stale: { ...staleOf(), spent: 'allow' } }, /spent/],
    ['live required, without a rule', { could_not_ask: undefined }, /live: require needs could_not_ask/],
    ['a rule for what is not required', { live: 'prefer' }, /could_not_ask belongs to live: require/],
    [
      'a named list as it was once asked for',
      { named_list: 'members' },
      /policies\/5\/named_list: nothing here is called "named_list"/,
    ],
    [
      'a named list without what else',
      { requires: [{ member_of: 'members' }] },
      /requires\/0: else is missing: one of refer, deny/,
    ],
    [
      'a list by a name with a place',
      { requires: [{ member_of: '{a}-members', else: 'deny' }] },
      /requires\/0\/member_of: member_of must be text of the form/,
    ],
    [
      'not being named lets pass',
      { requires: [{ member_of: 'members', else: 'allow' }] },
      /requires\/0\/else: else must be one of refer, deny/,
    ],
    [
      'a card with more than its device',
      { stale: { ...staleOf(), per_card: 11, per_device: 10 } },
      /per_card must not exceed per_device/,
    ],
    [
      'a device with more than all',
      { stale: { ...staleOf(), per_device: 10, per_outage: 9 } },
      /per_device must not exceed per_outage/,
    ],
  ])('%s', (_name, change, says) => {
    const parse = () => parseScenes(changed(change), PRESENTABLE_FAMILIES);
    expect(parse).toThrow(ScenesError);
    expect(parse).toThrow(says);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a supporting task',
      { scene: '45/desk', service: 45 },
      /task 45 \(Legislation\) serves nobody by itself: no scene is of it/,
    ],
    [
      'a service beyond the plan',
      { scene: '48/desk', service: 48 },
      /the plan has no service 48; it has 1 to 44/,
    ],
    [
      'an electronic card where money is paid out',
      { scene: '22/desk', service: 22 },
      /scenes\/66\/policy: service 22 \(Minimum living allowance\) takes the physical card alone, .*token.*: give the scene families/,
    ],
    [
      'the same, said by the scene itself',
      { scene: '22/desk', service: 22, families: ['chip-oda', 'token'] },
      /scenes\/66\/families\/1: service 22 .*, and token is the electronic one: take it out/,
    ],
    [
      'a chip where the electronic card is asked for alone',
      { scene: '10/desk', service: 10 },
      /service 10 .* takes the electronic card alone, and chip-oda is the physical one/,
    ],
    [
      'a gate where people sit at desks',
      { point: 'gate', scene: '11/x', service: 11 },
      /service 11 \(Hotel check-in\) is met at a desk, not at a gate/,
    ],
    [
      'a name that says another service',
      { service: 41 },
      /scene 40\/desk is of service 40 by its name, and says 41/,
    ],
    ['a policy that does not exist', { policy: 'hospital-desks' }, /did you mean hospital-desk\?/],
  ])('%s', (_name, change, says) => {
    const table = shippedCity();
    Object.assign(table.scenes.find((each) => each['scene'] === '40/desk') ?? {}, change);
    expect(() => parseScenes(table, PRESENTABLE_FAMILIES)).toThrow(ScenesError);
    expect(() => parseScenes(table, PRESENTABLE_FAMILIES)).toThrow(says);
  });

  test('nothing, when a named list is required as it should be', () => {
    const requires = [{ member_of: 'members', else: 'deny', unknown: 'refer' }];
    const table = parseScenes(changed({ requires }), PRESENTABLE_FAMILIES);
    expect(table.policyOf('40/desk')).toMatchObject({ requires, asked: { groups: [], lists: ['members'] } });
  });
});

function staleOf(): Record<string, unknown> {
  return { per_card: 1, per_device: 10, per_outage: 100, spent: 'deny', unlisted: 'deny' };
}
