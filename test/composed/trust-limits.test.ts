/** The limits of trust are the settings': none of its parts has others of its own. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type ComposedGateway, composeOnly } from './composed-gateway.rig.ts';

let composed: ComposedGateway | null = null;
afterEach(() => composed?.stop());

const ROTATIONS = 6;

test.each([
  [1, false],
  [64, true],
])('an update takes as many new roots as limits.root_rotations says: %i', async (rotations, all) => {
  composed = await composeOnly({
    settings: { limits: { root_rotations: rotations }, platform: { poll_ms: 60_000 } },
  });
  for (let i = 0; i < ROTATIONS; i += 1) composed.platform.repository.rotateRoot();
  // Asks for trust once or twice.
  await composed.start();
  const kept = readdirSync(join(composed.dataFolder, 'platform', 'trust'), { recursive: true }).map(String);
  const took = (version: number) => kept.some((path) => path.endsWith(`/${version}.root.json`));
  expect(took(2)).toBe(true);
  expect(took(ROTATIONS + 1)).toBe(all);
});
