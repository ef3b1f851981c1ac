/** Traces of taps, from the composed gateway to a collector of the test's own: what a span says, and what it does not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { foundIn, needlesOf } from './needles.rig.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
}

/** Takes what OTLP over HTTP brings. */
async function startCollector() {
  const bodies: Buffer[] = [];
  const types = new Set<string | undefined>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    bodies.push(Buffer.concat(pieces));
    types.add(`${request.method} ${request.url} ${request.headers['content-type']}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    bodies,
    types,
    spans: (): Span[] =>
      bodies.flatMap((body) => {
        const { resourceSpans } = JSON.parse(body.toString());
        return resourceSpans.flatMap((each: { scopeSpans: { spans: Span[] }[] }) =>
          each.scopeSpans.flatMap(({ spans }) => spans),
        );
      }),
  };
}

async function traced(trace: Readonly<Record<string, unknown>>): Promise<ComposedGateway> {
  const composed = await startComposed({ settings: { trace } });
  let running = true;
  onTestFinished(async () => {
    if (running) await composed.stop();
    running = false;
  });
  return composed;
}

/** Shows chips and ride codes, each code twice; resolves with the answers' codes. */
async function tapAll({ city, ...composed }: Pick<ComposedGateway, 'city' | 'target'>): Promise<unknown[]> {
  const gate = await PlainClient.connect(composed.target());
  const cards = [...goodCards(city, 'sm2').slice(0, 4), ...goodCards(city, 'rsa').slice(0, 4)];
  const codes: unknown[] = [];
  for (const card of cards) {
    const [chip, code] = [chipTapOf(city, card).binary, rideCodeOf(city, card).binary];
    for (const shown of [chip, code, code]) {
      const { message } = await gate.tap(codes.length, { scene: '29/entry', ...shown });
      codes.push(message['code']);
    }
  }
  await gate.bye();
  return codes;
}

const attributeOf = (span: Span, key: string) =>
  Object.values(span.attributes.find((each) => each.key === key)?.value ?? {})[0];

test('one span for each tap, through the stages, and nothing that names a person, a card or a device', async () => {
  const collector = await startCollector();
  const composed = await traced({ url: collector.url, one_in: 1 });
  const codes = await tapAll(composed);
  const { city } = composed;
  await composed.stopGateway();
  const spans = collector.spans();
  expect(spans.map((span) => attributeOf(span, 'onecard.code'))).toEqual(codes);
  expect(new Set(codes)).toEqual(new Set(['allow.good', 'deny.replayed']));
  expect([...collector.types]).toEqual(['POST /v1/traces application/json']);
  for (const span of spans) {
    expect(span).toMatchObject({
      name: 'tap',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(span.events.map(({ name }) => name)).toEqual([
      'prove begins',
      'proven',
      'journal begins',
      'durable',
    ]);
    // In their order: no time is asserted.
    const times = [
      span.startTimeUnixNano,
      ...span.events.map(({ timeUnixNano }) => timeUnixNano),
      span.endTimeUnixNano,
    ].map(BigInt);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    expect(attributeOf(span, 'onecard.scene')).toBe('29/entry');
    for (const stage of ['queue', 'prove', 'decide', 'journal']) {
      expect(attributeOf(span, `onecard.${stage}_ms`)).toBeGreaterThanOrEqual(0);
    }
  }
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(codes.length);
  const all = Buffer.concat(collector.bodies);
  expect(foundIn(all, needlesOf(city))).toEqual([]);
  expect(all.includes('gate-1')).toBe(false);
  expect(all.includes('"gw-test"')).toBe(true);
  await composed.start();
});

test('only a part of the taps is traced', async () => {
  const collector = await startCollector();
  const composed = await traced({ url: collector.url, one_in: 100_000_000 });
  await tapAll(composed);
  await composed.stopGateway();
  expect(collector.bodies).toEqual([]);
  await composed.start();
});

test('a collector that is away costs no tap its answer, and is counted', async () => {
  const composed = await traced({ url: `http://127.0.0.1:${await freePort()}/v1/traces`, one_in: 1 });
  expect(await tapAll(composed)).toHaveLength(24);
  const lost = async () => (await fetch(`${composed.address.admin}/metrics`)).text();
  await expect.poll(lost, { timeout: 20_000 }).toMatch(/onecard_faults_total\{where="trace"\} [1-9]/);
  expect(await tapAll(composed)).toHaveLength(24);
});

test('a collector that never answers does not hold up the stop: what it did not take is told as lost', async () => {
  const server = createServer((request) => void request.resume());
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const composed = await traced({ url: `http://127.0.0.1:${port}/v1/traces`, one_in: 1 });
  expect(await tapAll(composed)).toHaveLength(24);
  await composed.stopGateway();
  const lost = composed.logLines.filter(({ msg }) => String(msg).startsWith('spans of taps were lost'));
  expect(lost.map(({ error }) => error)).toEqual(['the gateway stops']);
});
