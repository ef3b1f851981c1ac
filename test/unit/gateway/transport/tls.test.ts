import { request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeGateway, RIDE_CODE, startFakeGateway } from './fake-gateway.rig.ts';
import { RawGate } from './raw-gate.rig.ts';

/** A self-signed certificate for 127.0.0.1 and its key: for these tests and nothing else. */
const file = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));
const tls = { cert_file: file('localhost.cert.pem'), key_file: file('localhost.key.pem') };

describe('with TLS by configuration', () => {
  let gateway: FakeGateway;
  beforeAll(async () => {
    gateway = await startFakeGateway({ tls });
  });
  afterAll(() => gateway.close());

  it('a gate taps over wss', async () => {
    expect(gateway.gateUrl).toMatch(/^wss:/);
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send({ t: 'tap', seq: 1, ...RIDE_CODE });
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 1, outcome: 'allow' });
    expect(await gate.bye()).toEqual({ code: 1_000, reason: 'bye' });
  });

  it('HTTP is served over https, and plain HTTP is not', async () => {
    const status = await new Promise((resolve, reject) => {
      request(`${gateway.url}/livez`, { rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await expect(fetch(`${gateway.url.replace('https', 'http')}/livez`)).rejects.toThrow();
  });

  it('files that cannot be used are refused at start, by name', async () => {
    const missing = { ...tls, key_file: file('missing.pem') };
    await expect(startFakeGateway({ tls: missing })).rejects.toThrow(/missing\.pem/);
    const swapped = { cert_file: tls.key_file, key_file: tls.cert_file };
    await expect(startFakeGateway({ tls: swapped })).rejects.toThrow(/localhost/);
  });
});
