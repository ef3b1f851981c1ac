/** Tokens for a cluster: good at any of its gateways, once in all of it, whatever becomes of what they have in common. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeToken, PlainClient, RefusedHello } from '../protocol/plain-client.rig.ts';
import { CLUSTER_NAME, startCluster, type TestCluster } from './gateways.rig.ts';
import { clusterMissing, type RedisServer, startRedis } from './servers.rig.ts';

let redis: RedisServer;
let cluster: TestCluster;

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function openSession(at: number, token: string): Promise<Answered> {
  const reply = await fetch(`${cluster.member(at).address.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: reply.status, body: (await reply.json()) as Answered['body'] };
}

const newToken = (audience = CLUSTER_NAME) =>
  makeToken({ ...cluster.member(0).target('desk-1'), gatewayId: audience });

/** Until a store that has just begun to remember is believed. */
async function untilTaken(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { status } = await openSession(0, newToken());
      if (status !== 201) throw new Error(`no session: ${status}`);
    },
    { timeout: 60_000, interval: 500 },
  );
}

describe.skipIf(clusterMissing())('a token for the cluster', () => {
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({
      cluster: { store: { urls: [redis.url], deadline_ms: 200 } },
      settings: { limits: { clock_tolerance_ms: 1_000 } },
    });
    await untilTaken();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.stop();
  });

  test('is good once, at whichever gateway', async () => {
    for (let first = 0; first < 3; first += 1) {
      const token = newToken();
      expect(await openSession(first, token)).toMatchObject({ status: 201, body: { device: 'desk-1' } });
      for (let at = 0; at < 3; at += 1) {
        expect(await openSession(at, token)).toMatchObject({
          status: 401,
          body: { code: 'auth.token_reused' },
        });
      }
    }
  });

  test('at all three at once it is good at one', async () => {
    for (let i = 0; i < 20; i += 1) {
      const token = newToken();
      const answers = await Promise.all([0, 1, 2].map((at) => openSession(at, token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
    }
  });

  test('a session is of the gateway that opened it', async () => {
    const { body } = await openSession(0, newToken());
    const shown = async (at: number) => {
      const reply = await fetch(`${cluster.member(at).address.http}/v1/scenes`, {
        headers: { authorization: `Bearer ${String(body['token'])}` },
      });
      return reply.status === 200 ? 'ok' : ((await reply.json()) as { code: string }).code;
    };
    expect([await shown(0), await shown(1)]).toEqual(['ok', 'auth.invalid']);
  });

  test('while the store is away it is refused, and one for the gateway that is named is taken', async () => {
    const used = newToken();
    expect((await openSession(1, used)).status).toBe(201);
    await redis.kill();
    const refused = await openSession(2, newToken());
    expect(refused).toMatchObject({ status: 503, body: { code: 'auth.cluster_unreachable', retry: true } });
    expect(refused.body['gateway']).toBe('gw-3');
    expect((await openSession(2, newToken(String(refused.body['gateway'])))).status).toBe(201);
    const gate = PlainClient.connect({ ...cluster.member(1).target(), gatewayId: CLUSTER_NAME });
    const said = await gate.then(
      () => null,
      (error: unknown) => (error instanceof RefusedHello ? error.said : null),
    );
    expect(said).toMatchObject({ code: 'auth.cluster_unreachable', gateway: 'gw-2' });
    // Come back empty, it knows of no token: what may have been used before is taken nowhere.
    await redis.restart({ empty: true });
    await expect
      .poll(async () => (await openSession(2, used)).body['code'], { timeout: 10_000 })
      .toMatch(/^auth\.(cluster_unreachable|token_reused)$/);
    await untilTaken();
    const late = await openSession(0, used);
    expect(late.status).not.toBe(201);
  });
});
