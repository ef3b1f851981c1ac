/**
 * The services of the city's plan that a card is shown for, by the number they have in the plan: what a service is, and
 * at what kind of point people show their card for it. Source: the division of tasks in document 渝府办发〔2024〕73号.
 */
export type Point = 'gate' | 'desk';

export interface PlannedService {
  readonly service: number;
  readonly name: string;
  /** Where a card is shown: something that opens, or somebody who looks. Empty: money is paid out, no card is shown. */
  readonly points: readonly Point[];
}

const DESK: readonly Point[] = ['desk'];
const BOTH: readonly Point[] = ['gate', 'desk'];
const NOWHERE: readonly Point[] = [];

const TABLE: readonly (readonly [service: number, name: string, points: readonly Point[]])[] = [
  [1, 'employment and starting a business', DESK],
  [2, 'social insurance', DESK],
  [3, 'personnel and talent', DESK],
  [4, 'labour relations', DESK],
  [5, 'construction sites', BOTH],
  [6, 'cards of neighbouring regions', BOTH],
  [7, 'finding work from campus', DESK],
  [8, 'school fees', DESK],
  [9, 'campuses', BOTH],
  [10, 'police services', DESK],
  [11, 'hotels', DESK],
  [12, 'driving licences', DESK],
  [13, 'railway', BOTH],
  [14, 'papers for a flight', BOTH],
  [15, 'papers for leaving and entering the country', DESK],
  [16, 'community services', BOTH],
  [17, 'civil affairs', DESK],
  [18, 'payments by courts', NOWHERE],
  [19, 'farming subsidies', NOWHERE],
  [20, 'wages of relief projects', NOWHERE],
  [21, 'student grants', NOWHERE],
  [22, 'minimum living allowance', NOWHERE],
  [23, 'support in extreme difficulty', NOWHERE],
  [24, 'temporary relief', NOWHERE],
  [25, 'old-age allowance', NOWHERE],
  [26, 'water-works subsidies', NOWHERE],
  [27, 'forestry subsidies', NOWHERE],
  [28, 'traffic fines', DESK],
  [29, 'bus and rail', BOTH],
  [30, 'libraries', BOTH],
  [31, 'museums', BOTH],
  [32, 'scenic spots', BOTH],
  [33, 'maternity', DESK],
  [34, 'health subsidies', NOWHERE],
  [35, 'physicians', DESK],
  [36, 'public health at home', DESK],
  [37, 'licences for the care of mothers and infants', DESK],
  [38, 'medical records', DESK],
  [39, 'examinations of nurses', DESK],
  [40, 'hospitals and pharmacies', BOTH],
  [41, 'proof of disability', BOTH],
  [42, 'social insurance contributions', DESK],
  [43, 'water, power and gas bills', DESK],
  [44, 'digital yuan', DESK],
];

const SERVICES: ReadonlyMap<number, PlannedService> = new Map(
  TABLE.map(([service, name, points]) => [service, { service, name, points }]),
);

/** Null: the plan has no such service. */
export function plannedService(service: number): PlannedService | null {
  return SERVICES.get(service) ?? null;
}

export const PLANNED_SERVICES_MAX = TABLE.length;

/** Why no scene can be of this service at this point; null when one can. */
export function offPlan(service: number, point: Point): string | null {
  const planned = plannedService(service);
  if (planned === null) return `the plan has no service ${service}; it has 1 to ${PLANNED_SERVICES_MAX}`;
  const { name, points } = planned;
  if (points.includes(point)) return null;
  if (points.length === 0) return `no card is shown for service ${service} (${name}): money is paid out`;
  return `service ${service} (${name}) is met at a ${points.join(' or ')}, not at a ${point}`;
}
