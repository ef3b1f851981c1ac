import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, it } from 'vitest';
import { CODES, type Code, codeEntry } from '../../../../config/codes.ts';
import { Problem } from '../../../../gateway/transport/problem-schema.ts';
import { BatchResponse, Decision, Session } from '../../../../gateway/transport/taps/rest-schemas.ts';
import type { IncomingTap } from '../../../../gateway/verification.ts';
import { packInput } from '../../../../workers/packing.ts';
import { get, RawSocket } from '../../../hostile/raw-socket.rig.ts';
import {
  CHIP_CARD,
  decisionFor,
  type FakeGateway,
  type FakeOptions,
  GATE,
  RIDE_CODE,
  startFakeGateway,
} from './fake-gateway.rig.ts';

const started: FakeGateway[] = [];
async function start(options: FakeOptions = {}): Promise<FakeGateway> {
  const gateway = await startFakeGateway(options);
  started.push(gateway);
  return gateway;
}
afterEach(async () => {
  for (const gateway of started.splice(0)) await gateway.close();
});

const problemShape = Compile(Problem);
const decisionShape = Compile(Decision);
const batchShape = Compile(BatchResponse);

const RIDE_JSON = { family: 'transit-qr', credential: { hex: '80'.repeat(340) }, context: {} };
const JSON_HEADERS = { authorization: 'Bearer good', 'content-type': 'application/json' };
const MSGPACK_HEADERS = { authorization: 'Bearer good', 'content-type': 'application/msgpack' };

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function send(
  url: string,
  body: string | Uint8Array | object,
  headers: Readonly<Record<string, string>> = JSON_HEADERS,
  method = 'POST',
): Promise<Reply> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(method === 'POST' && { body: raw }) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(Buffer.from(bytes).toString()) : decode(bytes),
  };
}

function expectProblem(reply: Reply, code: Code, more: object = {}): void {
  const entry = codeEntry(code);
  expect(reply.body).toMatchObject({
    type: `urn:onecard:code:${code}`,
    title: entry.meaning,
    status: entry.http,
    code,
    retry: entry.retry,
    ...more,
  });
  expect(problemShape.Check(reply.body)).toBe(true);
  expect(reply.status).toBe(entry.http);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
}

describe('POST /v1/verifications', () => {
  it('decides in JSON, under a number of its own', async () => {
    const gateway = await start();
    const reply = await send(`${gateway.url}/v1/verifications`, { ...RIDE_JSON, scene: '29/exit' });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(decisionShape.Check(reply.body)).toBe(true);
    const [tap] = gateway.taps as [IncomingTap];
    expect(tap.id.stream).toMatch(/^[0-9a-f]{32}$/);
    expect(tap.drawnStream).toBe(true);
    expect(tap.presentation).toEqual({
      family: 'transit-qr',
      costKey: 'transit-qr',
      packedInput: packInput(new Uint8Array(340).fill(0x80)),
      scene: '29/exit',
      deadlineMs: null,
    });
    expect(reply.body).toEqual({
      stream: tap.id.stream,
      seq: 0,
      id: expect.any(String),
      outcome: 'allow',
      code: 'allow.good',
      at_ms: 1_795_161_600_123,
      mode: 'lists',
      scene: '29/exit',
      facts: { issuer: '03664530', region: 'cq' },
    });
  });

  it('takes the number of the client', async () => {
    const gateway = await start();
    const stream = '00112233445566778899aabbccddeeff';
    const reply = await send(`${gateway.url}/v1/verifications`, { ...RIDE_JSON, stream, seq: 41 });
    expect(reply.body).toMatchObject({ stream, seq: 41 });
    expect(gateway.taps[0]?.id).toEqual({ deviceId: 'gate-1', stream, seq: 41 });
    expect(gateway.taps[0]).not.toHaveProperty('drawnStream');
  });

  it('draws a stream for every request that names none', async () => {
    const gateway = await start();
    const requests = Array.from({ length: 600 }, () => send(`${gateway.url}/v1/verifications`, RIDE_JSON));
    await Promise.all(requests);
    const streams = gateway.taps.map(({ id }) => id.stream);
    expect(streams).toHaveLength(600);
    expect(streams.every((stream) => /^[0-9a-f]{32}$/.test(stream))).toBe(true);
    expect(new Set(streams).size).toBe(600);
  });

  it('speaks MessagePack, asked by Content-Type or by Accept', async () => {
    const gateway = await start();
    const url = `${gateway.url}/v1/verifications`;
    const same = await send(url, encode(RIDE_CODE), MSGPACK_HEADERS);
    expect(same.headers.get('content-type')).toBe('application/msgpack');
    expect(decisionShape.Check(same.body)).toBe(true);
    const named = {
      ...MSGPACK_HEADERS,
      'content-type': 'application/vnd.msgpack',
      accept: 'application/json',
    };
    const json = await send(url, encode(CHIP_CARD), named);
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(json.body).toMatchObject({ outcome: 'allow', at_ms: 1_795_161_600_123 });
    const preferred = { ...JSON_HEADERS, accept: 'application/json;q=0.5, application/msgpack' };
    const packed = await send(url, RIDE_JSON, preferred);
    expect(packed.headers.get('content-type')).toBe('application/msgpack');
    expect(packed.body).toMatchObject({ outcome: 'allow', at_ms: 1_795_161_600_123 });
  });

  it('turns a refusal of the pipeline into a problem that can be tried again', async () => {
    const gateway = await start({
      onTap: (tap) =>
        tap.reply({
          kind: 'refusal',
          seq: tap.id.seq,
          code: 'tap.queue_full',
          retry: true,
          retryAfterMs: 1_200,
        }),
    });
    const reply = await send(`${gateway.url}/v1/verifications`, RIDE_JSON);
    expectProblem(reply, 'tap.queue_full', { retry_after_ms: 1_200, seq: 0, stream: expect.any(String) });
    expect(reply.headers.get('retry-after')).toBe('2');
  });

  const text = (value: unknown) => JSON.stringify(value);
  it.each([
    ['no JSON', 'hello', 'request.malformed'],
    ['nothing', '', 'request.truncated'],
    ['JSON that ends early', text(RIDE_JSON).slice(0, -3), 'request.truncated'],
    ['JSON that goes on', `${text(RIDE_JSON)} {}`, 'request.trailing'],
    ['a name twice', `{"family":"transit-qr",${text(RIDE_JSON).slice(1)}`, 'request.duplicate_key'],
    ['a deep nest', '{"a":'.repeat(100_000).slice(0, 60_000), 'request.too_deep'],
    ['a long list', `[${'1,'.repeat(200)}1]`, 'request.too_many_items'],
    ['a byte order mark', `\ufeff${text(RIDE_JSON)}`, 'request.malformed'],
    [
      'bytes that are not UTF-8',
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      'request.malformed',
    ],
    ['a list', text([RIDE_JSON]), 'request.wrong_type'],
    ['null', 'null', 'request.wrong_type'],
    ['no family', text({ ...RIDE_JSON, family: undefined }), 'request.wrong_type'],
    ['an unknown family', text({ ...RIDE_JSON, family: 'x' }), 'request.unknown_family'],
    ['the family __proto__', text({ ...RIDE_JSON, family: '__proto__' }), 'request.unknown_family'],
    ['an odd hex digit', text({ ...RIDE_JSON, credential: { hex: '800' } }), 'request.wrong_type'],
    [
      'a credential above its limit',
      text({ ...RIDE_JSON, credential: { hex: '80'.repeat(4_097) } }),
      'request.wrong_type',
    ],
    ['a stream without a number', text({ ...RIDE_JSON, stream: '0'.repeat(32) }), 'request.wrong_type'],
    ['a number without a stream', text({ ...RIDE_JSON, seq: 1 }), 'request.wrong_type'],
    ['a stream that is no hex', text({ ...RIDE_JSON, stream: 'z'.repeat(32), seq: 1 }), 'request.wrong_type'],
    [
      'a number too large',
      text({ ...RIDE_JSON, stream: '0'.repeat(32), seq: 2 ** 53 }),
      'request.wrong_type',
    ],
    ['an unknown field', text({ ...RIDE_JSON, t: 'tap' }), 'request.wrong_type'],
    ['a body above its limit', ' '.repeat(16_384 * 4 + 1), 'request.too_large'],
  ] as const)('refuses %s', async (_name, body, code) => {
    const gateway = await start();
    expectProblem(await send(`${gateway.url}/v1/verifications`, body), code);
    expect(gateway.taps).toEqual([]);
  });

  it.each([
    ['bytes that end early', encode(RIDE_CODE).subarray(0, 30), 'request.truncated'],
    ['bytes that go on', Buffer.concat([encode(RIDE_CODE), encode(1)]), 'request.trailing'],
    ['hex instead of bytes', encode(RIDE_JSON), 'request.wrong_type'],
    ['an extension', Buffer.from('81a161d40100', 'hex'), 'request.malformed'],
  ] as const)('refuses MessagePack: %s', async (_name, body, code) => {
    const gateway = await start();
    expectProblem(await send(`${gateway.url}/v1/verifications`, body, MSGPACK_HEADERS), code);
  });

  it.each([
    ['no token', { 'content-type': 'application/json' }, 'auth.missing'],
    ['a bad token', { ...JSON_HEADERS, authorization: 'Bearer bad' }, 'auth.invalid'],
    ['another scheme', { ...JSON_HEADERS, authorization: 'Basic Zm9vOmJhcg==' }, 'auth.missing'],
    ['an expired session', { ...JSON_HEADERS, authorization: 'Bearer session.old' }, 'auth.expired'],
    ['a used token', { ...JSON_HEADERS, authorization: 'Bearer reused' }, 'auth.token_reused'],
    ['a form', { ...JSON_HEADERS, 'content-type': 'text/plain' }, 'request.unsupported_media_type'],
    ['a wish for XML', { ...JSON_HEADERS, accept: 'application/xml' }, 'request.not_acceptable'],
    ['a wish for nothing', { ...JSON_HEADERS, accept: '*/*;q=0' }, 'request.not_acceptable'],
  ] as const)('refuses %s', async (_name, headers, code) => {
    const gateway = await start();
    const reply = await send(`${gateway.url}/v1/verifications`, RIDE_JSON, headers);
    expectProblem(reply, code);
    expect(reply.headers.get('www-authenticate')).toBe(reply.status === 401 ? 'Bearer' : null);
    expect(gateway.refusals).toEqual([code]);
  });

  const tokens = [
    ['a session', 'session.good'],
    ['a device token', 'good'],
  ] as const;
  it.each(tokens)(
    'survives clients that leave, before and after their body, with %s',
    async (_name, token) => {
      const waiting: IncomingTap[] = [];
      const gateway = await start({ onTap: (tap) => waiting.push(tap) });
      const { port } = new URL(gateway.url);
      const leave = (contentLength: number, when: () => boolean) =>
        new Promise<void>((resolve) => {
          const authorization = `Bearer ${token}`;
          const headers = { ...JSON_HEADERS, authorization, 'content-length': contentLength };
          const client = request({
            host: '127.0.0.1',
            port,
            path: '/v1/verifications',
            method: 'POST',
            headers,
          });
          client.on('error', () => {});
          client.on('close', () => resolve());
          client.write(JSON.stringify(RIDE_JSON));
          const timer = setInterval(() => {
            if (!when()) return;
            clearInterval(timer);
            client.destroy();
          }, 5);
        });
      let ticks = 0;
      await leave(10_000, () => ticks++ > 3);
      await leave(JSON.stringify(RIDE_JSON).length, () => waiting.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const tap of waiting) tap.reply(decisionFor(tap));
      expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    },
  );

  it('lets a refusal be read that ends the connection, also behind a body that came in pieces', async () => {
    const gateway = await start();
    const socket = await RawSocket.open(gateway.url);
    const body = JSON.stringify({ items: new Array(257).fill(RIDE_JSON) });
    socket.write(
      [
        'POST /v1/verifications:batch HTTP/1.1',
        'Host: gateway',
        'Authorization: Bearer session.good',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body.slice(0, 10),
      ].join('\r\n'),
    );
    await sleep(50);
    socket.write(body.slice(10));
    await socket.closed;
    expect(socket.received).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"request\.too_many_items"/);
  });

  it('takes one request at a time behind a body that came in pieces too', async () => {
    const gateway = await start();
    const socket = await RawSocket.open(gateway.url);
    socket.write(
      'POST /v1/verifications HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer session.good\r\n' +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    );
    await sleep(50);
    socket.write(`}${get('/livez')}`);
    await socket.closed;
    expect(socket.received).toBe('');
  });

  it.each(tokens)('takes a body that comes in pieces, for %s', async (_name, token) => {
    const gateway = await start();
    const headers = { ...JSON_HEADERS, authorization: `Bearer ${token}` };
    const body = Buffer.from(JSON.stringify({ ...RIDE_JSON, stream: '0'.repeat(32), seq: 7 }));
    const reply = await new Promise<string>((resolve, reject) => {
      const { port } = new URL(gateway.url);
      const client = request({
        host: '127.0.0.1',
        port,
        path: '/v1/verifications',
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      });
      client.setNoDelay();
      client.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
      client.on('error', reject);
      client.write(body.subarray(0, 100));
      setTimeout(() => client.write(body.subarray(100, 101)), 20);
      setTimeout(() => client.end(body.subarray(101)), 40);
    });
    expect(JSON.parse(reply)).toMatchObject({ code: 'allow.good', seq: 7 });
    expect(gateway.taps[0]?.presentation.packedInput).toEqual(packInput(new Uint8Array(340).fill(0x80)));
  });

  it.each(tokens)('answers a fault of its own with a code, and goes on, for %s', async (_name, token) => {
    let broken = true;
    const gateway = await start({
      onTap: (tap) => {
        if (broken) throw new Error('on purpose');
        tap.reply(decisionFor(tap));
      },
    });
    const headers = { ...JSON_HEADERS, authorization: `Bearer ${token}` };
    const post = () => send(`${gateway.url}/v1/verifications`, RIDE_JSON, headers);
    expectProblem(await post(), 'gateway.internal');
    expect(gateway.errors).toHaveLength(1);
    expect(gateway.refusals).toEqual(['gateway.internal']);
    broken = false;
    expect((await post()).status).toBe(200);
  });

  it.each(tokens)('keeps what it needs of a body when the next one comes, for %s', async (_name, token) => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({
      onTap: (tap) => waiting.push(tap),
      // A token is checked for longer than its request takes to come.
      authenticate: async () => {
        await sleep(20);
        return { ok: true, device: GATE };
      },
    });
    const headers = { ...MSGPACK_HEADERS, authorization: `Bearer ${token}` };
    const codes = [1, 2, 3].map((byte) => new Uint8Array(340).fill(byte));
    const replies: Promise<Reply>[] = [];
    for (const code of codes) {
      const shown = { ...RIDE_CODE, credential: { code } };
      replies.push(send(`${gateway.url}/v1/verifications`, encode(shown), headers));
      await expect.poll(() => waiting.length).toBe(replies.length);
    }
    expect(waiting.map(({ presentation }) => presentation.packedInput)).toEqual(codes.map(packInput));
    for (const tap of waiting) tap.reply(decisionFor(tap));
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200);
  });

  it.each(tokens)('does not wait for ever for a body, for %s', async (_name, token) => {
    const gateway = await start({
      limits: { deadline_gate_ms: 201, deadline_desk_ms: 201, deadline_batch_ms: 201 },
      live: { deadline_gate_ms: 100, deadline_desk_ms: 100 },
    });
    const { port } = new URL(gateway.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...JSON_HEADERS, authorization: `Bearer ${token}`, 'content-length': 100 };
      const client = request({ host: '127.0.0.1', port, path: '/v1/verifications', method: 'POST', headers });
      client.on('response', (response) => resolve(response.statusCode));
      client.on('error', reject);
      client.write('{');
    });
    expect(status).toBe(408);
  });

  it('answers every damaged body with a code', async () => {
    const gateway = await start();
    const good = JSON.stringify({ ...RIDE_JSON, credential: { hex: '80' } });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.string({ maxLength: 3 }), fc.nat(4), async (position, damage, drop) => {
        const at = position % good.length;
        const reply = await send(
          `${gateway.url}/v1/verifications`,
          good.slice(0, at) + damage + good.slice(at + drop),
        );
        if (reply.status === 200) expect(decisionShape.Check(reply.body)).toBe(true);
        else expect(CODES).toHaveProperty([(reply.body as { code: string }).code]);
      }),
      { seed: 20_261_121, numRuns: 200 },
    );
  });
});

describe('POST /v1/verifications:batch', () => {
  it('gives each item its own result, in order', async () => {
    const waiting: IncomingTap[] = [];
    const gateway = await start({
      onTap: (tap) => {
        waiting.unshift(tap);
        if (waiting.length === 3) for (const one of waiting) one.reply(decisionFor(one));
      },
    });
    const stream = 'ff'.repeat(16);
    const items = [
      RIDE_JSON,
      { ...RIDE_JSON, stream, seq: 9 },
      { family: 'x' },
      { ...RIDE_JSON, scene: '29/exit' },
      7,
    ];
    const reply = await send(`${gateway.url}/v1/verifications:batch`, { items });
    expect(reply.status).toBe(200);
    expect(batchShape.Check(reply.body)).toBe(true);
    expect((reply.body as { results: object[] }).results).toMatchObject([
      { outcome: 'allow', seq: 0 },
      { outcome: 'allow', seq: 9, stream },
      { code: 'request.unknown_family', status: 422 },
      { outcome: 'allow', seq: 3, scene: '29/exit' },
      { code: 'request.wrong_type', status: 422 },
    ]);
  });

  it('takes 256 items of either form, and not one more', async () => {
    const gateway = await start();
    const url = `${gateway.url}/v1/verifications:batch`;
    const full = await send(url, { items: new Array(256).fill(RIDE_JSON) });
    expect((full.body as { results: object[] }).results.length).toBe(256);
    const packed = await send(url, encode({ items: new Array(256).fill(CHIP_CARD) }), MSGPACK_HEADERS);
    expect(packed.headers.get('content-type')).toBe('application/msgpack');
    expect(batchShape.Check(packed.body)).toBe(true);
    expectProblem(await send(url, { items: new Array(257).fill(RIDE_JSON) }), 'request.too_many_items');
    expectProblem(await send(url, { items: [] }), 'request.wrong_type');
    expectProblem(await send(url, { items: RIDE_JSON }), 'request.wrong_type');
    expectProblem(await send(url, { items: [RIDE_JSON], more: 1 }), 'request.wrong_type');
    expectProblem(await send(url, ' '.repeat(2_097_153)), 'request.too_large');
  });
});

describe('the rest', () => {
  it('opens a session for a device token', async () => {
    const gateway = await start();
    const reply = await send(`${gateway.url}/v1/sessions`, '', { authorization: 'Bearer good' });
    expect(reply.status).toBe(201);
    expect(Compile(Session).Check(reply.body)).toBe(true);
    expect(reply.body).toMatchObject({ token: 'session-1', device: 'gate-1', class: 'gate' });
    expectProblem(await send(`${gateway.url}/v1/sessions`, '', {}), 'auth.missing');
    expectProblem(
      await send(`${gateway.url}/v1/sessions`, '', { authorization: 'Bearer bad' }),
      'auth.invalid',
    );
  });

  it('says whether it lives and is ready, and no more', async () => {
    const gateway = await start();
    expect(await send(`${gateway.url}/livez`, '', {}, 'GET')).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    expect(await send(`${gateway.url}/readyz`, '', {}, 'GET')).toMatchObject({ status: 200 });
    gateway.ready = { ok: false, checks: { trust: false, list_age_ms: null } };
    expect(await send(`${gateway.url}/readyz`, '', {}, 'GET')).toMatchObject({
      status: 503,
      body: { ok: false },
    });
    expectProblem(await send(`${gateway.url}/metrics`, '', {}, 'GET'), 'request.not_found');
    const head = await fetch(`${gateway.url}/livez`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('answers what it does not serve with a problem', async () => {
    const gateway = await start();
    expectProblem(await send(`${gateway.url}/nothing`, '', {}, 'GET'), 'request.not_found');
    expectProblem(await send(`${gateway.url}/v1/verifications/`, RIDE_JSON), 'request.not_found');
    const method = await send(`${gateway.url}/v1/verifications`, '', {}, 'DELETE');
    expectProblem(method, 'request.method_not_allowed');
    expect(method.headers.get('allow')).toBe('POST');
    const other = await send(`${gateway.url}/readyz`, '{}');
    expectProblem(other, 'request.method_not_allowed');
    expect(other.headers.get('allow')).toBe('GET, HEAD');
    expectProblem(await send(`${gateway.url}/v1/gate`, '', {}, 'GET'), 'connection.upgrade_required');
  });

  it('answers a fault of its own with a code, and tells the log', async () => {
    const gateway = await start({
      onTap: () => {
        throw new Error('broken');
      },
    });
    expectProblem(await send(`${gateway.url}/v1/verifications`, RIDE_JSON), 'gateway.internal');
    expect(gateway.errors.length).toBe(1);
  });
});
