import { describe, expect, test } from 'vitest';
import type { ChainHead, Delta } from '../../../lists/delta.ts';
import { addDelta, addHead, type ChainState, chainAt, maySwitch } from '../../../lists/delta-chain.ts';
import { GENERATION, hashOf } from './chain-links.rig.ts';

const clock = { nowMs: 10_000, toleranceMs: 100 };
const OTHER = 'f'.repeat(32);
const times = { issuedAtMs: 1_000, freshUntilMs: 2_000, staleUntilMs: 3_000 };
const at = (revision: number) => hashOf(`link ${revision}`);
const delta = (over: Partial<Delta> = {}): Delta => {
  const revision = over.revision ?? 8;
  const hashes = { previousHash: at(revision - 1), chainHash: at(revision) };
  return { generation: GENERATION, revision, ...hashes, ...times, changes: new Uint8Array(), ...over };
};
const head = (over: Partial<ChainHead> = {}): ChainHead => {
  const revision = over.revision ?? 7;
  return { generation: GENERATION, revision, chainHash: at(revision), ...times, ...over };
};
/** At revision 7, having come from 5. */
const state: ChainState = { ...chainAt(head()), past: [at(5), at(6)] };

describe('a delta', () => {
  test('goes on from where the chain stands', () => {
    const later = { issuedAtMs: 1_500, freshUntilMs: 2_500, staleUntilMs: 3_500 };
    expect(addDelta(state, delta(later), clock)).toEqual({
      kind: 'applied',
      state: {
        generation: GENERATION,
        revision: 8,
        chainHash: at(8),
        ...later,
        past: [at(5), at(6), at(7)],
      },
    });
  });

  test('never makes the list less fresh than a head did', () => {
    const early = delta({ issuedAtMs: 500, freshUntilMs: 600, staleUntilMs: 700 });
    expect(addDelta(state, early, clock)).toMatchObject({
      kind: 'applied',
      state: { ...times, revision: 8 },
    });
  });

  test.each<[string, Partial<Delta>, unknown]>([
    ['skips one', { revision: 9 }, { refuse: 'gap' }],
    ['goes on from another link', { previousHash: at(99) }, { refuse: 'fork' }],
    ['is held', { revision: 7 }, { kind: 'already' }],
    ['is held from before', { revision: 6 }, { kind: 'already' }],
    ['is another than the one held', { revision: 7, chainHash: at(99) }, { refuse: 'fork' }],
    ['is another than one held before', { revision: 6, chainHash: at(99) }, { refuse: 'fork' }],
    ['is older than what is remembered', { revision: 4 }, { refuse: 'rollback' }],
    ['is of another generation', { generation: OTHER }, { refuse: 'generation' }],
    ['is of the future', { issuedAtMs: 10_101, freshUntilMs: 10_102 }, { refuse: 'future' }],
  ])('that %s', (_, over, expected) => {
    expect(addDelta(state, delta(over), clock)).toEqual(expected);
  });

  test('a little ahead of the clock is taken', () => {
    expect(addDelta(state, delta({ issuedAtMs: 10_100 }), clock)).toMatchObject({ kind: 'applied' });
  });

  test('memory of links that are passed is bounded', () => {
    let now: ChainState = state;
    for (let revision = 8; revision < 300; revision++) {
      const step = addDelta(now, delta({ revision }), clock);
      if (!('state' in step)) throw new Error('not applied');
      now = step.state;
    }
    expect(now.revision).toBe(299);
    expect(now.past.length).toBe(64);
    expect(addDelta(now, delta({ revision: 298 }), clock)).toEqual({ kind: 'already' });
    expect(addDelta(now, delta({ revision: 235 }), clock)).toEqual({ kind: 'already' });
    expect(addDelta(now, delta({ revision: 234 }), clock)).toEqual({ refuse: 'rollback' });
  });
});

describe('a head', () => {
  test('moves freshness forward and nothing else', () => {
    const later = { issuedAtMs: 1_500, freshUntilMs: 2_500, staleUntilMs: 3_500 };
    expect(addHead(state, head(later), clock)).toEqual({ kind: 'applied', state: { ...state, ...later } });
  });

  test.each<[string, Partial<ChainHead>, unknown]>([
    ['is held', {}, { kind: 'already' }],
    ['was signed before the one held', { issuedAtMs: 999 }, { refuse: 'rollback' }],
    ['is of an earlier revision', { revision: 6 }, { refuse: 'rollback' }],
    ['is of a revision no longer remembered', { revision: 1 }, { refuse: 'rollback' }],
    ['is of an earlier revision of another chain', { revision: 6, chainHash: at(99) }, { refuse: 'fork' }],
    ['is of another chain', { chainHash: at(99), issuedAtMs: 1_001 }, { refuse: 'fork' }],
    ['is further on', { revision: 8 }, { refuse: 'gap' }],
    ['is of another generation', { generation: OTHER }, { refuse: 'generation' }],
    ['is of the future', { issuedAtMs: 10_101 }, { refuse: 'future' }],
  ])('that %s', (_, over, expected) => {
    expect(addHead(state, head(over), clock)).toEqual(expected);
  });
});

describe('a snapshot', () => {
  test.each<[string, Partial<ChainHead>, string | null]>([
    ['at the revision held', {}, null],
    ['further on', { revision: 9 }, null],
    ['further on in another chain, which settles a fork', { revision: 7, chainHash: at(99) }, null],
    ['before the revision held', { revision: 6 }, 'rollback'],
    ['of a later generation', { generation: OTHER, revision: 1, issuedAtMs: 1_000 }, null],
    ['of an earlier generation', { generation: OTHER, revision: 9, issuedAtMs: 999 }, 'rollback'],
    ['of the future', { revision: 9, issuedAtMs: 10_101 }, 'future'],
  ])('%s', (_, over, expected) => {
    expect(maySwitch(state, head(over), clock)).toBe(expected);
  });

  test('is where a chain begins', () => {
    expect(maySwitch(null, head(), clock)).toBeNull();
  });
});
