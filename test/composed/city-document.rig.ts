/** City documents of the test's own: scenes by name, each with what it says for itself on top of one policy that takes chips. */
import type { CityDocument, Group, Scene } from '../../config/policy-schema.ts';

const DAY_MS = 86_400_000;

export function cityDocument(
  scenes: Readonly<Record<string, Partial<Scene>>>,
  groups: readonly Group[] = [],
): CityDocument {
  return {
    revision: 'of-the-test',
    ...(groups.length > 0 && { groups: [...groups] }),
    policies: [
      {
        policy: 'chips',
        families: ['chip-oda', 'transit-qr'],
        regions: ['cq'],
        unlisted: 'deny',
        list_too_old: 'deny',
        list_age_max_ms: 30 * DAY_MS,
        replayable_ms_max: 900_000,
        live: 'never',
        not_covered: 'deny',
        stale: { per_card: 1_000, per_device: 10_000, per_outage: 100_000, spent: 'deny', unlisted: 'deny' },
        closed: 'allow',
      },
    ],
    scenes: Object.entries(scenes).map(([scene, said]) => ({
      ...{ scene, service: Number(/^\d+/.exec(scene)?.[0]), point: 'gate', policy: 'chips' },
      ...said,
    })),
  };
}
