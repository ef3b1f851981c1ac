/** The hotel desk in a composed gateway: it has an address of its own, and nobody gets in who is not known. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from './desk.rig.ts';

describe('a gateway with a hotel', () => {
  let desk: ComposedDesk;
  beforeAll(async () => {
    desk = await startDesk();
  });
  afterAll(() => desk?.stop());

  test('serves the desk at its own address, with its own description', async () => {
    const live = await fetch(`${desk.url}/livez`);
    expect([live.status, await live.json()]).toEqual([200, { ok: true }]);
    expect(live.headers.get('cache-control')).toBe('no-store');
    const description = (await (await fetch(`${desk.url}/openapi.json`)).json()) as { openapi: string };
    expect(description.openapi).toBe('3.1.0');
  });

  test('what there is not is a problem document', async () => {
    const none = await fetch(`${desk.url}/v1/nothing`);
    expect(none.status).toBe(404);
    expect(none.headers.get('content-type')).toContain('application/problem+json');
    expect(await none.json()).toMatchObject({ code: 'desk.not_found' });
  });
});
