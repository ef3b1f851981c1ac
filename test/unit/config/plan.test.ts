/** The project's table of services against the city's plan, where the plan is at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nearestName } from '../../../config/nearest-name.ts';
import { offPlan, PLANNED_SERVICES_MAX, plannedService } from '../../../config/plan.ts';

interface Service {
  readonly id: number;
  readonly kind: string;
  readonly categories: readonly string[];
}

const PLAN = new URL('../../../../shared/data/services.json', import.meta.url);
if (!existsSync(PLAN)) console.warn('skipped: the plan is not at ../shared/data/services.json');

test.skipIf(!existsSync(PLAN))(
  'holds the services of the plan, and no point for those that only pay out',
  () => {
    const { services } = JSON.parse(readFileSync(PLAN, 'utf8')) as { services: Service[] };
    const planned = services.filter(({ kind }) => kind === 'service');
    expect(planned.map(({ id }) => id)).toEqual(
      Array.from({ length: PLANNED_SERVICES_MAX }, (_, i) => i + 1),
    );
    for (const { id, categories } of planned) {
      const shown = categories.includes('identity') || categories.includes('payment');
      expect([id, (plannedService(id)?.points.length ?? 0) > 0]).toEqual([id, shown]);
    }
  },
);

test('a service at a point of its own is on the plan', () => {
  expect(offPlan(29, 'gate')).toBeNull();
  expect(offPlan(11, 'desk')).toBeNull();
  expect(offPlan(PLANNED_SERVICES_MAX + 1, 'desk')).toMatch(/the plan has no service/);
});

describe('the nearest name', () => {
  test.each([
    ['29/gate', ['29/entry', '29/exit', '11/desk'], '29/entry'],
    ['29/exti', ['29/entry', '29/exit'], '29/exit'],
    ['transit_qr', ['chip-oda', 'transit-qr'], 'transit-qr'],
    ['qqqqqq', ['chip-oda', 'transit-qr'], null],
    ['', ['a'], null],
  ])('of %s', (name, names, nearest) => {
    expect(nearestName(name, names)).toBe(nearest);
  });
});
