/** The tasks of the city's plan: what each is, and at what kind of point people show their card for it. */
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readCity } from './city-document/read-city.ts';
import { type CityDocument, type Scene, type Service, ServiceSchema } from './policy-schema.ts';

export type Point = Scene['point'];

/** Those of the city document that comes along. */
const SHIPPED = fileURLToPath(new URL('./city/services.yaml', import.meta.url));
const shipped = Compile(
  Type.Object({ services: Type.Array(ServiceSchema) }, { additionalProperties: false }),
);

let shippedServices: readonly Service[] | null = null;

/** Its own, or, where a document lists none, those of the document that comes along. Throws ScenesError where these cannot be read. */
export function servicesOf({ services }: Pick<CityDocument, 'services'>): readonly Service[] {
  if (services !== undefined) return services;
  // Read when it is first asked for: whoever brings services of his own needs no file of ours.
  shippedServices ??= readShipped();
  return shippedServices;
}

function readShipped(): readonly Service[] {
  const { value } = readCity(SHIPPED);
  if (!shipped.Check(value)) throw new TypeError(`${SHIPPED} is not what came along`);
  return value.services;
}

/** Null: the plan has no such service. */
export function plannedService(services: readonly Service[], number: number): Service | null {
  return services.find(({ service }) => service === number) ?? null;
}

/** Why no scene can be of this service at this point; null when one can. */
export function offPlan(services: readonly Service[], number: number, point: Point): string | null {
  const planned = plannedService(services, number);
  if (planned === null) return `the plan has no service ${number}; it has ${rangeOf(services)}`;
  const { kind, title, points } = planned;
  if (kind === 'support') {
    return `task ${number} (${title.en}) serves nobody by itself: no scene is of it`;
  }
  if (points.includes(point)) return null;
  if (points.length === 0)
    return `service ${number} (${title.en}) has no points: name gate or desk in its points`;
  return `service ${number} (${title.en}) is met at a ${points.join(' or ')}, not at a ${point}`;
}

function rangeOf(services: readonly Service[]): string {
  const numbers = services.filter(({ kind }) => kind === 'service').map(({ service }) => service);
  return numbers.length === 0 ? 'none' : `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
}
