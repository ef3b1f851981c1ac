import { describe, expect, test } from 'vitest';
import type { Policy } from '../../config/scenes.ts';
import { type DecideInput, decide } from '../../gateway/tap/5-decide.ts';

const policy: Policy = {
  policy: 'p',
  families: ['transit-qr'],
  regions: ['cq'],
  unlisted: 'refer',
  list_too_old: 'deny',
  list_age_max_ms: 1_000,
  replayable_ms_max: 60_000,
};
const good: DecideInput = {
  family: 'transit-qr',
  policy,
  proof: { ok: true, code: 'proof.ok', region: 'cq' },
  seenBefore: false,
  replayableMs: 60_000,
  status: { state: 'good', source: 'list', ageMs: 1_000 },
};
const status = (change: Partial<DecideInput['status']>): DecideInput => ({
  ...good,
  status: { ...good.status, ...change },
});
const under = (change: Partial<Policy>, input = good): DecideInput => ({
  ...input,
  policy: { ...policy, ...change },
});

describe('decide', () => {
  const cases: [string, DecideInput, string, string][] = [
    ['a proven, listed, good card', good, 'allow', 'allow.good'],
    [
      'a proof that failed keeps its code',
      { ...good, proof: { ok: false, code: 'signature.user', region: null } },
      'deny',
      'signature.user',
    ],
    ['another family', { ...good, family: 'chip-oda' }, 'deny', 'deny.family_not_accepted'],
    [
      'another region',
      { ...good, proof: { ...good.proof, region: 'sc' } },
      'deny',
      'deny.region_not_accepted',
    ],
    ['used before', { ...good, seenBefore: true }, 'deny', 'deny.replayed'],
    ['replayable for too long', { ...good, replayableMs: 60_001 }, 'deny', 'deny.replayable_too_long'],
    ['suspended', status({ state: 'suspended' }), 'deny', 'deny.status_suspended'],
    ['lost', status({ state: 'lost' }), 'deny', 'deny.status_lost'],
    ['replaced', status({ state: 'replaced' }), 'deny', 'deny.status_replaced'],
    ['cancelled', status({ state: 'cancelled' }), 'deny', 'deny.status_cancelled'],
    [
      'suspended on an old list',
      status({ state: 'suspended', ageMs: 9_999 }),
      'deny',
      'deny.status_suspended',
    ],
    ['unknown, referred', status({ state: 'unknown' }), 'refer', 'refer.status_unknown'],
    [
      'unknown, allowed',
      under({ unlisted: 'allow' }, status({ state: 'unknown' })),
      'allow',
      'allow.unlisted',
    ],
    [
      'unknown, denied',
      under({ unlisted: 'deny' }, status({ state: 'unknown' })),
      'deny',
      'deny.status_unknown',
    ],
    ['one millisecond too old', status({ ageMs: 1_001 }), 'deny', 'deny.list_too_old'],
    [
      'too old, referred',
      under({ list_too_old: 'refer' }, status({ ageMs: 1_001 })),
      'refer',
      'refer.list_too_old',
    ],
    [
      'too old, allowed',
      under({ list_too_old: 'allow' }, status({ ageMs: 1_001 })),
      'allow',
      'allow.list_too_old',
    ],
    [
      'unknown on an old list is the age of the list, not unknown',
      status({ state: 'unknown', ageMs: 1_001 }),
      'deny',
      'deny.list_too_old',
    ],
    ['no list could be asked', status({ state: 'unknown', source: 'none' }), 'deny', 'deny.no_list'],
    [
      'no list, allowed',
      under({ list_too_old: 'allow' }, status({ state: 'unknown', source: 'none' })),
      'allow',
      'allow.no_list',
    ],
    [
      'no list, referred',
      under({ list_too_old: 'refer' }, status({ state: 'unknown', source: 'none' })),
      'refer',
      'refer.no_list',
    ],
    [
      'a failed proof comes before everything',
      {
        ...good,
        family: 'chip-oda',
        seenBefore: true,
        proof: { ok: false, code: 'trust.ca_unknown', region: null },
      },
      'deny',
      'trust.ca_unknown',
    ],
  ];
  test.each(cases)('%s', (_name, input, outcome, code) => {
    expect(decide(input)).toEqual({ outcome, code });
  });

  test('a code that is no decision is a fault of ours', () => {
    const input: DecideInput = { ...good, proof: { ok: false, code: 'tap.queue_full', region: null } };
    expect(() => decide(input)).toThrow(TypeError);
  });
});
