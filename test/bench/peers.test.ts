/** The peers' benchmark: its generator, the verdicts of the peer, and a short run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closedLoad } from '../../bench/peers/closed-load.ts';
import { openLoad } from '../../bench/peers/open-load.ts';
import { type PeerUnderTest, peerIsInstalled, startPeer } from '../../bench/peers/peer-process.ts';
import { inWords } from '../../bench/peers/table.ts';
import type { PreparedTap } from '../../bench/peers/taps.ts';
import { type City, createCity } from '../../platform/city.ts';
import type { ChipPresentation } from '../../platform/issue/chip-presentation.ts';
import { presentationAsHex } from '../../platform/issue/chip-presentation.ts';
import { type RideCodeOptions, rideCode } from '../../platform/issue/transit-qr.ts';
import { sm2Key } from '../../platform/sm2.ts';
import { toHex } from '../../workers/codecs/hex.ts';

const root = join(import.meta.dirname, '../..');
const installed = peerIsInstalled();
if (!installed) process.stdout.write('skipped: bench/peers/fastify-sm2 is not installed (npm ci in it)\n');

describe('the generator', () => {
  let server: Server;
  const bodies: string[] = [];

  /** Answers each body with the code it asks for. */
  async function listen(): Promise<{ http: string; token: string }> {
    server = createServer(async (request, response) => {
      const body = await text(request);
      bodies.push(body);
      const authorised = request.headers.authorization === 'Bearer t';
      response.writeHead(authorised ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: (JSON.parse(body) as { say: string }).say }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' };
  }

  afterEach(() => {
    bodies.length = 0;
    server.closeAllConnections();
    server.close();
  });

  const taps = (count: number): PreparedTap[] =>
    Array.from({ length: count }, (_, i) => ({
      body: JSON.stringify({ say: i % 10 === 9 ? 'deny.replayed' : 'allow.good', i }),
      code: 'allow.good',
    }));

  test('closed load sends each tap once, ends with them, and finds wrong answers', async () => {
    const target = await listen();
    const measured = await closedLoad({ target, taps: taps(200), connections: 4, seconds: 30 });
    // The last tap is taken while up to three others wait for their answers.
    expect(measured.answered).toBeGreaterThan(190);
    expect(measured.answered).toBeLessThanOrEqual(200);
    expect(measured.wrong).toBeGreaterThanOrEqual(19);
    expect(measured.faults).toEqual([`${measured.wrong} × deny.replayed instead of allow.good`]);
    expect(measured.latency.totalCount).toBe(measured.answered);
    expect(new Set(bodies).size).toBe(200);
  });

  test('closed load ends when its time is up', async () => {
    const target = await listen();
    const measured = await closedLoad({ target, taps: taps(200_000), connections: 2, seconds: 0.2 });
    expect(measured.answered).toBeGreaterThan(0);
    expect(measured.answered).toBeLessThan(200_000);
    expect(measured.seconds).toBeGreaterThan(0.19);
  });

  test('open load sends all taps, and counts a refusal as wrong', async () => {
    const target = await listen();
    const options = { taps: taps(100), connections: 4, ratePerS: 1_000, draw: () => 0.5 };
    const measured = await openLoad({ ...options, target });
    expect(measured).toMatchObject({ answered: 100, wrong: 10 });
    expect(bodies.toSorted()).toEqual(options.taps.map(({ body }) => body).toSorted());
    const refused = await openLoad({ ...options, target: { ...target, token: 'other' } });
    expect(refused).toMatchObject({ answered: 100, wrong: 100 });
    expect(refused.faults[0]).toBe('90 × status 401 allow.good instead of allow.good');
  });
});

test('ratios are told in words', () => {
  const ratio = {
    ...{ answered_per_s: 6.694, server_cpu_us_per_answer: 0.2274 },
    ...{ fixed_rate_p50: 0.5, fixed_rate_p99: 0.339 },
  };
  expect(inWords({ shown: 'chip-sm2', rate_per_s: 1_445, ratio })).toBe(
    'chip-sm2: the gateway gives 6.69 times as many answers a second at 0.227 times the CPU for each, ' +
      'and has 0.339 times the p99 at 1,445 a second.',
  );
});

describe.skipIf(!installed)('the peer made of Fastify and sm-crypto-v2', () => {
  let city: City;
  let peer: PeerUnderTest;

  beforeAll(async () => {
    city = createCity({ seed: 'peers', cards: 400 });
    peer = await startPeer(city);
  });
  afterAll(() => peer.stop());

  /** Code of the answer to a presentation. */
  async function ask(presentation: object, token = peer.token): Promise<string> {
    const response = await fetch(`${peer.http}/v1/verifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(presentation),
    });
    const answer = (await response.json()) as { code: string; outcome?: string };
    const allowed = answer.code === 'allow.good';
    if (response.status === 200) expect(answer.outcome).toBe(allowed ? 'allow' : 'deny');
    return answer.code;
  }

  /** A good card of the city: SM2 chips have even numbers; numbers 2 and 3 of four make local ride codes. */
  function goodCard(fits: (index: number) => boolean) {
    for (let i = 0; i < city.size; i++) {
      if (fits(i) && city.identity(i).state === 'good') return city.card(i);
    }
    throw new RangeError('the city has no such card');
  }

  const interoperable = () => goodCard((i) => i % 4 < 2).transit;
  const local = () => goodCard((i) => i % 4 >= 2).transit;
  const ride = (code: Uint8Array) => ({
    family: 'transit-qr',
    credential: { hex: toHex(code) },
    context: {},
  });
  const rideOf = (options: Partial<RideCodeOptions> = {}) =>
    rideCode({ account: interoperable(), nowMs: Date.now(), ...options });
  const chip = (presentation: ChipPresentation) => ({
    family: 'chip-oda',
    ...presentationAsHex(presentation),
  });
  const terminal = { '9F37': Uint8Array.of(1, 2, 3, 4) };
  const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

  test('says of every card what the card list says', async () => {
    const states = new Set<string>();
    for (let i = 0; i < city.size; i++) {
      const { state } = city.identity(i);
      if (state === 'good' && i >= 8) continue;
      states.add(state);
      const right = state === 'good' ? 'allow.good' : `deny.status_${state}`;
      const card = city.card(i);
      expect(await ask(ride(rideCode({ account: card.transit, nowMs: Date.now() })))).toBe(right);
      expect(await ask(chip(card.chip.tap({ mode: 'dda', terminal })))).toBe(right);
    }
    expect(states.size).toBeGreaterThan(3);
  });

  test('proves ride codes of both versions, again and again, and with a custom field', async () => {
    for (let round = 0; round < 8; round++) {
      expect(await ask(ride(rideOf()))).toBe('allow.good');
      expect(await ask(ride(rideOf({ account: local() })))).toBe('allow.good');
    }
    expect(await ask(ride(rideOf({ custom: new Uint8Array(17).fill(5) })))).toBe('allow.good');
  });

  test('denies a ride code with any byte changed', async () => {
    const code = rideOf();
    for (let at = 0; at < code.length; at += 2) {
      const changed = await ask(ride(flipped(code, at)));
      expect(changed, `byte ${at}`).toMatch(/^(credential|trust|key|signature|code)\./);
    }
  });

  test('names what is wrong with a ride code', async () => {
    const other = sm2Key(new Uint8Array(40).fill(9));
    const now = Date.now();
    const cases: readonly (readonly [string, Partial<RideCodeOptions>])[] = [
      ['signature.user', { tamper: { code: { signer: other } } }],
      ['signature.authorisation', { tamper: { authorisation: { signer: other } } }],
      [
        'signature.issuer_certificate',
        { tamper: { certificate: flipped(interoperable().issuer.certificate, 116) } },
      ],
      [
        'signature.user',
        { account: local(), tamper: { code: { id: new TextEncoder().encode('1234567812345678') } } },
      ],
      ['credential.version_unsupported', { version: 0x81 }],
      ['credential.expired', { authorisedUntil_s: Math.floor(now / 1_000) - 10 }],
      ['code.stale', { nowMs: now - 100_000 }],
      ['code.from_future', { nowMs: now + 100_000 }],
      ['credential.trailing', { tamper: { code: { after: (bytes) => Uint8Array.of(...bytes, 0) } } }],
      ['credential.truncated', { tamper: { code: { after: (bytes) => bytes.subarray(0, -1) } } }],
    ];
    for (const [code, options] of cases) expect(await ask(ride(rideOf(options)))).toBe(code);
  });

  test.each([
    ['sm2', 0],
    ['rsa', 1],
  ])('denies an %s chip with anything changed that was signed', async (_alg, odd) => {
    const tap = goodCard((i) => i % 2 === odd).chip.tap({ mode: 'dda', terminal });
    expect(await ask(chip(tap))).toBe('allow.good');
    const { credential, context } = tap;
    const codes = {
      '90': 'signature.issuer_certificate',
      '9F46': 'signature.card_certificate',
      '9F4B': 'signature.dynamic_data',
    };
    for (const [tag, code] of Object.entries(codes)) {
      const value = credential.tags[tag] ?? new Uint8Array();
      const tags = { ...credential.tags, [tag]: flipped(value, value.length - 1) };
      expect(await ask(chip({ context, credential: { ...credential, tags } })), tag).toBe(code);
      for (let at = 0; at < value.length; at += 7) {
        const tags = { ...credential.tags, [tag]: flipped(value, at) };
        const said = await ask(chip({ context, credential: { ...credential, tags } }));
        expect(said, `${tag} byte ${at}`).toMatch(/^(credential|trust|key|signature)\./);
      }
    }
    const at = credential.staticData.length - 1;
    const staticData = flipped(credential.staticData, at);
    expect(await ask(chip({ context, credential: { ...credential, staticData } }))).toBe(
      'signature.card_certificate',
    );
    const otherNumber = { ...context, terminal: { '9F37': Uint8Array.of(1, 2, 3, 5) } };
    expect(await ask(chip({ credential, context: otherNumber }))).toBe('signature.dynamic_data');
  });

  test('refuses strangers and what has not the shape of a request', async () => {
    expect(await ask(ride(rideOf()), 'other')).toBe('auth.invalid');
    const shapes = [
      { family: 'mdoc', credential: {}, context: {} },
      { ...ride(rideOf()), credential: {} },
      {},
    ];
    for (const shape of shapes) expect(await ask(shape)).toBe('FST_ERR_VALIDATION');
  });

  test('a run of a second compares both, without a wrong answer', async () => {
    const run = ['bench/peers/run.ts', '--seconds', '1', '--cards', '4', '--taps', '500'];
    const child = spawn(process.execPath, [...run, '--shown', 'chip-rsa', '--json'], { cwd: root });
    child.stderr.resume();
    const closed = once(child, 'close');
    const report = JSON.parse(await text(child.stdout)) as {
      comparisons: { shown: string; ratio: Record<string, number>; peer: Runs; gateway: Runs }[];
      verify_only: { per_s: Record<string, number>; wrong: number };
    };
    expect(await closed).toEqual([0, null]);
    const [comparison] = report.comparisons;
    expect(comparison?.shown).toBe('chip-rsa');
    for (const runs of [comparison?.peer, comparison?.gateway]) {
      expect(runs?.throughput).toMatchObject({ wrong: 0, answered: expect.any(Number) });
      expect(runs?.throughput.answered).toBeGreaterThan(100);
      expect(runs?.fixed_rate).toMatchObject({ wrong: 0 });
      expect(runs?.fixed_rate.answered).toBeGreaterThan(0);
      expect(runs?.fixed_rate.stolen_part).toBeGreaterThanOrEqual(0);
      expect(runs?.fixed_rate.stolen_part).toBeLessThanOrEqual(1);
    }
    for (const ratio of Object.values(comparison?.ratio ?? {})) expect(ratio).toBeGreaterThan(0);
    expect(report.verify_only.wrong).toBe(0);
    for (const perS of Object.values(report.verify_only.per_s)) expect(perS).toBeGreaterThan(0);
  });
});

interface Runs {
  readonly throughput: { readonly answered: number; readonly wrong: number };
  readonly fixed_rate: { readonly answered: number; readonly wrong: number; readonly stolen_part: number };
}
