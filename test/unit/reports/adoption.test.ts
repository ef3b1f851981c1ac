/** Adoption of a few tasks: what is declared, what is seen, and the target. */
import { describe, expect, test } from 'vitest';
import type { CardMode } from '../../../config/policy-schema.ts';
import { type AdoptionSeen, adoptionOf, type ServiceAdoption } from '../../../reports/adoption.ts';
import { adoptionCsv, percentText } from '../../../reports/adoption-text.ts';
import { PointsSeen } from '../../../reports/points-seen.ts';
import type { Disbursement, ServicePoint } from '../../../reports/service-points.ts';
import type { Tapped } from '../../../reports/tapped.ts';
import { PLAN, pointOf, task } from './plan.rig.ts';

function tapped(
  device: string,
  scene: string,
  cardMode: CardMode | null,
  over: Partial<Tapped> = {},
): Tapped {
  return {
    atMs: 0,
    gateway: 'gw-1',
    device,
    scene,
    service: 1,
    outcome: 'deny',
    proven: true,
    cardMode,
    region: 'cq',
    groups: [],
    subject: 'x',
    key: 'k',
    ...over,
  };
}

function adopted(
  service: number,
  points: readonly ServicePoint[],
  taps: readonly Tapped[] | null = null,
  disbursements: readonly Disbursement[] = [],
  receipts: AdoptionSeen['receipts'] = null,
): ServiceAdoption {
  const seen = taps && new PointsSeen(points);
  for (const each of taps ?? []) seen?.add(each);
  const report = adoptionOf(
    PLAN.services,
    { points, disbursements },
    2026,
    seen && { points: seen, receipts },
  );
  const found = report.services.find((row) => row.service.service === service);
  if (!found) throw new Error(`no row for ${service}`);
  return found;
}

/** So many points, of which so many accept the electronic card. */
const points = (count: number, electronic: number) =>
  Array.from({ length: count }, (_, i) =>
    pointOf(`p-${i}`, 1, {
      accepts: { physical: false, electronic: i < electronic },
      devices: [`d-${i}`],
      scenes: ['1/desk'],
    }),
  );

describe('identity, target 2', () => {
  test.each<[number, number, number, string, number, number | null]>([
    [1_000, 499, 0, 'missed', 2, 201],
    [1_000, 500, 1, 'missed', 1, 200],
    [1_000, 699, 1, 'missed', 1, 1],
    [1_000, 700, 2, 'met', 0, 0],
    [1_000, 899, 2, 'met', 0, 0],
    [1_000, 900, 3, 'met', 0, 0],
    [0, 0, 0, 'missed', 2, null],
  ])(
    '%i points, %i accept: depth %i, %s by %i, %j lack',
    (count, accept, depth, standing, missedBy, missing) => {
      const row = adopted(1, points(count, accept));
      expect([row.declaredDepth, row.standing, row.missedBy]).toEqual([depth, standing, missedBy]);
      expect(row.categories[0]?.missing).toBe(missing);
      expect(row.seenDepth).toBeNull();
    },
  );
});

test('declared and seen are two: who never was shown one, and who was and does not say so', () => {
  const row = adopted(1, points(4, 3), [
    tapped('d-0', '1/desk', 'electronic'),
    tapped('d-0', '1/desk', 'physical'),
    tapped('d-1', '1/desk', 'physical', { proven: false }),
    tapped('d-1', '1/desk', null),
    tapped('d-3', '1/desk', 'electronic'),
    tapped('d-2', '1/gate', 'electronic'),
  ]);
  expect(row.modes).toEqual([
    {
      mode: 'physical',
      declared: { part: 0, whole: 4 },
      seen: { part: 1, whole: 4 },
      silent: [],
      undeclared: ['p-0'],
    },
    {
      mode: 'electronic',
      declared: { part: 3, whole: 4 },
      seen: { part: 2, whole: 4 },
      silent: ['p-1', 'p-2'],
      undeclared: ['p-3'],
    },
  ]);
  expect([row.declaredDepth, row.seenDepth]).toEqual([2, 1]);
});

test('devices of one name at two gateways are told apart', () => {
  const both = ['gw-1', 'gw-2'].map((gateway) =>
    pointOf(gateway, 1, { gateway, devices: ['gate-1'], scenes: ['1/desk'] }),
  );
  const row = adopted(1, both, [tapped('gate-1', '1/desk', 'physical', { gateway: 'gw-2' })]);
  expect(row.modes[0]?.silent).toEqual(['gw-1']);
});

test('payment: the account, the bill, and an electronic card that was seen where it opens the bill', () => {
  const paying = [true, true, false, false].map((opens, i) =>
    pointOf(`p-${i}`, 2, {
      accepts: { physical: true, electronic: opens },
      payment: { card_account: i < 3, opens_bill: opens },
      devices: [`d-${i}`],
      scenes: ['2/desk'],
    }),
  );
  const row = adopted(2, paying, [
    tapped('d-0', '2/desk', 'electronic'),
    ...paying.map((_, i) => tapped(`d-${i}`, '2/desk', 'physical')),
  ]);
  expect(row.categories[1]).toEqual({
    category: 'payment',
    declared: { part: 3, whole: 4 },
    declaredDepth: 2,
    bill: { part: 2, whole: 4 },
    seen: { part: 1, whole: 4 },
    seenDepth: 1,
    missing: 0,
  });
  expect([row.declaredDepth, row.seenDepth, row.standing]).toEqual([3, 1, 'met']);
});

test('disbursement: the periods of the year together, and the people that receipts were given for', () => {
  const figures = [
    { service: 3, period: '2026-01', recipients: 100, paid_to_card: 80 },
    { service: 3, period: '2026-02', recipients: 100, paid_to_card: 59 },
    { service: 3, period: '2025', recipients: 1_000, paid_to_card: 0 },
  ];
  const row = adopted(3, [], [], figures, new Map([[3, { disbursement: 120 }]]));
  expect(row.categories[0]).toMatchObject({
    declared: { part: 139, whole: 200 },
    declaredDepth: 1,
    seen: { part: 120, whole: 200 },
    seenDepth: 1,
    missing: 1,
  });
  expect(adopted(3, [], [], figures).categories[0]?.seen).toBeNull();
});

test('tasks without a target, and supporting ones', () => {
  expect(adopted(5, [])).toMatchObject({
    standing: 'no_target',
    target: null,
    missedBy: 0,
    declaredDepth: 0,
  });
  expect(adopted(4, [])).toMatchObject({
    standing: 'support',
    declaredDepth: null,
    modes: [],
    categories: [],
  });
  const [row] = adoptionOf(
    [task(1, { plan: { '2026': 'ministry' } })],
    { points: [], disbursements: [] },
    2026,
    null,
  ).services;
  expect(row).toMatchObject({ standing: 'no_target', target: 'ministry' });
});

test('CSV has a field for every column', () => {
  const report = adoptionOf(PLAN.services, { points: points(2, 1), disbursements: [] }, 2026, null);
  const lines = adoptionCsv(report)
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(',').length);
  expect(lines).toHaveLength(PLAN.services.length + 1);
  expect(new Set(lines).size).toBe(1);
});

test.each([
  [4_999, 10_000, '49.9 %'],
  [9_999, 10_000, '99.9 %'],
  [1, 2, '50 %'],
  [0, 0, ''],
])('%i of %i is shown as %j', (part, whole, text) => {
  expect(percentText({ part, whole })).toBe(text);
});
