import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { DeskClient, deskSessions } from '../../../../cli/demo/desk-client.ts';

const privateKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;

/** A gateway that opens sessions, and of which another may stand behind the same address from one moment to the next. */
async function startGateways(): Promise<{ readonly http: string; readonly asked: string[]; turn(): void }> {
  let name = 'one';
  let opened = 0;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const bearer = String(request.headers.authorization).replace('Bearer ', '');
    if (request.url === '/v1/sessions') {
      opened += 1;
      response.end(JSON.stringify({ token: `${name}-${opened}` }));
      return;
    }
    asked.push(bearer);
    const isOurs = bearer.startsWith(name);
    response.statusCode = isOurs ? 200 : 401;
    response.end(
      JSON.stringify(isOurs ? { outcome: 'allow', code: 'allow.good' } : { code: 'auth.invalid' }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return {
    http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    turn() {
      name = 'two';
    },
  };
}

test('a session of another gateway is renewed where it is unknown, once', async () => {
  const gateways = await startGateways();
  const sessions = deskSessions({ deviceId: 'desk-1', gatewayId: 'gw', privateKey }, () => gateways.http);
  const desk = new DeskClient(gateways.http, sessions);
  const shown = { family: 'hcert', scene: '11/desk', credential: {}, context: {} };
  expect(await desk.verify(shown)).toMatchObject({ code: 'allow.good' });
  gateways.turn();
  const both = await Promise.all([desk.verify(shown), desk.verify(shown)]);
  expect(both).toMatchObject([{ code: 'allow.good' }, { code: 'allow.good' }]);
  expect(await desk.verify(shown)).toMatchObject({ code: 'allow.good' });
  expect(new Set(gateways.asked)).toEqual(new Set(['one-1', 'two-2']));
});
