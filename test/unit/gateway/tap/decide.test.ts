import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Code, codeEntry } from '../../../../config/codes.ts';
import type { Direction, Requirement } from '../../../../config/policy-schema.ts';
import type { Policy } from '../../../../config/scenes.ts';
import { MODES } from '../../../../gateway/knowledge/mode/mode.ts';
import { type DecideInput, decide } from '../../../../gateway/tap/5-decide/decide.ts';
import { DECISION_ROWS } from '../../../../gateway/tap/5-decide/decision-rows.ts';
import type { BudgetFacts, GroupSaid, ListSaid } from '../../../../gateway/verification.ts';

const policy: Policy = {
  policy: 'p',
  families: ['transit-qr'],
  regions: ['cq'],
  unlisted: 'refer',
  list_too_old: 'deny',
  list_age_max_ms: 1_000,
  replayable_ms_max: 60_000,
  live: 'never',
  not_covered: 'refer',
  stale: { per_card: 2, per_device: 5, per_outage: 9, spent: 'refer', unlisted: 'deny' },
  closed: 'refer',
};
const good: DecideInput = {
  family: 'transit-qr',
  policy,
  proof: { ok: true, code: 'proof.ok', region: 'cq', mode: 'm', claims: {} },
  seenBefore: false,
  replayableMs: 60_000,
  status: {
    state: 'good',
    source: 'list',
    ageMs: 1_000,
    live: 'not_wanted',
    entitlements: 4,
    listKey: new Uint8Array(16),
  },
  groups: {},
  lists: {},
  passage: null,
  atMs: 1_000_000,
  mode: 'lists',
  budget: null,
};
const FRESH: BudgetFacts = { card: 1, device: 4, outage: 8 };
const status = (change: Partial<DecideInput['status']>, input = good): DecideInput => ({
  ...input,
  status: { ...input.status, ...change },
});
const under = (change: Partial<Policy>, input = good): DecideInput => ({
  ...input,
  policy: { ...input.policy, ...change },
});
const unproven = (code: Code, input = good): DecideInput => ({
  ...input,
  proof: { ok: false, code, region: null, mode: null, claims: {} },
});
const unbound = (input = good): DecideInput => ({
  ...input,
  proof: { ...input.proof, claims: { holderBound: false } },
});
const elsewhere: DecideInput['proof'] = { ...good.proof, region: 'sc' };
const closed = (input = good): DecideInput => ({ ...input, mode: 'closed' });
const stale = (budget: BudgetFacts | null = FRESH, input = good): DecideInput => ({
  ...input,
  mode: 'stale',
  budget,
});
const requiring = under({ live: 'require', could_not_ask: 'refer' });
const asking = (...requires: Requirement[]) => under({ requires });
const naming = asking({ member_of: 'members', else: 'refer', unknown: 'deny' });
const onList = (said: ListSaid, input = naming): DecideInput => ({ ...input, lists: { members: said } });
const inGroup = (said: GroupSaid, input: DecideInput): DecideInput => ({
  ...input,
  groups: { senior: said },
});
const claiming = (claims: Record<string, string | number | boolean>, input: DecideInput): DecideInput => ({
  ...input,
  proof: { ...input.proof, claims },
});
const senior: Requirement = { group: 'senior', else: 'deny', unknown: 'refer' };
const adult: Requirement = { claim: 'age_over_18', in: [true], else: 'refer' };
const entry = { area: 'a', passes: 'entry', passback_ms: 5_000, passback: 'refer' } as const;
const entering = under({ direction: { ...entry, out_of_turn: 'deny', inside_ms_max: 9_000 } });
const leaving = under({
  direction: { area: 'a', passes: 'exit', out_of_turn: 'refer', inside_ms_max: 9_000 },
});
const inside = (agoMs: number, input: DecideInput): DecideInput => ({
  ...input,
  passage: { state: 'inside', sinceMs: input.atMs - agoMs },
});
const passing = (state: 'outside' | 'unknown', input: DecideInput): DecideInput => ({
  ...input,
  passage: { state, sinceMs: 0 },
});
const directionOf = ({ policy: { direction } }: DecideInput): Direction => {
  if (direction === undefined) throw new Error('it has a direction');
  return direction;
};
const inAnyTurn = (input: DecideInput): DecideInput =>
  under({ direction: { ...directionOf(input), out_of_turn: 'allow' } }, input);

type Case = [name: string, input: DecideInput, code: Code];

const proofAndPresentation: Case[] = [
  ['a proven, listed, good card', good, 'allow.good'],
  ['a proof that failed keeps its code', unproven('signature.user'), 'signature.user'],
  ['another family', { ...good, family: 'chip-oda' }, 'deny.family_not_accepted'],
  ['another region', { ...good, proof: { ...good.proof, region: 'sc' } }, 'deny.region_not_accepted'],
  ['bound to nobody', unbound(), 'deny.holder_not_bound'],
  ['bound to nobody, of another region', unbound({ ...good, proof: elsewhere }), 'deny.region_not_accepted'],
  ['bound to nobody, where that is taken', under({ holder: 'any' }, unbound()), 'allow.good'],
  ['bound, where anything is taken', under({ holder: 'any' }), 'allow.good'],
  ['used before', { ...good, seenBefore: true }, 'deny.replayed'],
  ['replayable for too long', { ...good, replayableMs: 60_001 }, 'deny.replayable_too_long'],
];

const listed: Case[] = [
  ['suspended', status({ state: 'suspended' }), 'deny.status_suspended'],
  ['lost', status({ state: 'lost' }), 'deny.status_lost'],
  ['replaced', status({ state: 'replaced' }), 'deny.status_replaced'],
  ['cancelled', status({ state: 'cancelled' }), 'deny.status_cancelled'],
  ['suspended on an old list', status({ state: 'suspended', ageMs: 9_999 }), 'deny.status_suspended'],
  ['unknown, referred', status({ state: 'unknown' }), 'refer.status_unknown'],
  ['unknown, allowed', under({ unlisted: 'allow' }, status({ state: 'unknown' })), 'allow.unlisted'],
  ['unknown, denied', under({ unlisted: 'deny' }, status({ state: 'unknown' })), 'deny.status_unknown'],
  ['not covered, referred', status({ state: 'not_covered' }), 'refer.not_covered'],
  [
    'not covered, allowed',
    under({ not_covered: 'allow' }, status({ state: 'not_covered' })),
    'allow.not_covered',
  ],
  [
    'not covered, denied',
    under({ not_covered: 'deny' }, status({ state: 'not_covered' })),
    'deny.not_covered',
  ],
  ['one millisecond too old', status({ ageMs: 1_001 }), 'deny.list_too_old'],
  ['too old, referred', under({ list_too_old: 'refer' }, status({ ageMs: 1_001 })), 'refer.list_too_old'],
  ['too old, allowed', under({ list_too_old: 'allow' }, status({ ageMs: 1_001 })), 'allow.list_too_old'],
  [
    'unknown on an old list is the age of the list, not unknown',
    status({ state: 'unknown', ageMs: 1_001 }),
    'deny.list_too_old',
  ],
  ['no list could be asked', status({ state: 'unknown', source: 'none' }), 'deny.no_list'],
  [
    'no list, allowed',
    under({ list_too_old: 'allow' }, status({ state: 'unknown', source: 'none' })),
    'allow.no_list',
  ],
  [
    'no list, referred',
    under({ list_too_old: 'refer' }, status({ state: 'unknown', source: 'none' })),
    'refer.no_list',
  ],
];

const live: Case[] = [
  ...(['late', 'failed', 'not_asked'] as const).flatMap((outcome): Case[] => [
    [`required, ${outcome}, referred`, status({ live: outcome }, requiring), 'refer.could_not_ask'],
    [
      `required, ${outcome}, denied`,
      status({ live: outcome }, under({ could_not_ask: 'deny' }, requiring)),
      'deny.could_not_ask',
    ],
    [
      `required, ${outcome}, the list's word taken: good`,
      status({ live: outcome }, under({ could_not_ask: 'allow' }, requiring)),
      'allow.good',
    ],
    [
      `required, ${outcome}, the list's word taken: unknown`,
      status({ live: outcome, state: 'unknown' }, under({ could_not_ask: 'allow' }, requiring)),
      'refer.status_unknown',
    ],
    [`preferred, ${outcome}`, status({ live: outcome }, under({ live: 'prefer' })), 'allow.good'],
  ]),
  [
    'the platform answers, whatever the age of the list',
    status({ source: 'live', live: 'answered', ageMs: 9_999 }, requiring),
    'allow.good',
  ],
  [
    'the platform says unknown',
    status({ source: 'live', live: 'unknown', state: 'unknown' }, requiring),
    'refer.status_unknown',
  ],
  [
    'the platform does not cover the issuer, and must be asked',
    status({ live: 'not_covered' }, requiring),
    'refer.not_covered',
  ],
  [
    'the platform does not cover the issuer, the list does, and the platform need not be asked',
    status({ live: 'not_covered' }, under({ live: 'prefer' })),
    'allow.good',
  ],
];

const named: Case[] = [
  ['on the named list', onList('member'), 'allow.good'],
  ['not on it, referred', onList('absent'), 'refer.not_named'],
  ['not on it, denied', onList('absent', asking({ member_of: 'members', else: 'deny' })), 'deny.not_named'],
  ['no such list, denied', onList('no_list'), 'deny.named_list_missing'],
  [
    'no such list, as what is not on it',
    onList('no_list', asking({ member_of: 'members', else: 'refer' })),
    'refer.named_list_missing',
  ],
  [
    'no such list, gone on without it',
    onList('no_list', asking({ member_of: 'members', else: 'refer', unknown: 'allow' })),
    'allow.good',
  ],
  ['not looked up although the policy wants it', naming, 'deny.named_list_missing'],
];

const requirements: Case[] = [
  ['of the group, by the card', inGroup('card', asking(senior)), 'allow.good'],
  ['of the group, by a claim', inGroup('claim', asking(senior)), 'allow.good'],
  ['of the group, by a list', inGroup('list', asking(senior)), 'allow.good'],
  ['not of the group', inGroup('none', asking(senior)), 'deny.requirement_not_met'],
  ['nobody can say', inGroup('unknown', asking(senior)), 'refer.requirement_unknown'],
  ['nobody was asked', asking(senior), 'refer.requirement_unknown'],
  ['nobody can say, gone on', inGroup('unknown', asking({ ...senior, unknown: 'allow' })), 'allow.good'],
  ['nobody can say, by else', asking({ group: 'senior', else: 'refer' }), 'refer.requirement_unknown'],
  ['a claim', claiming({ age_over_18: true }, asking(adult)), 'allow.good'],
  ['another value', claiming({ age_over_18: false }, asking(adult)), 'refer.requirement_not_met'],
  ['another kind of value', claiming({ age_over_18: 'true' }, asking(adult)), 'refer.requirement_not_met'],
  ['no such claim', asking(adult), 'refer.requirement_unknown'],
  [
    'no claim but what every object has',
    asking({ claim: 'constructor', in: [true], else: 'deny' }),
    'deny.requirement_unknown',
  ],
  ['enough', claiming({ level: 2 }, asking({ claim: 'level', at_least: 2, else: 'deny' })), 'allow.good'],
  [
    'not enough',
    claiming({ level: 1 }, asking({ claim: 'level', at_least: 2, else: 'deny' })),
    'deny.requirement_not_met',
  ],
  [
    'no number',
    claiming({ level: '2' }, asking({ claim: 'level', at_least: 2, else: 'deny' })),
    'deny.requirement_unknown',
  ],
  ['a bit that is set', asking({ entitlement: 2, else: 'deny' }), 'allow.good'],
  ['a bit that is not', asking({ entitlement: 1, else: 'deny' }), 'deny.requirement_not_met'],
  [
    'the highest bit',
    status({ entitlements: 2 ** 31 }, asking({ entitlement: 31, else: 'deny' })),
    'allow.good',
  ],
  [
    'a bit of a card that nobody knows',
    status({ state: 'unknown' }, asking({ entitlement: 2, else: 'deny', unknown: 'refer' })),
    'refer.requirement_unknown',
  ],
  [
    'a bit where only a status list of tokens speaks',
    status({ listKey: null }, asking({ entitlement: 2, else: 'deny', unknown: 'refer' })),
    'refer.requirement_unknown',
  ],
  [
    'a bit that the platform told',
    status({ source: 'live', live: 'answered', listKey: null }, asking({ entitlement: 2, else: 'deny' })),
    'allow.good',
  ],
  [
    'all of several',
    onList('member', inGroup('card', asking(senior, { member_of: 'members', else: 'deny' }))),
    'allow.good',
  ],
  [
    'what is known not to be met goes before what nobody can say',
    claiming({ age_over_18: false }, inGroup('unknown', asking(senior, adult))),
    'refer.requirement_not_met',
  ],
];

const turns: Case[] = [
  ['entry from outside', passing('outside', entering), 'allow.good'],
  ['entry, nobody knows', passing('unknown', entering), 'allow.good'],
  ['handed back', inside(4_999, entering), 'refer.passback'],
  ['entered twice', inside(5_000, entering), 'deny.entered_twice'],
  ['entered twice, where that is no matter', inAnyTurn(inside(5_000, entering)), 'allow.good'],
  ['handed back, where turns are no matter', inAnyTurn(inside(4_999, entering)), 'refer.passback'],
  ['the clock was set back', inside(-60_000, entering), 'refer.passback'],
  ['exit from inside', inside(1, leaving), 'allow.good'],
  ['exit from outside', passing('outside', leaving), 'refer.not_entered'],
  ['exit, nobody knows', passing('unknown', leaving), 'allow.good'],
  ['exit from outside, where that is no matter', inAnyTurn(passing('outside', leaving)), 'allow.good'],
];

const opened = (input: DecideInput) => closed(under({ closed: 'allow' }, input));
const openedButKnown: Case[] = [
  ['not on the list', opened(onList('absent')), 'refer.not_named'],
  ['the list is missing', opened(onList('no_list')), 'allow.closed'],
  ['not of the group', opened(inGroup('none', asking(senior))), 'deny.requirement_not_met'],
  ['nobody can say', opened(inGroup('unknown', asking(senior))), 'allow.closed'],
  ['handed back', opened(inside(1, entering)), 'refer.passback'],
  ['entered twice', opened(inside(5_000, entering)), 'deny.entered_twice'],
  ['exit from outside', opened(passing('outside', leaving)), 'allow.closed'],
  ['closed, where it does not open', closed(inside(1, entering)), 'refer.closed'],
];

const modes: Case[] = [
  ['closed, referred', closed(), 'refer.closed'],
  ['closed, denied', closed(under({ closed: 'deny' })), 'deny.closed'],
  ['closed, opened', closed(under({ closed: 'allow' })), 'allow.closed'],
  ['stale, within budgets', stale(), 'allow.good'],
  ["stale, the card's is spent", stale({ ...FRESH, card: 2 }), 'refer.risk_budget_spent'],
  ["stale, the device's is spent", stale({ ...FRESH, device: 5 }), 'refer.risk_budget_spent'],
  ["stale, the outage's is spent", stale({ ...FRESH, outage: 9 }), 'refer.risk_budget_spent'],
  ['stale, the card cannot be counted', stale({ ...FRESH, card: null }), 'refer.risk_budget_spent'],
  ['stale, nothing was counted', stale(null), 'refer.risk_budget_spent'],
  [
    'stale, spent, denied',
    stale(null, under({ stale: { ...policy.stale, spent: 'deny' } })),
    'deny.risk_budget_spent',
  ],
  [
    'stale, but the platform answered',
    stale(null, status({ source: 'live', live: 'answered' }, requiring)),
    'allow.good',
  ],
  ['stale, unknown, by its own rule', stale(FRESH, status({ state: 'unknown' })), 'deny.status_unknown'],
  [
    'stale, unknown to the platform, by the usual rule',
    stale(FRESH, status({ state: 'unknown', source: 'live', live: 'unknown' }, requiring)),
    'refer.status_unknown',
  ],
  [
    'stale, unknown, allowed within budgets',
    stale(FRESH, under({ stale: { ...policy.stale, unlisted: 'allow' } }, status({ state: 'unknown' }))),
    'allow.unlisted',
  ],
  [
    'stale, unknown, allowed beyond budgets',
    stale(null, under({ stale: { ...policy.stale, unlisted: 'allow' } }, status({ state: 'unknown' }))),
    'refer.risk_budget_spent',
  ],
  [
    'stale, not covered, allowed beyond budgets',
    stale(null, under({ not_covered: 'allow' }, status({ state: 'not_covered' }))),
    'refer.risk_budget_spent',
  ],
];

describe.each([
  ['proof and presentation', proofAndPresentation],
  ['the list', listed],
  ['live status', live],
  ['named lists', named],
  ['requirements', requirements],
  ['turns', turns],
  ['closed and open, but known', openedButKnown],
  ['modes', modes],
])('%s', (_name, cases) => {
  test.each(cases)('%s', (_case, input, code) => {
    expect(decide(input)).toMatchObject({ outcome: codeEntry(code).outcome, code });
  });
});

describe('a scene that opens when closed', () => {
  const exit = closed(under({ closed: 'allow' }));

  test.each(['trust.ca_unknown', 'trust.ca_expired', 'trust.issuer_not_accepted'] as const)(
    'lets pass what fails by %s, which newer trust may mend',
    (code) => {
      expect(decide(unproven(code, exit)).code).toBe('allow.closed');
      expect(decide(unproven(code, closed())).code).toBe(code);
      expect(decide(unproven(code, under({ closed: 'allow' }))).code).toBe(code);
      expect(decide({ ...unproven(code, exit), family: 'chip-oda' }).code).toBe(code);
    },
  );

  test.each([
    'signature.user',
    'signature.issuer_certificate',
    'credential.malformed',
    'credential.expired',
    'code.stale',
    'key.invalid',
    'trust.certificate_revoked',
    'trust.certificate_expired',
    'proof.internal',
  ] as const)('never lets pass what fails by %s', (code) => {
    expect(decide(unproven(code, exit))).toEqual({ outcome: 'deny', code });
  });
});

describe('of two reasons the first in order is given', () => {
  const withList = (then: 'refer' | 'deny', said: ListSaid, input: DecideInput): DecideInput => ({
    ...under({ requires: [...(input.policy.requires ?? []), { member_of: said, else: then }] }, input),
    lists: { ...input.lists, [said]: said },
  });
  const requiringAlso = (
    one: Requirement & { group: string },
    said: GroupSaid,
    input: DecideInput,
  ): DecideInput => ({
    ...under({ requires: [...(input.policy.requires ?? []), one] }, input),
    groups: { ...input.groups, [one.group]: said },
  });

  /** In order; each changes an input so that its reason applies, and leaves the rest. */
  const reasons: [Code, (input: DecideInput) => DecideInput][] = [
    ['signature.user', (input) => unproven('signature.user', input)],
    ['deny.family_not_accepted', (input) => ({ ...input, family: 'chip-oda' })],
    ['deny.region_not_accepted', (input) => ({ ...input, proof: { ...input.proof, region: 'sc' } })],
    ['deny.replayed', (input) => ({ ...input, seenBefore: true })],
    ['deny.replayable_too_long', (input) => ({ ...input, replayableMs: 60_001 })],
    ['refer.closed', closed],
    ['deny.status_lost', (input) => status({ state: 'lost', source: 'list' }, input)],
    [
      'refer.could_not_ask',
      (input) => under({ live: 'require', could_not_ask: 'refer' }, status({ live: 'late' }, input)),
    ],
    ['refer.not_named', (input) => withList('refer', 'absent', input)],
    ['deny.named_list_missing', (input) => withList('deny', 'no_list', input)],
    ['deny.requirement_not_met', (input) => requiringAlso({ group: 'g1', else: 'deny' }, 'none', input)],
    ['refer.requirement_unknown', (input) => requiringAlso({ group: 'g2', else: 'refer' }, 'unknown', input)],
    ['refer.passback', (input) => inside(1, under({ direction: directionOf(entering) }, input))],
    ['refer.not_covered', (input) => status({ state: 'not_covered' }, input)],
    ['deny.no_list', (input) => status({ state: 'unknown', source: 'none' }, input)],
    ['deny.list_too_old', (input) => status({ ageMs: 1_001 }, input)],
    ['refer.status_unknown', (input) => status({ state: 'unknown' }, input)],
    ['refer.risk_budget_spent', (input) => stale(null, input)],
  ];
  const pairs = reasons.flatMap(([first, applyFirst], i) =>
    reasons.slice(i + 1).map(([second, applySecond]) => [first, second, applyFirst, applySecond] as const),
  );

  test.each(pairs)('%s before %s', (first, _second, applyFirst, applySecond) => {
    const both = applyFirst(applySecond(good));
    const { code } = decide(both);
    // In mode `stale` an unknown card follows that mode's rule.
    const expected =
      both.mode === 'stale' && first === 'refer.status_unknown' ? 'deny.status_unknown' : first;
    expect(code).toBe(expected);
  });
});

test('whatever is put together, nothing is taken for something else', () => {
  const states = ['good', 'suspended', 'lost', 'replaced', 'cancelled', 'unknown', 'not_covered'] as const;
  const outcomes = [
    'not_wanted',
    'answered',
    'unknown',
    'not_covered',
    'late',
    'failed',
    'not_asked',
  ] as const;
  const budgets = [null, FRESH, { ...FRESH, card: 2 }];
  const answers = ['allow', 'refer', 'deny'] as const;
  let looked = 0;
  for (const mode of MODES)
    for (const state of states)
      for (const source of ['live', 'list', 'none'] as const)
        for (const live of outcomes)
          for (const each of ['member', 'absent', 'no_list', null] as const)
            for (const budget of budgets)
              for (const answer of answers)
                for (const wanted of ['never', 'prefer', 'require'] as const) {
                  const input: DecideInput = {
                    ...good,
                    mode,
                    budget,
                    status: { ...good.status, state, source, live, ageMs: 0 },
                    lists: each === null ? {} : { members: each },
                    policy: {
                      ...policy,
                      live: wanted,
                      could_not_ask: answer,
                      unlisted: answer,
                      closed: answer,
                    },
                  };
                  looked += 1;
                  const { outcome, code } = decide(input);
                  const fault = faultOf(input, code);
                  if (fault !== null || codeEntry(code).outcome !== outcome) {
                    expect.fail(`${fault}: ${JSON.stringify(input)} -> ${outcome} ${code}`);
                  }
                }
  expect(looked).toBe(4 * 7 * 3 * 7 * 4 * 3 * 3 * 3);
});

/** What must hold of every decision over a proven card, said without the order of reasons. */
function faultOf({ mode, status, policy: { live: wanted }, budget }: DecideInput, code: Code): string | null {
  const { state, source, live } = status;
  if ((mode === 'closed') !== code.endsWith('.closed')) return 'closed is the mode closed';
  if (mode === 'closed') return null;
  const bad = state !== 'good' && state !== 'unknown' && state !== 'not_covered';
  if (bad !== (code === `deny.status_${state}` && state !== 'unknown')) return 'what is known bad is denied';
  const unanswered = live === 'late' || live === 'failed' || live === 'not_asked';
  if (code.endsWith('.could_not_ask') && !(unanswered && wanted === 'require')) return 'it was asked';
  if (/unlisted|status_unknown/.test(code) && state !== 'unknown') return 'it is not unknown';
  if (/not_covered/.test(code) && state !== 'not_covered' && live !== 'not_covered') return 'it is covered';
  if (code === 'allow.good' && state !== 'good') return 'it is not good';
  const onTheListsWord = mode === 'stale' && source !== 'live';
  if (code.startsWith('allow.') && onTheListsWord && budget !== FRESH) return 'a spent budget lets pass';
  if (code.endsWith('.risk_budget_spent') && !onTheListsWord) return 'there is no budget to spend';
  return null;
}

test('a code that is no decision is a fault of ours', () => {
  expect(() => decide(unproven('tap.queue_full'))).toThrow(TypeError);
});

describe('beside the code', () => {
  test('the requirement that decided is told', () => {
    expect(decide(inGroup('none', asking(senior)))).toMatchObject({ requirement: 'group:senior' });
    expect(decide(asking(adult))).toMatchObject({ requirement: 'claim:age_over_18' });
    expect(decide(asking({ entitlement: 1, else: 'deny' }))).toMatchObject({ requirement: 'entitlement:1' });
    expect(decide(onList('absent'))).toMatchObject({ requirement: 'member_of:members' });
    expect(decide(opened(onList('absent')))).toMatchObject({ requirement: 'member_of:members' });
    expect(decide(good)).not.toHaveProperty('requirement');
    expect(decide(opened(inside(1, entering)))).not.toHaveProperty('requirement');
  });

  test('what passes out of turn is told, and nothing else of turns', () => {
    expect(decide(inAnyTurn(inside(5_000, entering)))).toMatchObject({ passage: 'entered_twice' });
    expect(decide(inAnyTurn(passing('outside', leaving)))).toMatchObject({ passage: 'not_entered' });
    expect(decide(opened(passing('outside', leaving)))).toMatchObject({ passage: 'not_entered' });
    expect(decide(passing('outside', entering))).not.toHaveProperty('passage');
    expect(decide(inside(5_000, entering))).not.toHaveProperty('passage');
  });
});

test('the table above `decide` is the rows that it follows', () => {
  const source = readFileSync(new URL('../../../../gateway/tap/5-decide/decide.ts', import.meta.url), 'utf8');
  const written = Array.from(source.matchAll(/^ \* \| (\d+) \| ([^|]+) \|/gm), ([, row, when]) => [
    Number(row),
    when,
  ]);
  expect(written).toEqual(DECISION_ROWS.map(({ row, when }) => [row, when]));
});

describe('where other gateways should have been asked, and could not be', () => {
  const alone: DecideInput = { ...good, replayScope: 'local' };
  const refers = under({ replay_unshared: 'refer' }, alone);

  test('it passes, unless the scene says otherwise', () => {
    expect(decide(alone).code).toBe('allow.good');
    expect(decide(under({ replay_unshared: 'accept' }, alone)).code).toBe('allow.good');
    expect(decide(refers)).toEqual({ outcome: 'refer', code: 'refer.replay_unshared' });
    for (const replayScope of ['gateway', 'shared'] as const) {
      expect(decide({ ...refers, replayScope }).code).toBe('allow.good');
    }
  });

  test('a door that opens in mode closed opens, and what is refused anyway is refused for its own reason', () => {
    expect(decide(under({ closed: 'allow' }, { ...refers, mode: 'closed' })).code).toBe('allow.closed');
    expect(decide({ ...refers, seenBefore: true }).code).toBe('deny.replayed');
    expect(decide(status({ state: 'lost' }, refers)).code).toBe('deny.status_lost');
    expect(decide({ ...refers, mode: 'stale' }).code).toBe('refer.risk_budget_spent');
  });
});
