/** The ledger sees what it is there to see: what is lost, twice, or other than it was answered. */
import { expect, test } from 'vitest';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import type { LoadTap, Sending } from '../outage/gate-load.rig.ts';
import { sampleRecord } from '../unit/gateway/journal/sample-records.rig.ts';
import { againstJournal, againstPlatform, ledgerOf } from './ledger.rig.ts';

const STREAM = Buffer.alloc(16, 7);
const record = (position: number, over: Partial<DecisionRecord['answer']> = {}): DecisionRecord => {
  const sample = sampleRecord(position, { stream: STREAM.toString('hex') });
  return { ...sample, answer: { ...sample.answer, decisionId: `gw:e:${position}`, ...over } };
};
const records = [1, 2, 3].map((position) => record(position));

function sending(message: Readonly<Record<string, unknown>> | null): Sending {
  const answer = message === null ? null : { message, frame: Buffer.from(JSON.stringify(message)) };
  return { sentAt: 0, answeredAt: answer ? 1 : null, answer, over: true };
}

function decision(position: number): Record<string, unknown> {
  const { outcome, code, atMs } = record(position).answer;
  return { t: 'decision', seq: position, id: `gw:e:${position}`, outcome, code, at_ms: atMs };
}

function tap(seq: number, ...answers: (Readonly<Record<string, unknown>> | null)[]): LoadTap {
  const gate = { deviceId: 'gate-1', scenes: [], stream: STREAM, clients: [], connected: true, nextSeq: 0 };
  return {
    gate,
    seq,
    scene: '29/entry',
    card: 1,
    credential: 0,
    message: {},
    sendings: answers.map(sending),
  };
}

const refusal = { t: 'refusal', code: 'tap.journal_unavailable' };
const good = [tap(1, null, decision(1)), tap(2, refusal, decision(2), decision(2)), tap(3, decision(3))];

test('all is well: each tap has its decision once, in the journal and at the platform', () => {
  const ledger = ledgerOf(good);
  expect(ledger).toMatchObject({ sendings: 6, answers: 5, faults: [] });
  expect([...ledger.refusals]).toEqual([['tap.journal_unavailable', 1]]);
  expect(againstJournal(ledger, records)).toEqual([]);
  expect(againstPlatform(ledger, { has: () => true, records: 3, conflicts: 0 }, 3)).toEqual([]);
});

test('a tap with two decisions, and a decision of two taps', () => {
  expect(ledgerOf([tap(1, decision(1), decision(2))]).faults).toHaveLength(1);
  expect(ledgerOf([tap(1, decision(1)), tap(2, decision(1))]).faults).toHaveLength(1);
});

test('an answer that the journal lacks, has otherwise, or has for another tap; a tap that is there twice', () => {
  const ledger = ledgerOf(good);
  expect(againstJournal(ledger, records.slice(1))).toEqual(['gw:e:1 was answered and is not in the journal']);
  const changed = records.map((each) => (each.position === 2 ? record(2, { code: 'deny.replayed' }) : each));
  expect(againstJournal(ledger, changed)).toEqual([
    'gw:e:2 is otherwise in the journal than it was answered',
  ]);
  const other = records.map((each) =>
    each.position === 3 ? { ...each, tap: { ...each.tap, seq: 9 } } : each,
  );
  expect(againstJournal(ledger, other)).toEqual(["gw:e:3 is another tap's in the journal"]);
  const twice = { ...record(3), position: 4 };
  expect(againstJournal(ledger, [...records, twice])).toHaveLength(1);
});

test('an answer that the platform lacks, a record too many or too few, a conflict', () => {
  const ledger = ledgerOf(good);
  const held = { has: () => true, records: 3, conflicts: 0 };
  expect(againstPlatform(ledger, { ...held, has: (id) => id !== 'e:2' }, 3)).toHaveLength(1);
  expect(againstPlatform(ledger, { ...held, records: 4 }, 3)).toHaveLength(1);
  expect(againstPlatform(ledger, { ...held, records: 2 }, 3)).toHaveLength(1);
  expect(againstPlatform(ledger, { ...held, conflicts: 1 }, 3)).toHaveLength(1);
});
