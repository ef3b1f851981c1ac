/** Evidence, levels and needs: pure tables. */
import { expect, test } from 'vitest';
import { readRules } from '../../../../config/hotel/read-rules.ts';
import type { Evidence } from '../../../../hotel/stays/stay.ts';
import {
  DOCUMENT_EVIDENCE,
  HOLDER_EVIDENCE,
  isEnough,
  STATUS_EVIDENCE,
} from '../../../../hotel/verification/evidence.ts';
import { levelsOf } from '../../../../hotel/verification/evidence-levels.ts';
import { maskedNumber } from '../../../../hotel/verification/masked.ts';
import { needsOf } from '../../../../hotel/verification/needs.ts';

const rules = readRules();
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  ...{ document: 'proven', status: { source: 'live', ageMs: 0 }, holder: 'device', claims: 'signed' },
  ...over,
});

test('levels are reached by all four fields together', () => {
  expect(levelsOf(evidence({ holder: 'person' }), true)).toEqual({
    ...{ ial: 'IAL2', superior: true, eidas: 'substantial', gbt40651: 3 },
  });
  expect(levelsOf(evidence(), false)).toMatchObject({ ial: 'IAL1', superior: false, gbt40651: 2 });
  expect(levelsOf(evidence({ holder: 'pin', claims: 'matched' }), false).ial).toBe('IAL2');
  expect(levelsOf(evidence({ holder: 'pin', claims: 'declared' }), false).ial).toBe('none');
  expect(
    levelsOf(evidence({ document: 'declared', holder: 'none', claims: 'declared' }), false).gbt40651,
  ).toBe(0);
});

test('more of one field never reaches less', () => {
  const order = ['none', 'IAL1', 'IAL2'];
  for (const document of DOCUMENT_EVIDENCE)
    for (const holder of HOLDER_EVIDENCE)
      for (const [i, source] of STATUS_EVIDENCE.entries()) {
        const worse = STATUS_EVIDENCE[Math.max(0, i - 1)] ?? 'none';
        const at = (status: Evidence['status']['source']) =>
          order.indexOf(
            levelsOf(evidence({ document, holder, status: { source: status, ageMs: 0 } }), true).ial,
          );
        expect(at(source)).toBeGreaterThanOrEqual(at(worse));
      }
});

test('a scene wants a least of each', () => {
  expect(isEnough(evidence(), { claims: 'signed', status: 'list' })).toBe(true);
  expect(isEnough(evidence({ claims: 'matched' }), { claims: 'signed' })).toBe(false);
  expect(isEnough(evidence(), { holder: 'pin' })).toBe(false);
});

test('a minor is held for guardian and relationship, by birth date or by the citizen number', () => {
  const minor = {
    document_kind: 'phone-document',
    full_name: 'Li Na',
    document_number: 'A1',
    nationality: 'CN',
  };
  const of = (birth_date: string) =>
    needsOf(
      rules,
      { claims: { ...minor, birth_date }, guardian: null, isPersonCompared: false },
      '2026-11-30',
    );
  expect(of('2008-12-01')).toEqual(['guardian_contact', 'relationship']);
  expect(of('2008-11-30')).toEqual([]);
  const byNumber = (document_number: string) => {
    const claims = { document_kind: 'id-card', full_name: '王小明', document_number };
    return needsOf(rules, { claims, guardian: null, isPersonCompared: false }, '2026-11-30');
  };
  expect(byNumber('500101201203070019')).toEqual(['guardian_contact', 'relationship']);
  expect(byNumber('11010519491231002X')).toEqual([]);
});

test('fields that the kind of document asks for are needed', () => {
  const claims = { document_kind: 'passport', full_name: 'Anna Smith', document_number: 'E1234567' };
  expect(needsOf(rules, { claims, guardian: null, isPersonCompared: false }, '2026-11-30')).toEqual([
    ...['nationality', 'birth_date', 'person_compared'],
  ]);
});

test.each([
  ['11010519491231002X', '110***********002X'],
  ['E1234567', '******67'],
  ['12', '**'],
])('%s is shown as %s', (number, masked) => {
  expect(maskedNumber(number)).toBe(masked);
});
