/** What scripts tell the platform: a card's life, one event after another, and which city document it publishes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScenes } from '../../../config/scenes.ts';
import { createCity } from '../../../platform/city.ts';
import { type Control, startControl } from '../../../platform/control-server.ts';
import { SHOWN_TRAITS } from '../../../platform/issue/shown-traits.ts';
import { createPlatform } from '../../../platform/server.ts';

const city = createCity({ seed: 'control', cards: 400, rsaCardKeys: 2 });
const platform = createPlatform({ city, token: 'control-test-token' });
let control: Control;

beforeAll(async () => {
  await platform.start();
  control = await startControl({ platform, host: '127.0.0.1', port: 0, token: null });
});
afterAll(async () => {
  await control.stop();
  await platform.stop();
});

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${control.url}/control/${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

const cardIn = (state: string) =>
  Array.from({ length: city.size }, (_, index) => index).find(
    (index) => city.identity(index).state === state,
  ) ?? -1;

describe('a card', () => {
  it('is issued, activated, lost, replaced under its number, suspended, resumed and cancelled', async () => {
    const index = cardIn('unknown');
    const { pan } = city.identity(index);
    const steps = [
      ['issue', { state: 'suspended', rideState: 'suspended', chip: 0 }],
      ['activate', { state: 'good', rideState: 'good', chip: 0 }],
      ['report-loss', { state: 'lost', rideState: 'lost', chip: 0 }],
      ['replace', { state: 'good', rideState: 'good', chip: 1 }],
      ['suspend', { state: 'suspended', rideState: 'suspended', chip: 1 }],
      ['resume', { state: 'good', rideState: 'good', chip: 1 }],
      ['replace', { state: 'good', rideState: 'good', chip: 2 }],
      ['cancel', { state: 'cancelled', rideState: 'cancelled', chip: 2 }],
    ] as const;
    let { revision } = platform.head;
    for (const [event, after] of steps) {
      const { status, body } = await call('POST', `cards/${index}/${event}`);
      revision += 1;
      expect([event, status, body]).toEqual([
        event,
        200,
        expect.objectContaining({ ...after, number: pan, revision }),
      ]);
      expect((await call('GET', `cards/${index}`)).body).toMatchObject({ index, ...after, number: pan });
    }
  });

  it.each([
    ['activate', 'good'],
    ['issue', 'good'],
    ['resume', 'cancelled'],
    ['replace', 'cancelled'],
    ['report-loss', 'unknown'],
  ])('does not %s where it is %s, and nothing is published', async (event, state) => {
    const { revision } = platform.head;
    const { status, body } = await call('POST', `cards/${cardIn(state)}/${event}`);
    expect([status, body['code']]).toEqual([400, 'request.malformed']);
    expect(platform.head.revision).toBe(revision);
  });

  it.each(['cards/400', 'cards/x', 'cards/1/vanish', 'cards/1/toString'])(
    '%s is nothing here',
    async (path) => {
      const method = path.split('/').length > 2 ? 'POST' : 'GET';
      expect((await call(method, path)).status).toBe(404);
    },
  );
});

describe('a city document', () => {
  const shipped = loadScenes(SHOWN_TRAITS).document as Readonly<Record<string, unknown>>;
  const published = () => {
    const newest = JSON.parse(String(platform.repository.metadata('timestamp.json')));
    const snapshot = platform.repository.metadata(
      `${newest.signed.meta['snapshot.json'].version}.snapshot.json`,
    );
    const { version } = JSON.parse(String(snapshot)).signed.meta['targets.json'];
    return JSON.parse(String(platform.repository.metadata(`${version}.targets.json`))).signed.targets[
      'city.json'
    ];
  };

  it('is published as a target, replaced, and taken away', async () => {
    expect(published()).toBeUndefined();
    const { status, body } = await call('PUT', 'city', shipped);
    expect([status, body['city']]).toEqual([200, loadScenes(SHOWN_TRAITS).revision]);
    const first = published();
    expect(first.length).toBe(Buffer.byteLength(JSON.stringify(shipped)));
    await call('PUT', 'city', { ...shipped, revision: 'next' });
    expect(published().hashes.sha256).not.toBe(first.hashes.sha256);
    expect((await call('DELETE', 'city')).status).toBe(200);
    expect(published()).toBeUndefined();
  });

  it('is not published where no gateway could use it', async () => {
    const { status } = await call('PUT', 'city', { ...shipped, scenes: [] });
    expect(status).toBe(400);
    expect(published()).toBeUndefined();
  });
});
