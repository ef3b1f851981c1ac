import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CODES } from '../../../../config/codes.ts';
import type { AuthResult } from '../../../../gateway/devices/auth.ts';
import type { IncomingTap } from '../../../../gateway/verification.ts';
import { packInput } from '../../../../workers/packing.ts';
import {
  CHIP_CARD,
  decisionFor,
  type FakeGateway,
  type FakeOptions,
  GATE,
  RIDE_CODE,
  startFakeGateway,
} from './fake-gateway.rig.ts';
import { type Message, RawGate } from './raw-gate.rig.ts';

const started: FakeGateway[] = [];
async function start(options: FakeOptions = {}): Promise<FakeGateway> {
  const gateway = await startFakeGateway(options);
  started.push(gateway);
  return gateway;
}
afterEach(async () => {
  for (const gateway of started.splice(0)) {
    await gateway.close();
    expect(gateway.errors).toEqual([]);
  }
});

const tap = (seq: number, more: Message = {}): Message => ({ t: 'tap', seq, ...RIDE_CODE, ...more });

describe('hello', () => {
  it('is welcomed with what the gate must know', async () => {
    const gateway = await start();
    const gate = await RawGate.open(gateway.gateUrl);
    const before = Date.now();
    gate.send({ t: 'hello', v: 1, token: 'good', stream: new Uint8Array(16) });
    const welcome = await gate.next();
    expect(welcome).toEqual({
      t: 'welcome',
      v: 1,
      gateway: 'gw-test',
      server_time_ms: expect.any(Number),
      heartbeat_ms: 15_000,
      max_in_flight: 1_024,
      max_frame_bytes: 16_384,
      deadline_ms: 500,
      device: 'gate-1',
      scenes: GATE.scenes,
    });
    expect(welcome['server_time_ms']).toBeGreaterThanOrEqual(before);
    expect(gate.socket.protocol).toBe('onecard.gate.v1');
    expect(await gate.bye()).toEqual({ code: 1_000, reason: 'bye' });
    expect(gateway.transport.connections).toBe(0);
  });

  const stream = new Uint8Array(16);
  const good = { t: 'hello', v: 1, token: 'good', stream };
  const text = (value: unknown) => encode(value);
  it.each([
    ['a wrong token', text({ ...good, token: 'bad' }), 4_401, 'auth.invalid'],
    ['a used token', text({ ...good, token: 'reused' }), 4_401, 'auth.token_reused'],
    ['another version', text({ ...good, v: 2 }), 4_422, 'request.wrong_type'],
    ['a short stream', text({ ...good, stream: new Uint8Array(15) }), 4_422, 'request.wrong_type'],
    ['a stream of text', text({ ...good, stream: '0'.repeat(16) }), 4_422, 'request.wrong_type'],
    ['no token', text({ t: 'hello', v: 1, stream }), 4_422, 'request.wrong_type'],
    ['an unknown field', text({ ...good, more: 1 }), 4_422, 'request.wrong_type'],
    ['a list', text([1]), 4_422, 'request.wrong_type'],
    ['a tap instead', text(tap(1)), 4_401, 'auth.missing'],
    ['a ping instead', text({ t: 'ping', at_ms: 1 }), 4_401, 'auth.missing'],
    ['bytes that end early', text(good).subarray(0, 20), 4_400, 'request.truncated'],
    ['bytes that go on', Buffer.concat([text(good), Buffer.from([0])]), 4_400, 'request.trailing'],
    ['an empty message', new Uint8Array(), 4_400, 'request.truncated'],
    ['a message above the limit', new Uint8Array(16_385), 4_413, 'request.too_large'],
  ])('is refused with %s', async (_name, bytes, code, reason) => {
    const gateway = await start();
    const gate = await RawGate.open(gateway.gateUrl);
    gate.sendBytes(bytes);
    expect(await gate.closed).toEqual({ code, reason });
    expect(gateway.refusals).toEqual([reason]);
    expect(gateway.taps).toEqual([]);
  });

  it('must come in time', async () => {
    const gateway = await start({ limits: { hello_timeout_ms: 50 } });
    const gate = await RawGate.open(gateway.gateUrl);
    expect(await gate.closed).toEqual({ code: 4_408, reason: 'connection.hello_timeout' });
  });

  it('comes once', async () => {
    const gateway = await start();
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(good);
    expect(await gate.closed).toEqual({ code: 4_400, reason: 'connection.hello_repeated' });
  });

  it('must offer the subprotocol', async () => {
    const gateway = await start();
    await expect(RawGate.open(gateway.gateUrl, 'other.v1')).rejects.toThrow('426');
  });

  it('keeps taps that come while the token is checked, within a bound', async () => {
    let settle: (result: AuthResult) => void = () => {};
    const gateway = await start({
      limits: { frame_bytes: 1_024 },
      authenticate: () =>
        new Promise((resolve) => {
          settle = resolve;
        }),
    });
    const gate = await RawGate.open(gateway.gateUrl);
    gate.send(good);
    for (let seq = 0; seq < 12; seq++) gate.send(tap(seq));
    const refused = await gate.next();
    expect(refused).toEqual({
      t: 'refusal',
      seq: 10,
      code: 'tap.too_many_in_flight',
      retry: true,
      retry_after_ms: 50,
    });
    settle({ ok: true, device: GATE });
    const kinds = [];
    while (kinds.length < 12) kinds.push((await gate.next())['t']);
    expect(kinds.filter((t) => t === 'decision').length).toBe(10);
    expect(gateway.taps.map(({ id }) => id.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes a second hello where the first was for a cluster that cannot be asked, and no third', async () => {
    const answers: AuthResult[] = [];
    const gateway = await start({
      authenticate: async () => answers.shift() ?? { ok: false, code: 'auth.cluster_unreachable' },
    });
    const gate = await RawGate.open(gateway.gateUrl);
    gate.send(good);
    gate.send(tap(0));
    const refusal = await gate.next();
    expect(refusal).toMatchObject({ t: 'refusal', seq: null, code: 'auth.cluster_unreachable', retry: true });
    expect(refusal['gateway']).toBe('gw-test');
    gate.send(tap(1));
    answers.push({ ok: true, device: GATE });
    gate.send(good);
    const kinds = [await gate.next(), await gate.next(), await gate.next()].map(({ t }) => t);
    expect(kinds).toEqual(['welcome', 'decision', 'decision']);
    expect(gateway.taps.map(({ id }) => id.seq)).toEqual([0, 1]);
    const other = await RawGate.open(gateway.gateUrl);
    for (let i = 0; i < 2; i += 1) {
      other.send(good);
      expect(await other.next()).toMatchObject({ code: 'auth.cluster_unreachable' });
    }
    expect(await other.closed).toEqual({ code: 4_503, reason: 'auth.cluster_unreachable' });
  });

  it('bounds connections of a device and of the gateway, and lets a stream come back', async () => {
    const gateway = await start({ limits: { connections_per_device: 2, connections: 3 } });
    const streamOf = (n: number) => new Uint8Array(16).fill(n);
    const first = await RawGate.greeted(gateway.gateUrl, { stream: streamOf(1) });
    await RawGate.greeted(gateway.gateUrl, { stream: streamOf(2) });
    const third = await RawGate.open(gateway.gateUrl);
    third.send({ ...good, stream: streamOf(3) });
    expect(await third.closed).toEqual({ code: 4_429, reason: 'connection.too_many' });
    const back = await RawGate.greeted(gateway.gateUrl, { stream: streamOf(1) });
    expect(await first.closed).toEqual({ code: 4_409, reason: 'connection.superseded' });
    await RawGate.greeted(gateway.gateUrl, { token: 'device:gate-2' });
    await expect(RawGate.open(gateway.gateUrl)).rejects.toThrow('429');
    gateway.transport.disconnect(GATE, 'auth.device_revoked');
    expect(await back.closed).toEqual({ code: 4_403, reason: 'auth.device_revoked' });
    expect(gateway.transport.connections).toBe(1);
  });
});

describe('taps', () => {
  it('reach the pipeline decoded, and are answered in any order', async () => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({ onTap: (incoming) => waiting.push(incoming) });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(7, { scene: '29/exit', deadline_ms: 120 }));
    gate.send({ t: 'tap', seq: Number.MAX_SAFE_INTEGER, ...CHIP_CARD });
    gate.send({ t: 'ping', at_ms: 1 });
    await gate.next();
    const [ride, chip] = waiting as [IncomingTap, IncomingTap];
    expect(ride.id).toEqual({ deviceId: 'gate-1', stream: '0'.repeat(32), seq: 7 });
    expect(ride.device).toBe(GATE);
    expect(ride.presentation).toEqual({
      family: 'transit-qr',
      costKey: 'transit-qr',
      packedInput: packInput(new Uint8Array(340)),
      scene: '29/exit',
      deadlineMs: 120,
    });
    expect(chip.presentation).toMatchObject({ family: 'chip-oda', scene: null, deadlineMs: null });
    expect(chip.id.seq).toBe(Number.MAX_SAFE_INTEGER);
    chip.reply(decisionFor(chip, 'deny.replayed'));
    ride.reply({ kind: 'refusal', seq: 7, code: 'tap.deadline_exceeded', retry: true, retryAfterMs: 20 });
    expect(await gate.next()).toEqual({
      t: 'decision',
      seq: Number.MAX_SAFE_INTEGER,
      id: `test-00000000-${Number.MAX_SAFE_INTEGER}`,
      outcome: 'deny',
      code: 'deny.replayed',
      at_ms: 1_795_161_600_123,
      mode: 'lists',
      scene: '29/gate',
      facts: { issuer: '03664530', region: 'cq' },
    });
    expect(await gate.next()).toEqual({
      t: 'refusal',
      seq: 7,
      code: 'tap.deadline_exceeded',
      retry: true,
      retry_after_ms: 20,
    });
  });

  it('get the same bytes when a decision is sent again', async () => {
    let turn = 0;
    const gateway = await start({
      onTap: (incoming) => {
        const answer = decisionFor(incoming);
        const until = 1_900_000_000_000;
        const facts = turn++ === 0 ? { a: until, b: 'x' } : { b: 'x', a: until };
        incoming.reply(answer.kind === 'decision' ? { ...answer, facts } : answer);
      },
    });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(1));
    gate.send(tap(1));
    await gate.next();
    await gate.next();
    expect(gate.frames[1]).toEqual(gate.frames[2]);
    // Times are integers on the wire, never floats: int 64 (0xd3).
    expect(Buffer.from(gate.frames[1] as Uint8Array).includes(Buffer.from('a561745f6d73d3', 'hex'))).toBe(
      true,
    );
  });

  it('are answered although a decision cannot be written, and it is logged', async () => {
    const gateway = await startFakeGateway({
      onTap: (incoming) => {
        const answer = decisionFor(incoming);
        const facts = incoming.id.seq === 1 ? { issuer: (() => {}) as unknown as string } : {};
        incoming.reply(answer.kind === 'decision' ? { ...answer, facts } : answer);
      },
    });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(1));
    gate.send(tap(2));
    expect(await gate.next()).toMatchObject({ t: 'refusal', seq: 1, code: 'gateway.internal', retry: true });
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 2 });
    expect(gateway.errors.length).toBe(1);
    expect(await gate.bye()).toEqual({ code: 1_000, reason: 'bye' });
    await gateway.close();
  });

  it('cost a fault of ours one coded answer, and are logged', async () => {
    const gateway = await startFakeGateway({
      onTap: (incoming) => {
        if (incoming.id.seq === 1) throw new Error('broken');
        incoming.reply(decisionFor(incoming));
      },
    });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(1));
    expect(await gate.next()).toMatchObject({ t: 'refusal', seq: 1, code: 'gateway.internal', retry: true });
    gate.send(tap(2));
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 2 });
    expect(await gate.bye()).toEqual({ code: 1_000, reason: 'bye' });
    expect(gateway.errors.length).toBe(1);
    await gateway.close();
  });

  it('that are answered after the gate left change nothing', async () => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({ onTap: (incoming) => waiting.push(incoming) });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(1));
    gate.send({ t: 'ping', at_ms: 1 });
    await gate.next();
    gate.socket.terminate();
    await gate.closed;
    while (gateway.transport.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const one of waiting) one.reply(decisionFor(one));
    const again = await RawGate.greeted(gateway.gateUrl);
    again.send({ t: 'ping', at_ms: 2 });
    expect(await again.next()).toMatchObject({ t: 'pong', at_ms: 2 });
  });

  it('are all answered before a bye is', async () => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({ onTap: (incoming) => waiting.push(incoming) });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.send(tap(1));
    gate.send(tap(2));
    gate.send({ t: 'bye' });
    gate.send(tap(3));
    while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const one of waiting) one.reply(decisionFor(one));
    expect(await gate.closed).toEqual({ code: 1_000, reason: 'bye' });
    expect(gate.messages.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(waiting.length).toBe(2);
  });
});

describe('a bad message of a greeted gate', () => {
  const bytes = (message: unknown) => encode(message);
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const tapThenSeq = '82a174a3746170a3736571';
  it.each([
    [
      'a missing credential',
      bytes({ t: 'tap', seq: 5, family: 'transit-qr', context: {} }),
      5,
      'request.wrong_type',
    ],
    ['an unknown field', bytes(tap(5, { more: 1 })), 5, 'request.wrong_type'],
    ['a credential of text', bytes(tap(5, { credential: { code: 'ff' } })), 5, 'request.wrong_type'],
    ['hex instead of bytes', bytes(tap(5, { credential: { hex: 'ff' } })), 5, 'request.wrong_type'],
    ['a scene of another type', bytes(tap(5, { scene: 29 })), 5, 'request.wrong_type'],
    ['a scene that is no name', bytes(tap(5, { scene: '../etc' })), 5, 'request.wrong_type'],
    ['no time at all', bytes(tap(5, { deadline_ms: 0 })), 5, 'request.wrong_type'],
    ['a fraction of a number', bytes(tap(5.5)), null, 'request.wrong_type'],
    ['a negative number', bytes(tap(-1)), null, 'request.wrong_type'],
    ['no number', bytes({ t: 'tap', ...RIDE_CODE }), null, 'request.wrong_type'],
    ['an unknown family', bytes(tap(5, { family: 'library-card' })), 5, 'request.unknown_family'],
    ['a family for verify only', bytes(tap(5, { family: 'sm2-signature' })), 5, 'request.unknown_family'],
    ['a family of another type', bytes(tap(5, { family: 1 })), 5, 'request.wrong_type'],
    [
      'a tag that is no tag',
      bytes({ t: 'tap', seq: 5, ...CHIP_CARD, credential: { tags: { zz: hex('00') } } }),
      5,
      'request.wrong_type',
    ],
    ['an unknown kind', bytes({ t: 'open' }), null, 'request.wrong_type'],
    ['a list', bytes([1, 2]), null, 'request.wrong_type'],
    ['a ping without a time', bytes({ t: 'ping' }), null, 'request.wrong_type'],
    ['a ping with a time in text', bytes({ t: 'ping', at_ms: 'now' }), null, 'request.wrong_type'],
    ['an end in the middle', bytes(tap(5)).subarray(0, 40), 5, 'request.truncated'],
    ['an end before the number', hex(`${tapThenSeq}cd01`), null, 'request.truncated'],
    ['bytes after the end', Buffer.concat([bytes(tap(70_000)), hex('c0')]), 70_000, 'request.trailing'],
    ['a key twice', hex(`${tapThenSeq.replace('82', '83')}05a373657106`), 5, 'request.duplicate_key'],
    ['an extension', hex(`${tapThenSeq.replace('82', '83')}ccffa178d40100`), 255, 'request.malformed'],
    ['a number beyond 2^53', hex(`${tapThenSeq}cf0020000000000000`), null, 'request.malformed'],
    [
      'too deep a nest',
      hex(`${tapThenSeq.replace('82', '83')}05a178${'91'.repeat(9)}c0`),
      5,
      'request.too_deep',
    ],
    ['too wide a list', hex(`${tapThenSeq.replace('82', '83')}05a178dc0081`), 5, 'request.too_many_items'],
    ['nothing', new Uint8Array(), null, 'request.truncated'],
  ])('is refused and the connection lives: %s', async (_name, message, seq, code) => {
    const gateway = await start();
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.sendBytes(message);
    expect(await gate.next()).toEqual({ t: 'refusal', seq, code, retry: false, retry_after_ms: 0 });
    gate.send(tap(6));
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 6 });
    expect(gateway.refusals).toEqual([code]);
  });

  it('closes the connection when it is text', async () => {
    const gateway = await start();
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.socket.send('{"t":"bye"}');
    expect(await gate.closed).toEqual({ code: 4_400, reason: 'connection.text_frame' });
  });

  it('closes the connection when it is too large, by code up to what any class may send', async () => {
    const gateway = await start();
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.sendBytes(new Uint8Array(98_304));
    expect(await gate.closed).toEqual({ code: 4_413, reason: 'request.too_large' });
    const other = await RawGate.greeted(gateway.gateUrl);
    other.sendBytes(new Uint8Array(98_305));
    expect((await other.closed).code).toBe(1_006);
  });

  it('never ends the process, whatever it holds', async () => {
    const gateway = await start({ limits: { other_messages_per_s: 1_000_000 } });
    const gate = await RawGate.greeted(gateway.gateUrl);
    const samples = [tap(1), { t: 'tap', seq: 2, ...CHIP_CARD }, { t: 'ping', at_ms: 1 }].map((m) =>
      encode(m),
    );
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(
          fc.constantFrom(...samples),
          fc.nat(),
          fc.uint8Array({ minLength: 1, maxLength: 4 }),
          fc.nat(3),
        )
        .map(([sample, position, damage, drop]) => {
          const at = position % sample.length;
          return Buffer.concat([sample.subarray(0, at), damage, sample.subarray(at + drop)]);
        }),
    );
    await fc.assert(
      fc.asyncProperty(frame, async (bytes) => {
        gate.sendBytes(bytes);
        const answer = await gate.next();
        expect(['refusal', 'decision', 'pong']).toContain(answer['t']);
        if (answer['t'] === 'refusal') expect(CODES).toHaveProperty([answer['code'] as string]);
      }),
      { seed: 20_261_120, numRuns: 1_500 },
    );
    gate.send(tap(99));
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 99 });
  });
});

describe('the connection', () => {
  it('answers a ping with both clocks', async () => {
    const gateway = await start();
    const gate = await RawGate.greeted(gateway.gateUrl);
    const before = Date.now();
    gate.send({ t: 'ping', at_ms: 1_234_567_890_123 });
    const pong = await gate.next();
    expect(pong).toEqual({ t: 'pong', at_ms: 1_234_567_890_123, server_time_ms: expect.any(Number) });
    expect(pong['server_time_ms']).toBeGreaterThanOrEqual(before);
  });

  it('is told of a drain, and new ones are refused', async () => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({ onTap: (incoming) => waiting.push(incoming) });
    const gate = await RawGate.greeted(gateway.gateUrl);
    const silent = await RawGate.open(gateway.gateUrl);
    const { hostname: host, port } = new URL(gateway.gateUrl);
    const undecided = connect({ host, port: Number(port) });
    await once(undecided, 'connect');
    gate.send(tap(1));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gateway.transport.drain(2_000);
    expect(await gate.next()).toEqual({ t: 'drain', grace_ms: 2_000 });
    await expect(RawGate.open(gateway.gateUrl)).rejects.toThrow('ECONNREFUSED');
    // One that was let in before is told why.
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'onecard.gate.v1' },
    };
    const late = request({ path: '/v1/gate', headers, createConnection: () => undecided }).end();
    const [refused] = await once(late, 'response');
    expect([refused.statusCode, refused.headers.connection]).toEqual([503, 'close']);
    refused.resume();
    silent.send({ t: 'hello', v: 1, token: 'good', stream: new Uint8Array(16) });
    expect(await silent.closed).toEqual({ code: 4_503, reason: 'gateway.draining' });
    for (const one of waiting) one.reply(decisionFor(one));
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 1 });
    await gateway.transport.close();
    expect(await gate.closed).toEqual({ code: 4_503, reason: 'gateway.draining' });
  });

  it('is cut when its answers are not read', async () => {
    const gateway = await start({
      limits: { send_buffer_bytes: 65_536, frame_bytes: 1_024, other_messages_per_s: 1_000_000 },
    });
    const gate = await RawGate.greeted(gateway.gateUrl);
    gate.socket.pause();
    const message = encode({ t: 'ping', at_ms: 1 });
    while (!gateway.refusals.includes('connection.slow_reader')) {
      for (let i = 0; i < 5_000; i++) gate.sendBytes(message);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(gateway.transport.connections).toBe(0);
    gate.socket.resume();
    gate.socket.terminate();
  });
});
