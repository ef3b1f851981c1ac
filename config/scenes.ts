/** Scenes (a service of the city's plan at a kind of point) and the policies they follow. */
import { fileURLToPath } from 'node:url';
import { Compile } from 'typebox/compile';
import { type CityPath, placedFault, pointerOf, ScenesError } from './city-document/city-fault.ts';
import { cityFaults } from './city-document/city-faults.ts';
import { readPreparedCity } from './city-document/prepared-city.ts';
import { readCity } from './city-document/read-city.ts';
import { contentRevision } from './city-document/revision.ts';
import { schemaFaults } from './city-document/schema-faults.ts';
import type { Families } from './families.ts';
import { servicesOf } from './plan.ts';
import { type CityDocument, CitySchema, type Policy, type Scene, type Service } from './policy-schema.ts';
import { rulesOf } from './scene-rules.ts';

export { ScenesError } from './city-document/city-fault.ts';
export type { Policy, Scene } from './policy-schema.ts';

export interface SceneTable {
  /** `2026-11-30+1f0c33ab`: what decisions carry (`contentRevision`). */
  readonly revision: string;
  /** What holds at a scene; null when there is no such scene. */
  policyOf(scene: string): Policy | null;
  /** A scene as it was written; null when there is no such scene. */
  sceneOf(scene: string): Scene | null;
  readonly scenes: readonly string[];
  /** Every scene as it was written. */
  readonly described: readonly Scene[];
  /** Tasks of the city's plan. */
  readonly services: readonly Service[];
  /** As it was read, for whoever reads it again: another thread. */
  readonly document: unknown;
  /** Longest time any policy lets a presentation be shown again in, milliseconds. */
  readonly replayableMsMax: number;
}

/** The city document that comes along. */
export const SHIPPED_CITY = fileURLToPath(new URL('./city', import.meta.url));

const compiled = Compile(CitySchema);

/**
 * Checks shape, relations, the plan, names used twice and names that lead nowhere. `families`: those that a gate or a desk may
 * present. Throws ScenesError.
 */
export function parseScenes(value: unknown, families: Families): SceneTable {
  return tableOf(value, families, 'the city document', pointerOf);
}

/** Reads a city document: a folder of YAML files, or one YAML or JSON file; without one, that which comes along. */
export function loadScenes(families: Families, path: string = SHIPPED_CITY): SceneTable {
  // Whoever brings a city of their own has it read as they wrote it, with a line for each fault.
  const { value, placeOf } = (path === SHIPPED_CITY ? readPreparedCity(path) : null) ?? readCity(path);
  return tableOf(value, families, `the city in ${path}`, placeOf);
}

/** Of the document of another table: it was checked then. */
export function checkedScenes(document: unknown): SceneTable {
  return usable(document as CityDocument);
}

function tableOf(
  value: unknown,
  families: Families,
  from: string,
  where: (path: CityPath, isKey: boolean) => string,
): SceneTable {
  const refuse = (faults: readonly Parameters<typeof placedFault>[0][]) =>
    new ScenesError(
      from,
      faults.map((fault) => placedFault(fault, where)),
    );
  if (!compiled.Check(value)) throw refuse(schemaFaults(CitySchema, value));
  const faults = cityFaults(value, families);
  if (faults.length > 0) throw refuse(faults);
  return usable(value);
}

function usable(document: CityDocument): SceneTable {
  const policies = new Map<string, Policy>(document.policies.map((each) => [each.policy, each]));
  const scenes = new Map<string, Policy>();
  const described = new Map(document.scenes.map((each) => [each.scene, each]));
  for (const each of document.scenes) {
    const policy = policies.get(each.policy);
    if (policy) scenes.set(each.scene, rulesOf(each, policy, document.groups ?? []));
  }
  return {
    revision: contentRevision(document),
    policyOf: (scene) => scenes.get(scene) ?? null,
    sceneOf: (scene) => described.get(scene) ?? null,
    scenes: [...scenes.keys()],
    described: document.scenes,
    services: servicesOf(document),
    document,
    replayableMsMax: [...scenes.values()].reduce((max, each) => Math.max(max, each.replayable_ms_max), 0),
  };
}
