/** What a city's plan says beside its scenes: the tasks, which scene is of which, and the regions. */
import type { CityDocument } from '../config/policy-schema.ts';
import { loadScenes, type SceneTable } from '../config/scenes.ts';
import type { RegistryPlan } from '../reports/service-points.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { UnusableError } from './unusable.ts';

/** Tasks that the document does not list are those of the one that comes along. Throws UnusableError. */
export function plannedCity(table: SceneTable): RegistryPlan {
  const document = table.document as CityDocument;
  const services = document.services ?? (loadScenes(PRESENTABLE_FAMILIES).document as CityDocument).services;
  if (services === undefined) throw new UnusableError('no city document lists the services of the plan');
  return {
    services: services.toSorted((a, b) => a.service - b.service),
    scenes: new Map(table.described.map(({ scene, service }) => [scene, service])),
    regions: document.regions?.map(({ region }) => region) ?? null,
  };
}
