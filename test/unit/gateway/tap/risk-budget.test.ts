import { describe, expect, test } from 'vitest';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import type { Mode, ModeState } from '../../../../gateway/knowledge/mode/mode.ts';
import { RiskBudget, rebuiltBudget } from '../../../../gateway/tap/5-decide/risk-budget.ts';
import { sampleRecord } from '../journal/sample-records.rig.ts';
import { bytes, listOf, MemoryJournal, NOW, type RigOptions, rig } from './pipeline.rig.ts';

const list = (revision: string, freshUntilMs = NOW - 1_000) =>
  listOf(
    { state: 'good', entitlements: 0 },
    { revision, head: { issuedAtMs: NOW - 500, freshUntilMs, staleUntilMs: NOW + 1e6 } },
  );
const inMode = (mode: Mode, change: Partial<ModeState> = {}): ModeState => ({
  mode,
  forced: false,
  sinceMs: NOW,
  mayAskLive: false,
  ...change,
});
const [a, b, c] = ['a', 'b', 'c'].map((card) => bytes(card)) as [Uint8Array, Uint8Array, Uint8Array];

describe('counting', () => {
  test('goes by card, by device and in all', () => {
    const budget = new RiskBudget(10);
    budget.countFor(list('01.1'));
    expect(budget.used(a, 'g1')).toEqual({ card: 0, device: 0, outage: 0 });
    budget.take(a, 'g1');
    budget.take(a, 'g2');
    budget.take(b, 'g1');
    expect(budget.used(a, 'g1')).toEqual({ card: 2, device: 2, outage: 3 });
    expect(budget.used(b, 'g2')).toEqual({ card: 1, device: 1, outage: 3 });
    expect(budget.used(c, 'g3')).toEqual({ card: 0, device: 0, outage: 3 });
  });

  test('a tap given back is as if it had not been', () => {
    const budget = new RiskBudget(1);
    budget.countFor(list('01.1'));
    budget.take(a, 'g1');
    budget.giveBack(a, 'g1', '01.1');
    expect(budget.cards).toBe(0);
    expect(budget.used(b, 'g1')).toEqual({ card: 0, device: 0, outage: 0 });
    budget.take(b, 'g1');
    budget.giveBack(b, 'g1', '01.0');
    expect(budget.used(b, 'g1')).toEqual({ card: 1, device: 1, outage: 1 });
  });

  test('starts anew with another revision, and with another time of freshness, and only then', () => {
    const budget = new RiskBudget(10);
    for (const next of [list('01.1'), list('01.2'), list('01.2', NOW - 1), null]) {
      budget.countFor(next);
      expect(budget.used(a, 'g1')).toEqual({ card: 0, device: 0, outage: 0 });
      budget.take(a, 'g1');
      budget.countFor(next);
      expect(budget.used(a, 'g1')).toEqual({ card: 1, device: 1, outage: 1 });
    }
  });

  test('when full, cards that are counted go on, and others cannot be counted', () => {
    const budget = new RiskBudget(2);
    budget.countFor(list('01.1'));
    budget.take(a, 'g1');
    budget.take(b, 'g1');
    expect(budget.used(c, 'g1').card).toBeNull();
    expect(budget.uncounted).toBe(1);
    expect(budget.used(a, 'g1').card).toBe(1);
    expect(budget.cards).toBe(2);
  });
});

describe('rebuilding', () => {
  const stale = (position: number, change: Partial<DecisionRecord> = {}): DecisionRecord => {
    const record = sampleRecord(position, { deviceId: 'g1', atMs: NOW - 100 });
    return {
      ...record,
      mode: 'stale',
      proof: { ...record.proof, credential: a },
      status: { ...record.status, listRevision: '01.1' },
      budget: { card: 0, device: 0, outage: 0 },
      ...change,
    };
  };
  const journalOf = (...records: DecisionRecord[]) => {
    const journal = new MemoryJournal();
    journal.records.push(...records);
    return journal;
  };

  test('counts what was allowed on the list in force since it became stale, and nothing else', () => {
    const usual = stale(1);
    const denied = { ...usual.answer, outcome: 'deny', code: 'deny.replayed' } as const;
    const journal = journalOf(
      usual,
      stale(2),
      stale(3, { answer: denied }),
      stale(4, { budget: null }),
      stale(5, { status: { ...usual.status, listRevision: '01.0' } }),
      stale(6, { atMs: NOW - 1_001 }),
    );
    const budget = rebuiltBudget(10, journal, list('01.1'), inMode('stale'));
    budget.countFor(list('01.1'));
    expect(budget.used(a, 'g1')).toEqual({ card: 2, device: 2, outage: 2 });
  });

  test('reaches back to when an operator forced the mode', () => {
    const journal = journalOf(stale(1), stale(2));
    const fresh = list('01.1', NOW + 1_000);
    const forced = inMode('stale', { forced: true, sinceMs: NOW - 200 });
    const budget = rebuiltBudget(10, journal, fresh, forced);
    expect(budget.used(a, 'g1').card).toBe(2);
  });

  test('goes by the age of the list, whatever mode the gateway starts in; a fresh one has used nothing', () => {
    const journal = journalOf(stale(1));
    const used = (freshUntilMs: number) =>
      rebuiltBudget(10, journal, list('01.1', freshUntilMs), inMode('lists')).used(a, 'g1').outage;
    expect(used(NOW - 1_000)).toBe(1);
    expect(used(NOW + 1_000)).toBe(0);
  });
});

describe('on the path of a tap', () => {
  const stale = (options: RigOptions = {}) =>
    rig({ cardList: () => list('01.1'), mode: () => inMode('stale'), ...options });

  test('a card passes as often as its budget lets it, and the record says what was used', async () => {
    const { tap, journal } = stale();
    const codes = [];
    for (const seq of [1, 2, 3]) codes.push((await tap(seq)).code);
    expect(codes).toEqual(['allow.good', 'allow.good', 'refer.risk_budget_spent']);
    expect(journal.records.map(({ budget }) => budget?.card)).toEqual([0, 1, 2]);
    expect(journal.records.map(({ mode, answer }) => [mode, answer.mode])).toEqual(
      Array.from({ length: 3 }, () => ['stale', 'stale']),
    );
  });

  test('in one batch exactly as many pass as in many; then the device, then the outage is spent', async () => {
    const { tap } = stale();
    const together = await Promise.all([1, 2, 3, 4].map((seq) => tap(seq, { input: `c@${seq}` })));
    const codes = together.map(({ code }) => code).sort();
    expect(codes).toEqual(['allow.good', 'allow.good', 'refer.risk_budget_spent', 'refer.risk_budget_spent']);
    expect((await tap(5, { input: 'd@5' })).code).toBe('allow.good');
    expect((await tap(6, { input: 'e@6' })).code).toBe('refer.risk_budget_spent');
    const other = { deviceId: 'g2', class: 'gate', scenes: ['s/one'], enrolment: 'g2' } as const;
    expect((await tap(7, { input: 'e@7', device: other })).code).toBe('allow.good');
    expect((await tap(8, { input: 'f@8', device: other })).code).toBe('refer.risk_budget_spent');
  });

  test('survives a restart', async () => {
    const { tap, journal } = stale();
    await tap(1);
    await tap(2);
    for (const record of journal.records) expect(record.budget).not.toBeNull();
    const again = stale({ journal });
    expect((await again.tap(3)).code).toBe('refer.risk_budget_spent');
  });

  test('is given back when the journal refuses', async () => {
    const { tap, journal } = stale();
    journal.gate = Promise.reject(new Error('disk full'));
    journal.gate.catch(() => {});
    for (const seq of [1, 2, 3]) expect((await tap(seq)).code).toBe('tap.journal_unavailable');
    journal.gate = Promise.resolve();
    for (const seq of [1, 2]) expect((await tap(seq)).code).toBe('allow.good');
    expect((await tap(3)).code).toBe('refer.risk_budget_spent');
  });

  test('counts nothing while the list is fresh', async () => {
    const { tap, journal } = rig();
    for (const seq of [1, 2, 3, 4, 5]) expect((await tap(seq)).code).toBe('allow.good');
    expect(journal.records.every(({ budget }) => budget === null)).toBe(true);
  });
});
