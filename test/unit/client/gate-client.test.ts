import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  createGateClient,
  type GateClient,
  GateClientError,
  type GateClientOptions,
} from '../../../client/index.ts';
import { GATE, RIDE_CODE, startFakeGateway } from '../gateway/transport/fake-gateway.rig.ts';
import { decisionFor, type ScriptedGateway, startScriptedGateway, WELCOME } from './scripted-gateway.rig.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
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
  return createGateClient({
    url,
    deviceId: 'gate-1',
    privateKey,
    gatewayId: 'gw-1',
    reconnectFirstMs: 5,
    reconnectMaxMs: 20,
    ...more,
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a client', () => {
  it('taps at a real transport, pipelined, and leaves when all is answered', async () => {
    const gateway = await startFakeGateway({
      authenticate: async (token) => {
        const options = {
          issuer: 'gate-1',
          subject: 'gate-1',
          audience: 'gw-test',
          typ: 'onecard-device+jwt',
        };
        await jwtVerify(token, publicKey, options);
        return { ok: true, device: GATE };
      },
    });
    cleanups.push(() => gateway.close());
    const decisions: Answer[] = [];
    const gate = client(gateway.gateUrl, { gatewayId: 'gw-test', onDecision: (d) => decisions.push(d) });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => gate.tap({ ...RIDE_CODE, scene: '29/exit', deadlineMs: 100 + i })),
    );
    expect(answers.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(answers[7]).toEqual({
      kind: 'decision',
      seq: 7,
      decisionId: expect.any(String),
      outcome: 'allow',
      code: 'allow.good',
      atMs: 1_795_161_600_123,
      mode: 'lists',
      scene: '29/exit',
      facts: { issuer: '03664530', region: 'cq' },
    });
    expect(decisions.length).toBe(50);
    expect(gateway.taps[7]?.presentation).toMatchObject({ scene: '29/exit', deadlineMs: 107 });
    expect(gateway.taps[0]?.id.stream).toBe(Buffer.from(gate.stream).toString('hex'));
    const last = gate.tap(RIDE_CODE);
    await gate.close();
    expect(await last).toMatchObject({ kind: 'decision', seq: 50 });
    expect(gate.state).toBe('closed');
    await until(() => gateway.transport.connections === 0);
  });

  it('sends what is unanswered again after a reconnect, unchanged, under the same stream', async () => {
    const gateway = await scripted({
      onMessage: (session, { seq }, index) => {
        if (index === 0 && seq === 1) session.send(decisionFor(seq));
        if (index === 0 && seq === 4) session.socket.terminate();
        if (index > 0) session.send(decisionFor(seq));
      },
    });
    const gate = client(gateway.url);
    await gate.whenReady();
    const answers = await Promise.all([0, 1, 2, 3, 4].map(() => gate.tap(TAP)));
    expect(answers.map(({ kind, seq }) => [kind, seq])).toEqual(
      [0, 1, 2, 3, 4].map((seq) => ['decision', seq]),
    );
    const [first, second] = gateway.sessions;
    expect(second?.hello['stream']).toEqual(first?.hello['stream']);
    expect(second?.hello['token']).not.toEqual(first?.hello['token']);
    expect(second?.received.map(({ seq }) => seq)).toEqual([0, 2, 3, 4]);
    expect(second?.frames).toEqual([0, 2, 3, 4].map((i) => first?.frames[i]));
    await gate.close();
  });

  it('keeps taps made while there is no connection', async () => {
    const gateway = await scripted({
      onHello: (session, index) =>
        index < 2 ? session.socket.close(4_429, 'connection.too_many') : session.send(WELCOME),
      onMessage: (session, { seq }) => session.send(decisionFor(seq)),
    });
    const states: string[] = [];
    const gate = client(gateway.url, { onState: (state, reason) => states.push(`${state} ${reason}`) });
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
    expect(states).toEqual([
      'connecting connection.too_many',
      'connecting connection.too_many',
      'ready welcome',
    ]);
    await gate.close();
  });

  it('ends for good when the gateway will never take it, and says so to every tap', async () => {
    const gateway = await scripted({
      onHello: (session) => session.socket.close(4_403, 'auth.device_revoked'),
    });
    const gate = client(gateway.url);
    const waiting = gate.tap(TAP);
    await expect(gate.whenReady()).rejects.toMatchObject({ code: 'auth.device_revoked' });
    expect(await waiting).toMatchObject({ kind: 'refusal', code: 'auth.device_revoked', retry: false });
    await expect(gate.tap(TAP)).rejects.toThrow(GateClientError);
    expect(gate.state).toBe('closed');
    await gate.close();
    expect(gateway.sessions.length).toBe(1);
  });

  it('hands on refusals, or tries again where told to', async () => {
    const refuse = { t: 'refusal', code: 'tap.queue_full', retry: true, retry_after_ms: 1 };
    let turn = 0;
    const gateway = await scripted({
      onMessage: (session, { seq }) => session.send(turn++ < 2 ? { ...refuse, seq } : decisionFor(seq)),
    });
    const plain = client(gateway.url);
    expect(await plain.tap(TAP)).toEqual({
      kind: 'refusal',
      seq: 0,
      code: 'tap.queue_full',
      retry: true,
      retryAfterMs: 1,
    });
    await plain.close();
    turn = 0;
    const patient = client(gateway.url, { retryWithinMs: 5_000 });
    expect(await patient.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
    expect(gateway.sessions[1]?.received.map(({ seq }) => seq)).toEqual([0, 0, 0]);
    await patient.close();
  });

  it('gives a tap up after its time, and does not mind a late answer', async () => {
    const gateway = await scripted({});
    const gate = client(gateway.url, { giveUpMs: 60 });
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'refusal', code: 'tap.deadline_exceeded', seq: 0 });
    gateway.sessions[0]?.send(decisionFor(0));
    gateway.sessions[0]?.send({ t: 'news', of: 'tomorrow' });
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'refusal', seq: 1 });
    await gate.close();
  });

  it('bounds what is outstanding by its own limit and by the gateway', async () => {
    const gateway = await scripted({ onHello: (s) => s.send({ ...WELCOME, max_in_flight: 3 }) });
    const gate = client(gateway.url, { giveUpMs: 100 });
    await gate.whenReady();
    const waiting = [gate.tap(TAP), gate.tap(TAP), gate.tap(TAP)];
    expect(gate.canSend).toBe(false);
    expect(() => gate.send(TAP, () => {})).toThrow(GateClientError);
    await expect(gate.tap(TAP)).rejects.toMatchObject({ code: 'tap.too_many_in_flight' });
    await Promise.all(waiting);
    expect(gate.canSend).toBe(true);
    await gate.close();
  });

  it('does not send what the gateway would close for', async () => {
    const gateway = await scripted({ onMessage: (session, { seq }) => session.send(decisionFor(seq)) });
    const gate = client(gateway.url);
    const large = { ...TAP, credential: { code: new Uint8Array(5_000) } };
    expect(await gate.tap(large)).toMatchObject({ kind: 'refusal', code: 'request.too_large' });
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 1 });
    await gate.close();
  });

  it('goes elsewhere when told of a drain, after its answers', async () => {
    const second = await scripted({ onMessage: (session, { seq }) => session.send(decisionFor(seq)) });
    const first = await scripted({
      onMessage: (session, { seq }) => {
        if (seq === 0) session.send({ t: 'drain', grace_ms: 5_000 });
        if (seq === 1) for (const each of [0, 1]) setTimeout(() => session.send(decisionFor(each)), 30);
      },
    });
    const states: string[] = [];
    const gate = client([first.url, second.url], { onState: (state) => states.push(state) });
    await gate.whenReady();
    const early = [gate.tap(TAP), gate.tap(TAP)];
    await until(() => gate.state === 'draining');
    const late = gate.tap(TAP);
    expect((await Promise.all(early)).map(({ kind }) => kind)).toEqual(['decision', 'decision']);
    expect(await late).toMatchObject({ kind: 'decision', seq: 2 });
    expect(first.sessions[0]?.received.map(({ t, seq }) => seq ?? t)).toEqual([0, 1, 'bye']);
    expect(second.sessions[0]?.received.map(({ seq }) => seq)).toEqual([2]);
    expect(states).toEqual(['ready', 'draining', 'connecting', 'ready']);
    await gate.close();
  });

  it('leaves a draining gateway that does not answer when the grace is over', async () => {
    const second = await scripted({ onMessage: (session, { seq }) => session.send(decisionFor(seq)) });
    const first = await scripted({ onMessage: (session) => session.send({ t: 'drain', grace_ms: 30 }) });
    const gate = client([first.url, second.url]);
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
    await gate.close();
  });

  it('pings, learns the clock, and leaves a peer that has gone silent', async () => {
    const aheadMs = 3_600_000;
    const gateway = await scripted({
      onHello: (session) =>
        session.send({ ...WELCOME, heartbeat_ms: 40, server_time_ms: Date.now() + aheadMs }),
      onMessage: (session, { t, at_ms, seq }, index) => {
        if (t === 'tap' && index > 0) session.send(decisionFor(seq));
        if (t === 'ping' && index > 0) {
          session.send({ t: 'pong', at_ms, server_time_ms: Date.now() + aheadMs });
        }
      },
    });
    const reasons: string[] = [];
    const gate = client(gateway.url, { onState: (_state, reason) => reasons.push(reason) });
    expect(await gate.tap(TAP)).toMatchObject({ kind: 'decision', seq: 0 });
    expect(reasons).toEqual(['welcome', 'silent for two heartbeats', 'welcome']);
    expect(gate.clockOffsetMs).toBeGreaterThan(aheadMs - 5_000);
    expect(gate.clockOffsetMs).toBeLessThan(aheadMs + 5_000);
    await until(() => gateway.sessions[1]?.received.some(({ t }) => t === 'ping') === true);
    const [header, payload] = String(gateway.sessions[1]?.hello['token']).split('.');
    expect(header).toBeDefined();
    const { iat } = JSON.parse(Buffer.from(String(payload), 'base64url').toString()) as { iat: number };
    expect(iat * 1_000).toBeGreaterThan(Date.now() + aheadMs - 10_000);
    await gate.close();
  });

  it('can be closed before it ever connected', async () => {
    const gate = client('ws://127.0.0.1:1/v1/gate', { giveUpMs: 60 });
    const waiting = gate.tap(TAP);
    await gate.close();
    expect(await waiting).toMatchObject({ kind: 'refusal', code: 'tap.deadline_exceeded' });
    expect(gate.state).toBe('closed');
    const idle = client('ws://127.0.0.1:1/v1/gate');
    await idle.close();
    await expect(idle.whenReady()).rejects.toThrow(GateClientError);
  });
});
