/** What a city document says beside its scenes: tasks, regions, groups. */
import type { CityDocument, Group } from '../config/policy-schema.ts';
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

/** The groups of people that a city document knows. */
export function groupsIn(table: SceneTable): readonly Group[] {
  return (table.document as CityDocument).groups ?? [];
}
