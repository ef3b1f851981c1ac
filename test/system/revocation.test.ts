/** A device revoked by another process, while it is connected to a running gateway. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrolmentOf } from '../../gateway/devices/registry.ts';
import { watchRevocations } from '../../gateway/devices/revocations.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards } from './presentations.rig.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

test('its connections are closed with the reason, it may not come back, and others go on', async () => {
  const { city } = gateway;
  const first = await PlainClient.connect(gateway.target('gate-1'));
  const second = await PlainClient.connect(gateway.target('gate-1'));
  const desk = await PlainClient.connect(gateway.target('desk-1'));
  const [card = 0] = goodCards(city, 'rsa');
  expect((await first.tap(0, chipTapOf(city, card).binary)).message['code']).toBe('allow.good');

  const revoke = ['device', 'revoke', '--data', gateway.dataFolder, '--id', 'gate-1'];
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...revoke], { encoding: 'utf8' });
  expect(stdout).toMatch(/^revoked gate-1: /);
  expect(status).toBe(0);

  const closed = { code: 4_403, reason: 'auth.device_revoked' };
  expect(await Promise.all([first.closed, second.closed])).toEqual([closed, closed]);
  await expect(PlainClient.connect(gateway.target('gate-1'))).rejects.toThrow('auth.device_revoked');
  expect((await desk.tap(0, chipTapOf(city, card).binary)).message['code']).toBe('allow.good');
  await desk.bye();
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toContain('onecard_connection_faults_total{code="auth.device_revoked"} 3\n');
});

test('its session ends at its next use', async () => {
  const session = async (bearer: string, path: string) => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const reply = await fetch(gateway.http + path, {
      method: 'POST',
      headers,
      ...(path.endsWith('verifications') && { body: '{}' }),
    });
    return (await reply.json()) as Record<string, unknown>;
  };
  const { token } = await session(makeToken(gateway.target('desk-1')), '/v1/sessions');
  expect(await session(String(token), '/v1/verifications')).toMatchObject({ code: 'request.wrong_type' });
  const revoke = ['device', 'revoke', '--data', gateway.dataFolder, '--id', 'desk-1'];
  expect(spawnSync(process.execPath, [MAIN, ...revoke]).status).toBe(0);
  expect(await session(String(token), '/v1/verifications')).toMatchObject({ code: 'auth.device_revoked' });
});

test('the watch looks at every device, and beyond one it cannot read', async () => {
  const faults: string[] = [];
  const names = Array.from({ length: 200 }, (_, i) => `gate-${i}`);
  let looks = 0;
  const gone = new Set<string>();
  await new Promise<void>((resolve) => {
    const watch = watchRevocations({
      registry: {
        change: 1,
        find: (deviceId) => {
          looks += 1;
          if (looks === 1) throw new Error('unreadable');
          return deviceId === 'gate-199' ? null : enrolled(deviceId);
        },
      },
      connected: () => names.map((deviceId) => ({ deviceId, enrolment: enrolmentOf(enrolled(deviceId)) })),
      disconnect: ({ deviceId }, code) => {
        gone.add(`${deviceId} ${code}`);
      },
      onFault: ({ message }) => {
        faults.push(message);
        watch.stop();
        resolve();
      },
      pauseMs: 1,
    });
  });
  expect(faults).toEqual(['unreadable']);
  expect(looks).toBe(names.length);
  expect(gone).toEqual(new Set(['gate-100 auth.device_revoked', 'gate-199 auth.unknown_device']));
});

test('devices are looked up again while a change is young, and after one that could not be read', async () => {
  const registry = { change: 1 };
  const looked: number[] = [];
  let asked = 0;
  await new Promise<void>((resolve) => {
    const watch = watchRevocations({
      registry: {
        get change() {
          asked += 1;
          if (asked === 50) registry.change = 2;
          return registry.change;
        },
        find(deviceId) {
          looked.push(asked);
          if (asked === 1) throw new Error('unreadable');
          if (asked < 50) return enrolled(deviceId);
          watch.stop();
          resolve();
          return null;
        },
      },
      connected: () => [{ deviceId: 'gate-1', enrolment: enrolmentOf(enrolled('gate-1')) }],
      disconnect: () => {},
      onFault: () => {},
      pauseMs: 1,
    });
  });
  // The 30 looks begin again with the second, for the first found one that could not be read.
  expect(looked).toEqual([...Array.from({ length: 31 }, (_, i) => i + 1), 50]);
});

function enrolled(deviceId: string) {
  return {
    deviceId,
    class: 'gate' as const,
    scenes: ['29/entry'],
    publicKeyJwk: { kty: 'OKP' as const, crv: 'Ed25519' as const, x: '' },
    enrolledAtMs: 0,
    revokedAtMs: deviceId === 'gate-100' ? 1 : null,
    revision: 1,
  };
}
