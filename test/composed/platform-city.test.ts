/** The city document that the platform signs: taken under load, refused where it cannot be used, kept for a start without the platform. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadedScenes } from '../../cli/scenes-in-force.ts';
import { loadScenes, ScenesError } from '../../config/scenes.ts';
import { parseSettings } from '../../config/settings.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { type ComposedGateway, type ComposedOptions, composeOnly } from './composed-gateway.rig.ts';
import { codesOf, startTapping } from './tapping.rig.ts';

interface Document {
  readonly revision: string;
  readonly policies: readonly Readonly<Record<string, unknown>>[];
  readonly scenes: readonly Readonly<Record<string, unknown>>[];
}

const SHIPPED = loadScenes(PRESENTABLE_FAMILIES).document as Document;
/** Where `startTapping` taps. */
const SCENE = '29/exit';
const OPTIONS: ComposedOptions = {
  cards: 20,
  city: { chips: 'rsa', rsaCardKeys: 2 },
  settings: {
    platform: { follow_city: true, poll_ms: 100 },
    // A busy machine is no fault.
    workers: { threads: 2, hang_ms: 2_000 },
    limits: { deadline_gate_ms: 10_000, deadline_desk_ms: 10_000, deadline_batch_ms: 10_000 },
  },
};
const eventually = (what: () => unknown) => expect.poll(what, { timeout: 30_000, interval: 50 });

/** What the shipped document says, but for the scene that is tapped. */
function city(revision: string, over: Readonly<Record<string, unknown>> = {}): Document {
  const scenes = SHIPPED.scenes.map((each) => (each['scene'] === SCENE ? { ...each, ...over } : each));
  return { ...SHIPPED, revision, scenes };
}
const onlySichuan = { regions: ['sc'] };

async function composedForTest(over: ComposedOptions = {}): Promise<ComposedGateway> {
  const composed = await composeOnly({ ...OPTIONS, ...over });
  onTestFinished(() => composed.stop());
  return composed;
}

const saidBy = ({ logLines }: ComposedGateway, part: string) =>
  logLines.filter(({ msg }) => String(msg).includes(part));
const inForce = (composed: ComposedGateway, revision: string) =>
  eventually(() => saidBy(composed, ' is in force').at(-1)?.['revision']).toMatch(new RegExp(`^${revision}`));

async function refusals({ address }: ComposedGateway): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${address.admin}/metrics`)).text();
  const lines = [...text.matchAll(/link_faults_total\{what="(\w+)",fault="(\w+)"\} (\d+)/g)];
  return Object.fromEntries(lines.map(([, what, fault, count]) => [`${what} ${fault}`, Number(count)]));
}

/** One more tap's code. */
async function tapOnce(composed: ComposedGateway): Promise<unknown> {
  const tapping = await startTapping(composed);
  await tapping.more(1);
  return (await tapping.stop())[0]?.['code'];
}

/** Of the whole journal: what each revision decided. */
function decidedBy({ settings }: ComposedGateway): Readonly<Record<string, readonly string[]>> {
  const reader = openJournalReader(join(settings.data_dir, 'journal'));
  try {
    const decided: Record<string, Set<string>> = {};
    for (const { policyRevision, answer } of reader.allAfter(0, (error) => {
      throw error;
    })) {
      const [name = ''] = policyRevision.split('+');
      decided[name] = (decided[name] ?? new Set()).add(answer.code);
    }
    return Object.fromEntries(Object.entries(decided).map(([name, codes]) => [name, [...codes]]));
  } finally {
    reader.close();
  }
}

describe('a city document of the platform', () => {
  test('is put in force under load, and each decision is wholly by one of them', async () => {
    const composed = await composedForTest();
    await composed.start();
    const tapping = await startTapping(composed);
    await tapping.more(20);
    await composed.platform.publish({ city: city('first') });
    await inForce(composed, 'first');
    await tapping.more(20);
    await composed.platform.publish({ city: city('second', onlySichuan) });
    await inForce(composed, 'second');
    await tapping.more(40);
    const answers = await tapping.stop();
    const codes = answers.map(({ code }) => code);
    const first = codes.indexOf('deny.region_not_accepted');
    expect(codes.slice(0, first).every((code) => code === 'allow.good')).toBe(true);
    // Answers cross.
    expect(new Set(codes.slice(first + 20))).toEqual(new Set(['deny.region_not_accepted']));
    expect(Object.keys(codesOf(answers)).toSorted()).toEqual(['allow.good', 'deny.region_not_accepted']);
    await composed.stopGateway();
    expect(decidedBy(composed)).toEqual({
      [SHIPPED.revision]: ['allow.good'],
      first: ['allow.good'],
      second: ['deny.region_not_accepted'],
    });
  });

  test('that cannot be used is refused once and said; the one before stays, and trust goes on', async () => {
    const composed = await composedForTest();
    await composed.platform.publish({ city: city('good', onlySichuan) });
    await composed.start();
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
    const trust = { ...composed.city.trustDocument(), statusKeys: [] };
    const lost = city('lost', { policy: 'nowhere' });
    await composed.platform.publish({ city: lost, trust });
    await eventually(() => refusals(composed)).toMatchObject({ 'city city_unusable': 1 });
    expect(saidBy(composed, 'has a fault').at(-1)).toMatchObject({
      ...{ what: 'city', fault: 'city_unusable', error: expect.stringContaining('nowhere') },
    });
    // A few looks later it is refused no second time, and the trust that came with it is in force.
    await composed.platform.publish({ named: { later: [] } });
    await eventually(() => saidBy(composed, 'new list in force').map(({ list }) => list)).toContain('later');
    expect(await refusals(composed)).toEqual({ 'city city_unusable': 1 });
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
    await composed.platform.publish({ city: city('better') });
    await inForce(composed, 'better');
    expect(await tapOnce(composed)).toBe('allow.good');
  });

  test('is refused where its bytes are others than those signed, and taken once they are the right ones', async () => {
    let isTampered = true;
    const composed = await composedForTest({
      through: (url) =>
        passedOn(url, (path, bytes) => {
          const isCity = path.endsWith('.city.json') && isTampered;
          return isCity ? Buffer.from(bytes.toString('utf8').replace('"sc"', '"cq"')) : bytes;
        }),
    });
    await composed.start();
    await composed.platform.publish({ city: city('signed', onlySichuan) });
    await eventually(() => refusals(composed)).toMatchObject({ 'city target_mismatch': expect.any(Number) });
    expect(await tapOnce(composed)).toBe('allow.good');
    isTampered = false;
    await inForce(composed, 'signed');
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
  });

  test.each([
    ['old_revision', 'trust rollback'],
    ['bad_signature', 'trust signature'],
  ] as const)('is not given up for one that a platform with the fault %s shows', async (fault, refused) => {
    const composed = await composedForTest();
    await composed.platform.publish({ city: city('first') });
    await composed.start();
    await composed.platform.publish({ city: city('second', onlySichuan) });
    await inForce(composed, 'second');
    composed.platform.setFault({ fault });
    await eventually(() => refusals(composed)).toMatchObject({ [refused]: expect.any(Number) });
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
  });

  test('holds after a start without the platform, and is verified again', async () => {
    const composed = await composedForTest();
    await composed.platform.publish({ city: city('older', onlySichuan) });
    await composed.start();
    await composed.platform.publish({ city: city('newer') });
    await inForce(composed, 'newer');
    // Commands that are given the settings go by it too.
    const config = join(composed.folder, 'gateway.json');
    writeFileSync(config, JSON.stringify(composed.settings));
    expect(loadedScenes({ config }).revision).toMatch(/^newer\+/);
    await composed.stopGateway();
    composed.platform.setFault({ fault: 'down' });
    await composed.start();
    expect(await tapOnce(composed)).toBe('allow.good');
    await composed.stopGateway();
    // Whoever changes what is kept is found out: the one before is whole.
    const folder = join(composed.dataFolder, 'platform', 'city');
    const [before = '', newest = ''] = readdirSync(folder)
      .filter((name) => name.startsWith('bundle-'))
      .toSorted();
    changed(join(folder, newest, 'city.json'));
    await composed.start();
    expect(await refusals(composed)).toMatchObject({ 'city target_mismatch': expect.any(Number) });
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
    await composed.stopGateway();
    // With none left the file of the settings holds.
    changed(join(folder, before, 'city.json'));
    expect(() => loadedScenes({ config })).toThrow(ScenesError);
    await composed.start();
    expect(saidBy(composed, 'no kept city document can be used')).toHaveLength(1);
    expect(await tapOnce(composed)).toBe('allow.good');
    await composed.stopGateway();
    expect(Object.keys(decidedBy(composed)).toSorted()).toEqual(
      [SHIPPED.revision, 'newer', 'older'].toSorted(),
    );
  });

  test('that remembers presentations for longer than the start did takes a restart', async () => {
    const composed = await composedForTest();
    await composed.platform.publish({ city: city('first') });
    await composed.start();
    await composed.platform.publish({
      city: city('longer', { ...onlySichuan, replayable_ms_max: 3_600_000 }),
    });
    await eventually(() => refusals(composed)).toMatchObject({ 'city needs_restart': 1 });
    expect(await tapOnce(composed)).toBe('allow.good');
    await composed.stopGateway();
    await composed.start();
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
  });

  test('stays in force at a reload of the settings, and after the platform publishes none', async () => {
    const composed = await composedForTest();
    await composed.platform.publish({ city: city('first', onlySichuan) });
    await composed.start();
    expect(await composed.gateway.reload(composed.settings)).toEqual({ taken: [], needRestart: [] });
    await composed.platform.publish({ city: null, named: { later: [] } });
    await eventually(() => saidBy(composed, 'new list in force').map(({ list }) => list)).toContain('later');
    expect(await tapOnce(composed)).toBe('deny.region_not_accepted');
  });
});

test('a gateway that follows none takes none', async () => {
  const composed = await composedForTest({ settings: { ...OPTIONS.settings, platform: { poll_ms: 100 } } });
  expect(parseSettings(composed.settings).platform?.follow_city).toBe(false);
  await composed.platform.publish({ city: city('first', onlySichuan) });
  await composed.start();
  await composed.platform.publish({ city: city('second', onlySichuan), named: { later: [] } });
  await eventually(() => saidBy(composed, 'new list in force').map(({ list }) => list)).toContain('later');
  expect(await tapOnce(composed)).toBe('allow.good');
});

function changed(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace('"scenes"', '"Scenes"'));
}

/** Stands between gateway and platform, and hands on what `change` makes of an answer. */
async function passedOn(platformUrl: string, change: (path: string, bytes: Buffer) => Buffer) {
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '';
    const { authorization = '' } = incoming.headers;
    void fetch(platformUrl + path, { headers: { authorization } })
      .then(async (reply) => {
        const bytes = change(path, Buffer.from(await reply.arrayBuffer()));
        response.writeHead(reply.status).end(bytes);
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
