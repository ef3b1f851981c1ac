import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createGateClient, type GateClient, type GateClientOptions } from '../../../client/index.ts';
import {
  decisionFor,
  type Message,
  type ScriptedGateway,
  startScriptedGateway,
  WELCOME,
} from './scripted-gateway.rig.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const TAP = { family: 'transit-qr', credential: { code: new Uint8Array([1, 2, 3]) }, context: {} };
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function scripted(script: Parameters<typeof startScriptedGateway>[0]): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway(script);
  cleanups.push(() => gateway.close());
  return gateway;
}

function client(url: string | readonly string[], more: Partial<GateClientOptions> = {}): GateClient {
  const named = { deviceId: 'gate-1', privateKey, cluster: 'city' };
  const gate = createGateClient({ url, ...named, reconnectFirstMs: 5, reconnectMaxMs: 20, ...more });
  cleanups.push(() => gate.close());
  return gate;
}

function audienceOf({ token }: Message): unknown {
  const payload = String(token).split('.')[1] ?? '';
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud: unknown }).aud;
}

test('its tokens are for the cluster, and what is unanswered goes along to the next gateway', async () => {
  const first = await scripted({ onMessage: (session) => session.socket.terminate() });
  const second = await scripted({
    onHello: (session) => session.send({ ...WELCOME, gateway: 'gw-2' }),
    onMessage: (session, { seq }) => session.send(decisionFor(seq)),
  });
  const gate = client([first.url, second.url]);
  await gate.whenReady();
  expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
  const [there] = second.sessions;
  expect(there?.frames).toEqual(first.sessions[0]?.frames);
  expect(there?.hello['stream']).toEqual(first.sessions[0]?.hello['stream']);
  expect([first.sessions[0]?.hello ?? {}, there?.hello ?? {}].map(audienceOf)).toEqual(['city', 'city']);
  expect(gate.gateway).toBe('gw-2');
});

test('where the cluster cannot be asked it says hello again on the same connection, for this gateway', async () => {
  const refusal = {
    t: 'refusal',
    seq: null,
    code: 'auth.cluster_unreachable',
    retry: true,
    retry_after_ms: 0,
  };
  const gateway = await scripted({
    onHello: (session) => session.send({ ...refusal, gateway: 'gw-7' }),
    onMessage: (session, message) =>
      session.send(message['t'] === 'hello' ? WELCOME : decisionFor(message['seq'])),
  });
  const gate = client(gateway.url);
  expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
  expect(gateway.sessions).toHaveLength(1);
  const [session] = gateway.sessions;
  const [again] = session?.received ?? [];
  expect([audienceOf(session?.hello ?? {}), audienceOf(again ?? {})]).toEqual(['city', 'gw-7']);
  expect(again?.['token']).not.toBe(session?.hello['token']);
  expect(again?.['stream']).toEqual(session?.hello['stream']);
});

test('a gateway that does not know the device yet does not end it; all of them do', async () => {
  const stranger = await scripted({ onHello: (session) => session.socket.close(4_401, 'auth.invalid') });
  const friend = await scripted({ onMessage: (session, { seq }) => session.send(decisionFor(seq)) });
  const gate = client([stranger.url, friend.url]);
  expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
  const other = await scripted({ onHello: (session) => session.socket.close(4_403, 'auth.device_revoked') });
  const ended = client([stranger.url, other.url]);
  await expect(ended.whenReady()).rejects.toMatchObject({ code: 'auth.device_revoked' });
  expect(ended.state).toBe('closed');
});

test('a tap that a leaving gateway did not judge is judged by the next', async () => {
  const leaving = await scripted({
    onMessage: (session, { t, seq }) => {
      if (t !== 'tap') return;
      const refusal = { t: 'refusal', seq, code: 'gateway.draining', retry: true, retry_after_ms: 50 };
      session.send(refusal);
      session.send({ t: 'drain', grace_ms: 5_000 });
    },
  });
  const next = await scripted({ onMessage: (session, { seq }) => session.send(decisionFor(seq)) });
  const gate = client([leaving.url, next.url]);
  await gate.whenReady();
  expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
  expect(leaving.sessions[0]?.received.map(({ t }) => t)).toEqual(['tap', 'bye']);
  expect(next.sessions[0]?.frames).toHaveLength(1);
});

test('without the name of a gateway or a cluster there is no client', () => {
  expect(() => createGateClient({ url: 'ws://127.0.0.1:1', deviceId: 'gate-1', privateKey })).toThrow(
    TypeError,
  );
});
