/** New trust under load: no tap waits for it, it is in force on all threads at once, and what cannot be loaded changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCity } from '../../platform/city.ts';
import { ANCHORS_MAX, withAnchors } from '../fixtures/many-anchors.ts';
import { type ComposedGateway, type ComposedOptions, startComposed } from './composed-gateway.rig.ts';
import { codesOf, startTapping } from './tapping.rig.ts';

/** Times of the product, but for the deadline: a busy machine is no fault. */
const OPTIONS: ComposedOptions = {
  settings: {
    workers: { threads: 2, hang_ms: 200 },
    limits: { deadline_gate_ms: 10_000, deadline_desk_ms: 10_000, deadline_batch_ms: 10_000 },
  },
  cards: 20,
  city: { chips: 'rsa', rsaCardKeys: 2 },
  gateway: { threadEntry: new URL('../fixtures/choosy-thread.ts', import.meta.url) },
};
const WAIT = { timeout: 60_000, interval: 50 };

let composed: ComposedGateway;
afterEach(() => composed.stop());

async function ready(): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  return ((await response.json()) as { checks: Readonly<Record<string, unknown>> }).checks;
}

async function replaced(): Promise<number> {
  const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('onecard_thread_replacements_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('an update of trust', () => {
  test('with 4,096 anchors stuck no thread and refuses no tap', async () => {
    composed = await startComposed(OPTIONS);
    const before = (await ready())['trust_revision'];
    const tapping = await startTapping(composed);
    await tapping.more(50);
    await composed.platform.publish({ trust: withAnchors(composed.city.trustDocument(), ANCHORS_MAX) });
    await vi.waitFor(async () => expect((await ready())['trust_revision']).not.toBe(before), WAIT);
    await tapping.more(50);
    expect(codesOf(await tapping.stop())).toEqual({ 'allow.good': tapping.answers.length });
    expect(await replaced()).toBe(0);
  });

  test('that takes the cards’ CA away is followed by every tap once it is in force', async () => {
    composed = await startComposed(OPTIONS);
    const document = composed.city.trustDocument();
    const tapping = await startTapping(composed);
    await tapping.more(20);
    await composed.platform.publish({ trust: { ...document, anchors: [] } });
    await vi.waitFor(() => expect(codesOf(tapping.answers)['trust.ca_unknown']).toBeGreaterThan(20), WAIT);
    const codes = (await tapping.stop()).map(({ code }) => code);
    const first = codes.indexOf('trust.ca_unknown');
    // One batch a thread may have been given before, and answers cross.
    expect(codes.slice(first + 20).every((code) => code === 'trust.ca_unknown')).toBe(true);
    expect(codes.slice(0, first).every((code) => code === 'allow.good')).toBe(true);
  });

  test.each([
    ['refused', 0],
    ['endless', 2],
  ])(
    'that threads cannot load (%s) is said; the trust before stays in force, and the next one is taken',
    async (region, replacements) => {
      composed = await startComposed({
        ...OPTIONS,
        settings: { ...OPTIONS.settings, workers: { threads: 2, hang_ms: 200, trust_load_ms: 3_000 } },
      });
      const before = (await ready())['trust_revision'];
      const document = composed.city.trustDocument();
      const [anchor, ...others] = withAnchors(document, document.anchors.length + 1).anchors.toReversed();
      if (anchor === undefined) throw new Error('there are anchors');
      await composed.platform.publish({
        trust: { ...document, anchors: [{ ...anchor, region }, ...others] },
      });
      await vi.waitFor(() => {
        const said = composed.logLines.find(({ msg }) =>
          String(msg).startsWith('new trust could not be loaded'),
        );
        expect(said).toMatchObject({ level: 'error', in_force: before });
      }, WAIT);
      expect((await ready())['trust_revision']).toBe(before);
      expect(await replaced()).toBe(replacements);
      await vi.waitFor(async () => expect((await ready())['room_batches']).toBe(4), WAIT);
      const tapping = await startTapping(composed);
      await tapping.more(20);
      await composed.platform.publish({ trust: withAnchors(document, document.anchors.length + 1) });
      await vi.waitFor(async () => expect((await ready())['trust_revision']).not.toBe(before), WAIT);
      await tapping.more(20);
      expect(codesOf(await tapping.stop())).toEqual({ 'allow.good': tapping.answers.length });
    },
  );
});

test('4,096 anchors from trust_file: a thread that dies under load is replaced, and costs its own taps alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-trust-'));
  const trust_file = join(folder, 'trust.json');
  const city = createCity({ seed: 'trust file', cards: 20, chips: 'rsa', rsaCardKeys: 2 });
  writeFileSync(trust_file, JSON.stringify(withAnchors(city.trustDocument(), ANCHORS_MAX)));
  composed = await startComposed({
    ...OPTIONS,
    city: { ...OPTIONS.city, seed: 'trust file' },
    settings: { ...OPTIONS.settings, platform: undefined, trust_file },
  });
  rmSync(folder, { recursive: true });
  const tapping = await startTapping(composed);
  await tapping.more(20);
  tapping.order('die');
  await vi.waitFor(async () => expect(await replaced()).toBe(1), WAIT);
  await vi.waitFor(async () => expect((await ready())['room_batches']).toBeGreaterThanOrEqual(3), WAIT);
  await tapping.more(20);
  const answers = await tapping.stop();
  const lost = answers.filter(({ code }) => code === 'tap.worker_lost').length;
  expect(lost).toBeGreaterThan(0);
  // An exit opens without a card list.
  expect(answers.filter(({ outcome }) => outcome === 'allow')).toHaveLength(answers.length - lost);
});
