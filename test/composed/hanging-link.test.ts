/** A thread of the platform link that hangs is started again, as one that dies: what is in force stays, and is followed on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type ComposedGateway, composeOnly } from './composed-gateway.rig.ts';

const OPTIONS = {
  cards: 20,
  city: { chips: 'rsa', rsaCardKeys: 2 },
  settings: { platform: { link_hang_ms: 3_000, delta_wait_ms: 500 } },
  gateway: { linkEntry: new URL('../fixtures/spinning-link.ts', import.meta.url) },
} as const;
const WAIT = { timeout: 50_000, interval: 50 };

let composed: ComposedGateway;
afterEach(() => composed.stop());

/** The thread of the link spins from now on, once. */
function spin(): void {
  const folder = join(composed.dataFolder, 'platform');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'spin'), '');
}

async function listRevision(): Promise<unknown> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  return ((await response.json()) as { checks: Readonly<Record<string, unknown>> }).checks['list_revision'];
}

test('while it runs: it is said, and the next change of the list is in force', async () => {
  composed = await composeOnly(OPTIONS);
  await composed.start();
  const before = await listRevision();
  spin();
  const faults = () => composed.logLines.filter(({ what }) => what === 'thread').map(({ fault }) => fault);
  await vi.waitFor(() => expect(faults()).toEqual(['hung', 'died']), WAIT);
  expect(await listRevision()).toBe(before);
  const { generation, revision } = await composed.platform.publish({
    cards: [{ index: 1, state: 'suspended' }],
  });
  await vi.waitFor(
    async () => expect(await listRevision()).toBe(`${generation.slice(0, 8)}.${revision}`),
    WAIT,
  );
});

test('at the start: the gateway says why it cannot start, and does not wait for ever', async () => {
  composed = await composeOnly(OPTIONS);
  spin();
  await expect(composed.start()).rejects.toThrow(
    'the platform link: it hung: no sign of life within 3000 ms',
  );
});
