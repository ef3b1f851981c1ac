/** The shipped services against the city's plan, where the plan is at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nearestName } from '../../../config/nearest-name.ts';
import { offPlan, plannedService, servicesOf } from '../../../config/plan.ts';

interface Task {
  readonly id: number;
  readonly kind: string;
  readonly lead: string;
  readonly partners: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly card_modes: readonly string[];
  readonly categories: readonly string[];
  readonly plan: Readonly<Record<string, unknown>> | null;
}

const PLAN = new URL('../../../../shared/data/services.json', import.meta.url);
if (!existsSync(PLAN)) console.warn('skipped: the plan is not at ../shared/data/services.json');

const services = servicesOf({});

test.skipIf(!existsSync(PLAN))('all 47 tasks are those of the plan, fact by fact', () => {
  const { services: tasks } = JSON.parse(readFileSync(PLAN, 'utf8')) as { services: Task[] };
  const shipped = services.map(({ service, title, points: _points, note: _note, ...same }) => ({
    ...{ id: service, name_zh: title.zh, name_en: title.en },
    ...same,
  }));
  const facts = ({ id, name_zh, name_en, kind, lead, partners, card_modes, categories, plan }: Task) => ({
    ...{ id, name_zh, name_en, kind, lead, partners, card_modes, categories, plan },
  });
  expect(shipped).toEqual(tasks.map(facts));
  expect(shipped).toHaveLength(47);
});

test('every service has a point where the card is shown, and no supporting task has one', () => {
  for (const { service, kind, points } of services) {
    expect([service, points.length > 0]).toEqual([service, kind === 'service']);
  }
});

test('a document that lists services has those alone', () => {
  const [first] = services;
  expect(first).toBeDefined();
  if (first === undefined) return;
  const own = servicesOf({ services: [{ ...first, service: 7, points: [] }] });
  expect([plannedService(own, 1), plannedService(own, 7)?.title]).toEqual([null, first.title]);
  expect(offPlan(own, 1, 'desk')).toBe('the plan has no service 1; it has 7 to 7');
  expect(offPlan(own, 7, 'desk')).toMatch(/has no points: name gate or desk/);
});

test.each<[number, 'gate' | 'desk', string | RegExp | null]>([
  [29, 'gate', null],
  [11, 'desk', null],
  [19, 'desk', null],
  [19, 'gate', /service 19 \(Agricultural subsidies\) is met at a desk, not at a gate/],
  [45, 'desk', /task 45 \(Legislation\) serves nobody by itself: no scene is of it/],
  [48, 'desk', 'the plan has no service 48; it has 1 to 44'],
])('of service %i at a %s', (service, point, says) => {
  const off = offPlan(services, service, point);
  if (says instanceof RegExp) expect(off).toMatch(says);
  else expect(off).toBe(says);
});

describe('the nearest name', () => {
  test.each([
    ['29/gate', ['29/entry', '29/exit', '11/desk'], '29/entry'],
    ['29/gate', ['6/gate', '32/gate', '29/entry'], '29/entry'],
    ['29/exti', ['29/entry', '29/exit'], '29/exit'],
    ['transit_qr', ['chip-oda', 'transit-qr'], 'transit-qr'],
    ['qqqqqq', ['chip-oda', 'transit-qr'], null],
    ['', ['a'], null],
  ])('of %s', (name, names, nearest) => {
    expect(nearestName(name, names)).toBe(nearest);
  });
});
