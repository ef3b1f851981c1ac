/** What a city's plan says beside its scenes: the tasks, which scene is of which, and the regions. */
import type { CityDocument } from '../config/policy-schema.ts';
import type { SceneTable } from '../config/scenes.ts';
import type { RegistryPlan } from '../reports/service-points.ts';

export function plannedCity(table: SceneTable): RegistryPlan {
  const { regions } = table.document as CityDocument;
  return {
    services: table.services.toSorted((a, b) => a.service - b.service),
    scenes: new Map(table.described.map(({ scene, service }) => [scene, service])),
    regions: regions?.map(({ region }) => region) ?? null,
  };
}
