/** A plan of a few tasks, and the items of a registry that fits it. */
import type { Service } from '../../../config/policy-schema.ts';
import type { RegistryPlan, ServicePoint } from '../../../reports/service-points.ts';

export function task(service: number, over: Partial<Service> = {}): Service {
  return {
    service,
    kind: 'service',
    title: { zh: `事项${service}`, en: `task ${service}` },
    lead: '某局',
    card_modes: ['physical', 'electronic'],
    categories: ['identity'],
    points: ['desk'],
    plan: { '2026': 2 },
    ...over,
  };
}

export const PLAN: RegistryPlan = {
  services: [
    task(1),
    task(2, { categories: ['identity', 'payment'] }),
    task(3, { categories: ['disbursement'], card_modes: ['physical'] }),
    task(4, { kind: 'support', categories: [], card_modes: [], plan: null }),
    task(5, { card_modes: ['electronic'], plan: null }),
  ],
  scenes: new Map([
    ['1/desk', 1],
    ['1/gate', 1],
    ['2/desk', 2],
  ]),
  regions: ['cq', 'sc'],
};

export function pointOf(point: string, service: number, over: Partial<ServicePoint> = {}): ServicePoint {
  return {
    point,
    service,
    name: { zh: '网点', en: 'point' },
    district: '渝中区',
    region: 'cq',
    accepts: { physical: true, electronic: false },
    ...over,
  };
}
