/**
 * Bad input of every kind, over WebSocket and REST, at a real gateway: each has its stable code, moves its counter,
 * ends no process and leaves no personal number behind.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeviceToken } from '../../client/index.ts';
import { createCity } from '../../platform/city.ts';
import { makeToken } from '../protocol/plain-client.rig.ts';
import { RawGate } from '../unit/gateway/transport/raw-gate.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, personalNumbers, rideCodeOf, type Shown } from './presentations.rig.ts';

const IN_FLIGHT_MAX = 8;
const TEN_MINUTES_MS = 600_000;
const DAY_MS = 86_400_000;
const stranger = createCity({ seed: 'a city nobody knows', cards: 4, rsaCardKeys: 1 });
let gateway: GatewayUnderTest;
let card: number;

beforeAll(async () => {
  gateway = await startGateway({
    settings: {
      limits: { in_flight_per_device: IN_FLIGHT_MAX },
      log: { level: 'debug' },
    },
  });
  card = goodCards(gateway.city, 'sm2')[0] ?? 0;
});
afterAll(() => gateway.stop());

async function metricsText(): Promise<string> {
  return await (await fetch(`${gateway.admin}/metrics`)).text();
}

type Counter = 'decisions' | 'refusals' | 'connection_faults';

/** Sum of a counter's samples that carry the code. */
async function counted(counter: Counter, code: string): Promise<number> {
  const lines = (await metricsText()).split('\n');
  return lines
    .filter((line) => line.startsWith(`onecard_${counter}_total{`) && line.includes(`code="${code}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What `act` makes the counter grow by. */
async function growth(counter: Counter, code: string, act: () => Promise<unknown>): Promise<number> {
  const before = await counted(counter, code);
  await act();
  return (await counted(counter, code)) - before;
}

function token(atMs: number, deviceId: string = 'gate-1'): Promise<string> {
  const { gatewayId, privateKey } = gateway.target();
  return createDeviceToken({ gatewayId, deviceId, privateKey, nowMs: atMs });
}

const greeted = () =>
  RawGate.greeted(gateway.gate, { token: makeToken(gateway.target()), stream: randomBytes(16) });

/** Credentials that are read and judged, and are no good. */
const DENIED: readonly (readonly [string, string, () => Shown])[] = [
  ['a ride code cut short', 'credential.truncated', () => withCode((code) => code.subarray(0, -1))],
  [
    'bytes behind a ride code',
    'credential.trailing',
    () => withCode((code) => Buffer.concat([code, Buffer.alloc(1)])),
  ],
  [
    'a ride code of 4,000 bytes',
    'credential.oversized',
    () => withCode((code) => Buffer.concat([code, Buffer.alloc(4_000 - code.length)])),
  ],
  ['a chip card of an unknown CA', 'trust.ca_unknown', () => ofUnknownCa()],
  ['a ride code of an unknown CA', 'trust.ca_unknown', () => withCode(naming(0x77))],
  ['a ride code of another CA of this name', 'signature.issuer_certificate', () => rideCodeOf(stranger, 0)],
  [
    'a ride code generated too long ago',
    'code.stale',
    () => rideCodeOf(gateway.city, card, { nowMs: Date.now() - TEN_MINUTES_MS }),
  ],
  [
    'a ride code whose authorisation has expired',
    'credential.expired',
    () =>
      rideCodeOf(gateway.city, card, {
        authorisedUntil_s: Math.floor((Date.now() - DAY_MS) / 1_000),
      }),
  ],
  [
    'a ride code from the future',
    'code.from_future',
    () => rideCodeOf(gateway.city, card, { nowMs: Date.now() + TEN_MINUTES_MS }),
  ],
];

function withCode(change: (code: Uint8Array) => Uint8Array): Shown {
  const { binary } = rideCodeOf(gateway.city, card);
  const code = Uint8Array.from(change(binary.credential['code'] as Uint8Array));
  return {
    binary: { ...binary, credential: { code } },
    json: { ...binary, credential: { hex: Buffer.from(code).toString('hex') } },
  };
}

/** Byte 8 of a code, byte 5 of its issuer certificate, is the index of the CA's key (JT/T 1179). */
function naming(caIndex: number): (code: Uint8Array) => Uint8Array {
  return (code) => code.map((byte, at) => (at === 8 ? caIndex : byte));
}

function ofUnknownCa(): Shown {
  const { binary, json } = chipTapOf(gateway.city, card);
  const unknown = (shown: Shown['binary'], index: unknown) => ({
    ...shown,
    credential: { ...shown.credential, tags: { ...(shown.credential['tags'] as object), '8F': index } },
  });
  return { binary: unknown(binary, Uint8Array.of(0x77)), json: unknown(json, '77') };
}

describe('over WebSocket', () => {
  const tapOf = (fields: object = {}) =>
    encode({ t: 'tap', seq: 5, ...rideCodeOf(gateway.city, card).binary, ...fields });
  const text = (value: string) => Buffer.concat([Buffer.of(0xa0 + value.length), Buffer.from(value)]);
  const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);

  const refused: [string, string, number | null, () => Uint8Array][] = [
    ['a message cut short', 'request.truncated', 5, () => tapOf().slice(0, -3)],
    ['bytes behind a message', 'request.trailing', 5, () => Buffer.concat([tapOf(), Buffer.alloc(1)])],
    [
      'the same key twice',
      'request.duplicate_key',
      5,
      () =>
        Buffer.concat([
          Buffer.of(0x83),
          text('t'),
          text('tap'),
          ...[1, 2].flatMap(() => [text('seq'), Buffer.of(5)]),
        ]),
    ],
    ['a number in place of a map', 'request.wrong_type', 5, () => tapOf({ credential: 7 })],
    ['a text in place of bytes', 'request.wrong_type', 5, () => tapOf({ credential: { code: '8001' } })],
    ['an unknown field', 'request.wrong_type', 5, () => tapOf({ colour: 'red' })],
    [
      'a credential above every limit',
      'request.wrong_type',
      5,
      () => tapOf({ credential: { code: randomBytes(4_097) } }),
    ],
    ['an unknown kind of message', 'request.wrong_type', null, () => encode({ t: 'open', seq: 5 })],
    ['an unknown family', 'request.unknown_family', 5, () => tapOf({ family: 'library-card' })],
    ['too deep a nesting', 'request.too_deep', 5, () => tapOf({ context: nested(10) })],
    [
      'too many entries',
      'request.too_many_items',
      5,
      () => tapOf({ context: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 0])) }),
    ],
    ['no MessagePack', 'request.malformed', null, () => Uint8Array.of(0xc1)],
  ];
  test.each(refused)('%s: %s, and the connection stays', async (_what, code, seq, bytes) => {
    const gate = await greeted();
    const grown = await growth('connection_faults', code, async () => {
      gate.sendBytes(bytes());
      expect(await gate.next()).toMatchObject({ t: 'refusal', seq, code, retry: false });
    });
    expect(grown).toBe(1);
    gate.send({ t: 'tap', seq: 6, ...chipTapOf(gateway.city, card).binary });
    expect(await gate.next()).toMatchObject({ t: 'decision', seq: 6, code: 'allow.good' });
    await gate.bye();
  });

  test.each(DENIED)('%s: %s', async (_what, code, shown) => {
    const gate = await greeted();
    const grown = await growth('decisions', code, async () => {
      gate.send({ t: 'tap', seq: 0, ...shown().binary });
      expect(await gate.next()).toMatchObject({ t: 'decision', outcome: 'deny', code });
    });
    expect(grown).toBe(1);
    await gate.bye();
  });

  test('a presentation used before: deny.replayed', async () => {
    const gate = await greeted();
    const tap = chipTapOf(gateway.city, card).binary;
    const grown = await growth('decisions', 'deny.replayed', async () => {
      gate.send({ t: 'tap', seq: 0, ...tap });
      expect(await gate.next()).toMatchObject({ code: 'allow.good' });
      gate.send({ t: 'tap', seq: 1, ...tap });
      expect(await gate.next()).toMatchObject({ outcome: 'deny', code: 'deny.replayed' });
    });
    expect(grown).toBe(1);
    await gate.bye();
  });

  const cut: [string, string, number, () => Promise<RawGate>][] = [
    ['a message above the limit', 'request.too_large', 4_413, () => saying(new Uint8Array(16_385))],
    ['a message far above the limit', 'request.too_large', 1_006, () => saying(new Uint8Array(110_000))],
    [
      'a frame that is no WebSocket frame',
      'request.malformed',
      1_006,
      async () => {
        const gate = await greeted();
        // Reserved bits and a reserved opcode (RFC 6455 clause 5.2), masked, empty.
        const { _socket } = gate.socket as unknown as { _socket: Socket };
        _socket.write(Buffer.of(0xf3, 0x80, 0, 0, 0, 0));
        return gate;
      },
    ],
    [
      'a text frame',
      'connection.text_frame',
      4_400,
      async () => {
        const gate = await greeted();
        gate.socket.send('{"t":"ping"}');
        return gate;
      },
    ],
    [
      'a tap before hello',
      'auth.missing',
      4_401,
      async () => {
        const gate = await RawGate.open(gateway.gate);
        gate.sendBytes(tapOf());
        return gate;
      },
    ],
    ['a token that is none', 'auth.invalid', 4_401, () => hello('a.b.c')],
    ['a token of yesterday', 'auth.expired', 4_401, async () => hello(await token(Date.now() - DAY_MS))],
    ['a token of tomorrow', 'auth.expired', 4_401, async () => hello(await token(Date.now() + DAY_MS))],
    ['a device nobody enrolled', 'auth.invalid', 4_401, async () => hello(await token(Date.now(), 'gate-9'))],
    [
      'a token used before',
      'auth.token_reused',
      4_401,
      async () => {
        const used = await token(Date.now());
        const first = await hello(used);
        await first.next();
        await first.bye();
        return hello(used);
      },
    ],
    ['a hello of the wrong shape', 'request.wrong_type', 4_422, () => hello(7)],
  ];

  async function saying(bytes: Uint8Array): Promise<RawGate> {
    const gate = await greeted();
    gate.sendBytes(bytes);
    return gate;
  }

  async function hello(said: unknown): Promise<RawGate> {
    const gate = await RawGate.open(gateway.gate);
    gate.send({ t: 'hello', v: 1, token: said, stream: randomBytes(16) });
    return gate;
  }

  test.each(cut)('%s: %s, close %i', async (_what, code, closeCode, act) => {
    const grown = await growth('connection_faults', code, async () => {
      const { code: with_, reason } = await (await act()).closed;
      expect(with_).toBe(closeCode);
      // A connection that is cut says nothing.
      if (with_ !== 1_006) expect(reason).toBe(code);
    });
    expect(grown).toBe(1);
  });

  test('too many in flight: tap.too_many_in_flight, counted one by one, and the rest is decided', async () => {
    const gate = await greeted();
    const taps = Array.from({ length: 60 }, (_, seq) =>
      encode({ t: 'tap', seq, ...chipTapOf(gateway.city, card).binary }),
    );
    let refusals = 0;
    const grown = await growth('refusals', 'tap.too_many_in_flight', async () => {
      // They all wait to be read, so that none is answered before the last has come.
      process.kill(gateway.pid, 'SIGSTOP');
      for (const bytes of taps) gate.sendBytes(bytes);
      process.kill(gateway.pid, 'SIGCONT');
      for (const _ of taps) {
        const answer = await gate.next();
        if (answer['t'] === 'decision') expect(answer['code']).toBe('allow.good');
        else {
          expect(answer).toMatchObject({ code: 'tap.too_many_in_flight', retry: true });
          refusals += 1;
        }
      }
    });
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThanOrEqual(taps.length - IN_FLIGHT_MAX);
    expect(grown).toBe(refusals);
    await gate.bye();
  });
});

describe('over REST', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  let session: string;

  beforeAll(async () => {
    const authorization = `Bearer ${makeToken(gateway.target('desk-1'))}`;
    const reply = await fetch(`${gateway.http}/v1/sessions`, { method: 'POST', headers: { authorization } });
    session = ((await reply.json()) as { token: string }).token;
  });

  interface Posted {
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | (() => string);
  }

  async function post({ path = '/v1/verifications', method = 'POST', headers = {}, body }: Posted) {
    const reply = await fetch(gateway.http + path, {
      method,
      headers: { authorization: `Bearer ${session}`, ...JSON_TYPE, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : body() }),
    });
    return { status: reply.status, answer: (await reply.json()) as Record<string, unknown> };
  }

  const good = () => rideCodeOf(gateway.city, card).json;
  const jsonOf = (fields: object) => () => JSON.stringify({ ...good(), ...fields });

  const refused: [string, number, string, Posted][] = [
    ['a body above the limit', 413, 'request.too_large', { body: ' '.repeat(450_000) }],
    ['a body cut short', 400, 'request.truncated', { body: () => JSON.stringify(good()).slice(0, -1) }],
    ['something behind the body', 400, 'request.trailing', { body: () => `${JSON.stringify(good())}7` }],
    [
      'the same name twice',
      400,
      'request.duplicate_key',
      { body: () => JSON.stringify(good()).replace('{', '{"family":"transit-qr",') },
    ],
    ['no JSON', 400, 'request.malformed', { body: 'family=transit-qr' }],
    ['a number in place of an object', 422, 'request.wrong_type', { body: jsonOf({ credential: 7 }) }],
    ['odd hex', 422, 'request.wrong_type', { body: jsonOf({ credential: { hex: '801' } }) }],
    ['a number without its stream', 422, 'request.wrong_type', { body: jsonOf({ seq: 3 }) }],
    ['an unknown family', 422, 'request.unknown_family', { body: jsonOf({ family: 'library-card' }) }],
    [
      'a form nobody knows',
      415,
      'request.unsupported_media_type',
      { headers: { 'content-type': 'text/xml' }, body: '<tap/>' },
    ],
    ['no token', 401, 'auth.missing', { headers: { authorization: '' }, body: jsonOf({}) }],
    [
      'a token that is none',
      401,
      'auth.invalid',
      { headers: { authorization: 'Bearer a.b.c' }, body: jsonOf({}) },
    ],
    ['a path nobody knows', 404, 'request.not_found', { path: '/v1/verify', body: '{}' }],
    ['a method nobody knows', 405, 'request.method_not_allowed', { method: 'PUT', body: '{}' }],
    [
      'too large a batch',
      413,
      'request.too_many_items',
      { path: '/v1/verifications:batch', body: () => JSON.stringify({ items: new Array(257).fill(good()) }) },
    ],
  ];
  test.each(refused)('%s: %i %s', async (_what, status, code, request) => {
    const grown = await growth('connection_faults', code, async () => {
      const { status: answered, answer } = await post(request);
      expect(answer).toMatchObject({ status, code, type: `urn:onecard:code:${code}` });
      expect(answered).toBe(status);
    });
    expect(grown).toBe(1);
  });

  test.each(DENIED)('%s: %s', async (_what, code, shown) => {
    const grown = await growth('decisions', code, async () => {
      const { status, answer } = await post({ body: JSON.stringify(shown().json) });
      expect(answer).toMatchObject({ outcome: 'deny', code });
      expect(status).toBe(200);
    });
    expect(grown).toBe(1);
  });

  test('a presentation used before: deny.replayed', async () => {
    const body = JSON.stringify(chipTapOf(gateway.city, card).json);
    const grown = await growth('decisions', 'deny.replayed', async () => {
      expect((await post({ body })).answer['code']).toBe('allow.good');
      expect((await post({ body })).answer['code']).toBe('deny.replayed');
    });
    expect(grown).toBe(1);
  });

  test('expired and used tokens', async () => {
    const authorization = async (atMs: number) => ({ authorization: `Bearer ${await token(atMs)}` });
    const expired = await authorization(Date.now() - DAY_MS);
    expect(
      await growth('connection_faults', 'auth.expired', async () => {
        expect((await post({ headers: expired, body: jsonOf({}) })).answer['code']).toBe('auth.expired');
      }),
    ).toBe(1);
    const once = await authorization(Date.now());
    expect(
      await growth('connection_faults', 'auth.token_reused', async () => {
        await post({ headers: once, body: jsonOf({}) });
        const again = await post({ headers: once, body: jsonOf({}) });
        expect([again.status, again.answer['code']]).toEqual([401, 'auth.token_reused']);
      }),
    ).toBe(1);
  });

  test('a batch: each bad item has its own problem, the good ones pass; too many in flight are refused', async () => {
    const items: unknown[] = Array.from({ length: 30 }, () => chipTapOf(gateway.city, card).json);
    items[1] = { family: 'library-card', credential: {}, context: {} };
    items[3] = 7;
    const path = '/v1/verifications:batch';
    let busy = 0;
    const grown = await growth('refusals', 'tap.too_many_in_flight', async () => {
      const unknown = await growth('connection_faults', 'request.unknown_family', async () => {
        const { status, answer } = await post({ path, body: JSON.stringify({ items }) });
        expect(status).toBe(200);
        const codes = (answer['results'] as { code: string }[]).map(({ code }) => code);
        expect(codes).toHaveLength(items.length);
        expect([codes[0], codes[1], codes[3]]).toEqual([
          'allow.good',
          'request.unknown_family',
          'request.wrong_type',
        ]);
        busy = codes.filter((code) => code === 'tap.too_many_in_flight').length;
      });
      expect(unknown).toBe(1);
    });
    expect(busy).toBe(items.length - 2 - IN_FLIGHT_MAX);
    expect(grown).toBe(busy);
  });
});

test('after all of that: the same process, a good tap passes, and nothing personal was written', async () => {
  const { pid } = gateway;
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(gateway.logLines.filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  const gate = await greeted();
  gate.send({ t: 'tap', seq: 0, ...rideCodeOf(gateway.city, goodCards(gateway.city, 'rsa')[0] ?? 0).binary });
  expect(await gate.next()).toMatchObject({ t: 'decision', outcome: 'allow', code: 'allow.good' });
  await gate.bye();
  const metrics = await metricsText();
  expect(metrics).toMatch(/^onecard_decisions_total\{/m);
  expect(metrics).not.toMatch(/^onecard_(thread_replacements|faults)_total\{/m);
  expect(gateway.logLines.length).toBeGreaterThan(10);
  const written = `${metrics}\n${gateway.output}`.toLowerCase();
  for (const number of [...personalNumbers(gateway.city), ...personalNumbers(stranger)]) {
    expect(written).not.toContain(number.toLowerCase());
  }
  // Tokens are three base64url texts; every one begins with the same header.
  expect(written).not.toContain(Buffer.from('{"alg"').toString('base64url').slice(0, 8).toLowerCase());
});
