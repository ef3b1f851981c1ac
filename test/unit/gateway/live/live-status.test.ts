/** Live status against a platform on a real socket. */

import { expect, test } from 'vitest';
import type { LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import { personalText } from '../../../../workers/claims.ts';
import {
  answerAll,
  asking,
  good,
  reset,
  type StatusHandler,
  sendJson,
  statusPlatform,
  TOKEN,
} from './status-platform.rig.ts';
import { STATUS_KEYS, sealFor } from './status-seals.rig.ts';

const kinds = (answers: readonly LiveAnswer[]) => answers.map(({ kind }) => kind);

test('an answer is handed on as the platform gave it', async () => {
  const asOf = Date.now();
  const answers = [
    { answer: 'known', state: 'suspended', entitlements: 0xffff_ffff, as_of_ms: asOf },
    { answer: 'unknown', as_of_ms: asOf },
    { answer: 'not_covered' },
  ];
  const platform = await statusPlatform(({ response }) => sendJson(response, { answers }));
  const { ask, told } = asking(platform.url);
  expect(await Promise.all(['a', 'b', 'c'].map((id) => ask(id)))).toEqual([
    { kind: 'answered', state: 'suspended', entitlements: 0xffff_ffff, asOfMs: asOf },
    { kind: 'unknown', asOfMs: asOf },
    { kind: 'not_covered' },
  ]);
  expect(platform.requests).toHaveLength(1);
  expect(platform.requests[0]).toMatchObject({
    url: '/v1/status',
    method: 'POST',
    authorization: `Bearer ${TOKEN}`,
    queries: ['a', 'b', 'c'].map((id) => ['issuer-1', id]),
  });
  expect(told.slice(3)).toEqual([
    'gate request of 3: ok',
    'gate answered',
    'gate unknown',
    'gate not_covered',
  ]);
});

test('taps gather while every request is under way, and connections are kept', async () => {
  const held: (() => void)[] = [];
  const platform = await statusPlatform((request) => held.push(() => answerAll(request)));
  const { ask, status } = asking(platform.url, { requests_max: 1, batch_items_max: 4 });
  const first = ask('first');
  await expect.poll(() => held.length).toBe(1);
  const rest = Array.from({ length: 10 }, (_, i) => ask(`card-${i}`));
  expect(status.waiting).toBe(11);
  platform.handler = answerAll;
  held[0]?.();
  expect(kinds(await Promise.all([first, ...rest]))).toEqual(Array(11).fill('answered'));
  expect(platform.requests.map(({ queries }) => queries.length)).toEqual([1, 4, 4, 2]);
  expect(platform.connections()).toBe(1);
  expect(status.waiting).toBe(0);
});

test('no more requests than allowed are under way, and desks leave half of them to gates', async () => {
  const platform = await statusPlatform(() => {});
  const { ask, status } = asking(platform.url, { requests_max: 4, batch_items_max: 1 });
  const all = [
    ...Array.from({ length: 9 }, (_, i) => ask(`desk-${i}`, 'desk')),
    ...Array.from({ length: 9 }, (_, i) => ask(`gate-${i}`, 'gate')),
  ];
  await expect.poll(() => platform.requests.length).toBe(4);
  const asked = platform.requests.map(({ queries }) => queries[0]?.[1] ?? '').sort();
  // Gates come first where both wait; desks could not have had more than two.
  expect(asked).toEqual(['gate-0', 'gate-1', 'gate-2', 'gate-3']);
  await status.close();
  await Promise.all(all);
});

test('desks that hold all their requests leave a gate its own', async () => {
  const platform = await statusPlatform((request) => {
    if (request.queries[0]?.[1].startsWith('gate')) answerAll(request);
  });
  for (const requests_max of [1, 2, 8]) {
    const { ask, status } = asking(platform.url, { requests_max, batch_items_max: 1 });
    const before = platform.requests.length;
    const desks = Array.from({ length: 9 }, (_, i) => ask(`desk-${i}`, 'desk'));
    const desksMax = Math.max(1, requests_max / 2);
    await expect.poll(() => platform.requests.length - before).toBe(desksMax);
    expect(await ask('gate-1', 'gate')).toMatchObject({ kind: 'answered' });
    expect(platform.requests.length - before).toBe(desksMax + 1);
    await status.close();
    await Promise.all(desks);
  }
});

test('one credential asked for twice in one turn is asked for once', async () => {
  const platform = await statusPlatform();
  const { ask, told } = asking(platform.url);
  const answers = await Promise.all([ask('same'), ask('same'), ask('other')]);
  expect(kinds(answers)).toEqual(['answered', 'answered', 'answered']);
  expect(platform.requests[0]?.queries).toHaveLength(2);
  expect(told.filter((line) => line === 'gate answered')).toHaveLength(3);
});

test('a platform that answers late is as good as down for that tap', async () => {
  const held: (() => void)[] = [];
  const platform = await statusPlatform((request) => held.push(() => answerAll(request)));
  const { ask, status, told } = asking(platform.url);
  expect(await ask('slow', 'gate', 40)).toEqual({ kind: 'late' });
  expect(status.waiting).toBe(0);
  held[0]?.();
  // The request had the time of its class and counts as answered; the tap has its answer and gets no other.
  await expect.poll(() => told, { timeout: 10_000 }).toContain('gate request of 1: ok');
  expect(told.filter((line) => /gate (late|answered)/.test(line))).toEqual(['gate late']);
});

test('the deadline of the class holds for a tap that has more time, and ends the request', async () => {
  const platform = await statusPlatform(() => {});
  const { ask, told } = asking(platform.url, { deadline_gate_ms: 40, deadline_desk_ms: 60 });
  expect(kinds(await Promise.all([ask('a'), ask('b', 'desk')]))).toEqual(['late', 'late']);
  await expect.poll(() => told).toContain('gate request of 1: timeout');
  await expect.poll(() => told).toContain('desk request of 1: timeout');
});

test('an answer that came in time and is read late is no fault of the platform', async () => {
  let sent: (() => void) | undefined;
  const answered = new Promise<void>((resolve) => {
    sent = resolve;
  });
  const platform = await statusPlatform((request) => {
    answerAll(request);
    request.response.on('finish', () => sent?.());
  });
  const { ask, told } = asking(platform.url, { deadline_gate_ms: 500 });
  const asked = ask('card');
  await answered;
  // The event loop stands still, past the deadline, with the answer on the socket.
  const until = performance.now() + 600;
  while (performance.now() < until);
  await asked;
  await expect.poll(() => told, { timeout: 10_000 }).toContain('gate request of 1: ok');
});

test('a question whose time is up is not sent', async () => {
  const platform = await statusPlatform();
  const { ask } = asking(platform.url);
  expect(await ask('over', 'gate', -1)).toEqual({ kind: 'late' });
  expect(await ask('next')).toMatchObject({ kind: 'answered' });
  expect(platform.requests.flatMap(({ queries }) => queries.map(([, id]) => id))).toEqual(['next']);
});

const text =
  (body: string, status = 200): StatusHandler =>
  ({ response }) =>
    response.writeHead(status).end(body);
const withAnswers =
  (...answers: unknown[]): StatusHandler =>
  ({ response }) =>
    sendJson(response, { answers });
const DAY_MS = 86_400_000;
const withSeal =
  (seal: string): StatusHandler =>
  ({ response }) =>
    response.writeHead(200, { 'onecard-seal': seal }).end(JSON.stringify({ answers: [good()] }));
const sealedAt =
  (sealedAtMs: number): StatusHandler =>
  ({ body, response }) => {
    const answer = JSON.stringify({ answers: [good()] });
    const seal = sealFor('/v1/status', body, answer, { sealedAtMs });
    response.writeHead(200, { 'onecard-seal': seal }).end(answer);
  };

test.each<[string, StatusHandler, string]>([
  ['random bytes', text('\u0000\u0001garbage'), 'malformed'],
  ['an empty body', text(''), 'malformed'],
  ['no object', text('null'), 'malformed'],
  ['too few answers', withAnswers(), 'malformed'],
  ['too many answers', withAnswers(good(), good()), 'malformed'],
  ['a state that does not exist', withAnswers({ ...good(), state: 'fine' }), 'malformed'],
  ['the name of a state for an answer', withAnswers({ ...good(), answer: 'good' }), 'malformed'],
  ['a member nobody knows', withAnswers({ ...good(), extra: 1 }), 'malformed'],
  ['entitlements below 0', withAnswers({ ...good(), entitlements: -1 }), 'malformed'],
  ['entitlements of 33 bits', withAnswers({ ...good(), entitlements: 2 ** 32 }), 'malformed'],
  ['a time that is no number', withAnswers({ ...good(), as_of_ms: 'now' }), 'malformed'],
  ['a time to come', withAnswers(good(Date.now() + DAY_MS)), 'malformed'],
  ['a time long past', withAnswers(good(Date.now() - 2 * DAY_MS)), 'malformed'],
  ['an empty seal', withSeal(''), 'signature'],
  ['a seal that is no JWS', withSeal('a.b.c'), 'signature'],
  ['a seal of more parts', withSeal(`${sealFor('/v1/status', '', '')}.e30`), 'signature'],
  ['the seal of nothing', withSeal(sealFor('/v1/status', '', '')), 'signature'],
  ['a seal without end', withSeal('A'.repeat(5_000)), 'signature'],
  ['what was sealed an hour ago', sealedAt(Date.now() - 3_600_000), 'clock'],
  ['what was sealed in an hour', sealedAt(Date.now() + 3_600_000), 'clock'],
  ['an oversized body', text(`{"answers":[${' '.repeat(100_000)}]}`), 'too_large'],
  ['a server error', text('{}', 503), 'status'],
  ['a refusal', text('{}', 401), 'unauthorised'],
  ['a redirect', ({ response }) => response.writeHead(302, { location: '/v1/other' }).end(), 'status'],
  ['bytes that are no HTTP', ({ socket }) => socket.end('hello\r\n\r\n'), 'malformed'],
])('%s is a fault, and never an answer', async (_, handler, fault) => {
  const platform = await statusPlatform(handler);
  const { ask, told } = asking(platform.url);
  expect(await ask('card')).toEqual({ kind: 'failed' });
  expect(told).toContain(`gate request of 1: ${fault}`);
  expect(platform.requests).toHaveLength(1);
});

test('where trust names no status key, or none to encrypt to, nobody is asked', async () => {
  const platform = await statusPlatform();
  for (const lacking of [{ sealing: new Map() }, { encryption: null }]) {
    const { ask } = asking(platform.url, {}, { keys: () => ({ ...STATUS_KEYS, ...lacking }) });
    expect(await ask('card')).toEqual({ kind: 'not_asked' });
  }
  expect(platform.requests).toEqual([]);
});

test('the same question never looks the same, nor is its nonce ever the same', async () => {
  const platform = await statusPlatform();
  const { ask } = asking(platform.url);
  for (let i = 0; i < 5; i += 1) await ask('card');
  const parts = platform.requests.map(({ body }) => JSON.parse(body) as Record<string, string>);
  expect(new Set(parts.map(({ nonce }) => nonce)).size).toBe(5);
  expect(new Set(parts.map(({ encrypted = '' }) => encrypted.split('.')[3])).size).toBe(5);
});

test('a platform that nobody listens for fails at once, without another try', async () => {
  const { ask, told } = asking('http://127.0.0.1:1');
  expect(await ask('card')).toEqual({ kind: 'failed' });
  expect(told).toContain('gate request of 1: unreachable');
  expect(told).not.toContain('gate retried');
});

test('a broken connection is tried once more, while the budget lasts', async () => {
  const platform = await statusPlatform((request, number) => {
    if (number === 0) reset(request);
    else answerAll(request);
  });
  const { ask, told } = asking(platform.url);
  expect(await ask('card')).toMatchObject({ kind: 'answered' });
  expect(told.filter((line) => line === 'gate retried')).toHaveLength(1);
  platform.handler = reset;
  const sent = platform.requests.length;
  for (let i = 0; i < 4; i += 1) expect(await ask(`card-${i}`)).toEqual({ kind: 'failed' });
  // 10 % of five requests and the one saved up at the start, which is spent.
  expect(platform.requests.length - sent).toBe(4);
});

test('with no budget a broken connection is not tried again, and with all of it once', async () => {
  const platform = await statusPlatform(reset);
  const none = asking(platform.url, { retry_percent: 0 });
  expect(await none.ask('card')).toEqual({ kind: 'failed' });
  expect(platform.requests).toHaveLength(1);
  const all = asking(platform.url, { retry_percent: 100 });
  expect(await all.ask('card')).toEqual({ kind: 'failed' });
  expect(platform.requests).toHaveLength(3);
});

test('nothing is asked when the mode forbids it', async () => {
  let may = false;
  const platform = await statusPlatform();
  const { ask } = asking(platform.url, {}, { mayAsk: () => may });
  expect(await ask('card')).toEqual({ kind: 'not_asked' });
  may = true;
  expect(await ask('card')).toMatchObject({ kind: 'answered' });
  expect(platform.requests).toHaveLength(1);
});

test('more than may wait are not asked, and desks leave half of the room to gates', async () => {
  const platform = await statusPlatform(() => {});
  const { ask, status, told } = asking(platform.url, { waiting_max: 4 });
  const waiting = [ask('d1', 'desk'), ask('d2', 'desk')];
  expect(await ask('d3', 'desk')).toEqual({ kind: 'not_asked' });
  waiting.push(ask('g1'), ask('g2'));
  expect(await ask('g3')).toEqual({ kind: 'not_asked' });
  expect(status.waiting).toBe(4);
  await status.close();
  await Promise.all(waiting);
  expect(told.filter((line) => line.endsWith('not_asked')).length).toBeGreaterThanOrEqual(2);
});

test('close answers everything once, also what is under way, and asks nothing after', async () => {
  const platform = await statusPlatform(() => {});
  const { ask, status, told } = asking(platform.url, { requests_max: 1, batch_items_max: 2 });
  const all = Array.from({ length: 6 }, (_, i) => ask(`card-${i}`));
  await expect.poll(() => platform.requests.length).toBe(1);
  await status.close();
  expect(kinds(await Promise.all(all)).sort()).toEqual(['failed', 'failed', ...Array(4).fill('not_asked')]);
  expect(await ask('after')).toEqual({ kind: 'not_asked' });
  await status.close();
  expect(told.filter((line) => line === 'gate asked')).toHaveLength(7);
  expect(told.filter((line) => /^gate (failed|not_asked)$/.test(line))).toHaveLength(7);
});

test('the callback never comes within the call', async () => {
  const { status } = asking('http://127.0.0.1:1', {}, { mayAsk: () => false });
  let called = false;
  const question = { issuer: 'i', credentialId: personalText('c'), class: 'gate', deadlineAt: 0 } as const;
  await new Promise<void>((resolve) => {
    status.ask(question, () => {
      called = true;
      resolve();
    });
    expect(called).toBe(false);
  });
});
