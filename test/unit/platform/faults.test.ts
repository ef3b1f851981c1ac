/** Each fault, seen from outside by plain requests; and the control that stays up meanwhile. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Control, startControl } from '../../../platform/control-server.ts';
import { FAULTS, type Fault, faultHelp, parseFault, readFault } from '../../../platform/faults.ts';
import type { Platform } from '../../../platform/server.ts';
import {
  type DeltasAnswer,
  deltasPath,
  followTuf,
  get,
  getJson,
  NOW,
  post,
  question,
  readLink,
  sealSays,
  sha256,
  startPlatform,
  stopPlatforms,
} from './served-platform.rig.ts';

const controls: Control[] = [];
afterEach(async () => {
  for (const control of controls.splice(0)) await control.stop();
  await stopPlatforms();
});

const healthy = async (platform: Platform) => (await get(platform, '/v1/health')).status;
const deltas = (platform: Platform, after: number, wait_ms = 0) =>
  getJson<DeltasAnswer>(platform, deltasPath(platform.head.generation, after, wait_ms));

describe('faults', () => {
  it('down: resets connections, those that wait too, until it ends', async () => {
    const platform = await startPlatform();
    const poll = deltas(platform, 0, 30_000);
    const torn = expect(poll).rejects.toThrow();
    await healthy(platform);
    platform.setFault({ fault: 'down' });
    await torn;
    await expect(healthy(platform)).rejects.toThrow();
    platform.setFault(null);
    expect(await healthy(platform)).toBe(200);
  });

  it('slow: holds every answer back, and with 0 until it ends', async () => {
    const platform = await startPlatform();
    platform.setFault({ fault: 'slow', delay_ms: 0 });
    let answered = 0;
    const held = ['/v1/health', '/v1/journal/summary', '/v1/tuf/metadata/timestamp.json'].map(
      async (path) => {
        const { status } = await get(platform, path);
        answered += 1;
        return status;
      },
    );
    const upload = post(platform, '/v1/journal', { gateway: 'gw', records: [{ id: 'late' }] });
    while (!platform.hasRecord('gw', 'late')) await new Promise(setImmediate);
    expect(answered).toBe(0);
    platform.setFault(null);
    expect(await Promise.all(held)).toEqual([200, 200, 200]);
    expect(await (await upload).json()).toEqual({ accepted: 1, duplicates: 0, conflicts: 0 });
    platform.setFault({ fault: 'slow', delay_ms: 30 });
    const before = performance.now();
    expect(await healthy(platform)).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(25);
  });

  it('flapping: is down and up by turns', async () => {
    const platform = await startPlatform();
    platform.setFault({ fault: 'flapping', period_ms: 40 });
    const seen = new Set<boolean>();
    let turns = 0;
    for (let last: boolean | null = null; turns < 4; ) {
      const up = await healthy(platform).then(
        () => true,
        () => false,
      );
      seen.add(up);
      if (up !== last) turns += 1;
      last = up;
    }
    expect(seen).toEqual(new Set([true, false]));
  });

  it('garbage: answers everything with bytes that mean nothing, long polls at once', async () => {
    const platform = await startPlatform();
    const poll = get(platform, deltasPath(platform.head.generation, 0, 30_000));
    await healthy(platform);
    platform.setFault({ fault: 'garbage' });
    const answers = [await poll, await get(platform, '/v1/health'), await get(platform, '/v1/nothing')];
    answers.push(await post(platform, '/v1/status', { queries: [['a', 'b']] }));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text.length).toBeGreaterThan(0);
      expect(() => JSON.parse(`[${text}, 0]`)).toThrow(SyntaxError);
    }
  });

  it('bad_signature: spoils metadata, deltas and head, and nothing else', async () => {
    const platform = await startPlatform();
    const { listKeys } = await followTuf(platform);
    await platform.publish({ cards: [{ index: 0, state: 'lost' }] });
    platform.setFault({ fault: 'bad_signature' });
    await expect(followTuf(platform)).rejects.toThrow('not signed');
    const { head, deltas: links } = await deltas(platform, 0);
    expect(links).toHaveLength(1);
    expect(() => readLink(links[0] ?? '', 'onecard-list-delta', listKeys)).toThrow('not signed');
    expect(() => readLink(head, 'onecard-list-head', listKeys)).toThrow('not signed');
    expect(await healthy(platform)).toBe(200);
    platform.setFault(null);
    await followTuf(platform);
    const { head: good } = await deltas(platform, 1);
    expect(readLink(good, 'onecard-list-head', listKeys)['revision']).toBe(1);
  });

  it('unsigned, foreign_key, bad_signature: what is answered to questions is the same, and no seal is good', async () => {
    const platform = await startPlatform();
    for (const fault of ['unsigned', 'foreign_key', 'bad_signature'] as const) {
      platform.setFault({ fault });
      const response = await post(platform, '/v1/status', await question([['a', 'b']]));
      expect(response.headers.has('onecard-seal')).toBe(fault !== 'unsigned');
      await expect(sealSays(response)).rejects.toThrow();
      expect(await response.json()).toEqual({ answers: [{ answer: 'not_covered' }] });
    }
  });

  it('other_question: a good seal, but not of what was asked', async () => {
    const platform = await startPlatform();
    const body = await question([['a', 'b']]);
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
    expect((await sealSays(await post(platform, '/v1/status', body)))['request']).toBe(digest);
    platform.setFault({ fault: 'other_question' });
    expect((await sealSays(await post(platform, '/v1/status', body)))['request']).not.toBe(digest);
  });

  it('replayed_answer: everybody gets the first answer and its seal, until the fault ends', async () => {
    const platform = await startPlatform();
    platform.setFault({ fault: 'replayed_answer' });
    const seals = new Set<unknown>();
    const answers = new Set<string>();
    for (const queries of [
      [['a', 'b']],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ]) {
      const response = await post(platform, '/v1/status', await question(queries));
      seals.add((await sealSays(response))['request']);
      answers.add(await response.text());
    }
    expect([seals.size, answers.size]).toEqual([1, 1]);
    platform.setFault(null);
    const response = await post(platform, '/v1/status', await question([['a', 'b']]));
    expect(seals).not.toContain((await sealSays(response))['request']);
  });

  it('old_revision: goes back to the state of the start, and tells those who wait', async () => {
    let now = NOW;
    const platform = await startPlatform({ now: () => now });
    const first = await followTuf(platform);
    now += 5_000;
    await platform.publish({ cards: [{ index: 0, state: 'lost' }], trust: { anchors: [] } });
    const newer = await followTuf(platform);
    expect(newer.timestamp['version']).toBeGreaterThan(Number(first.timestamp['version']));
    const poll = deltas(platform, 1, 1_000);
    await healthy(platform);
    platform.setFault({ fault: 'old_revision' });
    const { head, deltas: links } = await poll;
    expect(links).toEqual([]);
    expect(readLink(head, 'onecard-list-head', first.listKeys)).toMatchObject({
      revision: 0,
      issuedAtMs: NOW,
    });
    const again = await followTuf(platform);
    expect(again.timestamp).toEqual(first.timestamp);
    expect(again.trust).toEqual(first.trust);
    platform.setFault(null);
    expect((await followTuf(platform)).trust).toEqual(newer.trust);
  });

  it('forked_chain: another delta and head under the same revision, rightly signed', async () => {
    const platform = await startPlatform();
    const { listKeys } = await followTuf(platform);
    const start = readLink((await deltas(platform, 0)).head, 'onecard-list-head', listKeys);
    platform.setFault({ fault: 'forked_chain' });
    const forkedStart = readLink((await deltas(platform, 0)).head, 'onecard-list-head', listKeys);
    expect(forkedStart['revision']).toBe(start['revision']);
    expect(forkedStart['chainHash']).not.toBe(start['chainHash']);
    platform.setFault(null);
    await platform.publish({ cards: [{ index: 0, state: 'lost' }] });
    const { deltas: true_ } = await deltas(platform, 0);
    platform.setFault({ fault: 'forked_chain' });
    const { head, deltas: forked } = await deltas(platform, 0);
    const [a, b] = [true_, forked].map((links) => readLink(links[0] ?? '', 'onecard-list-delta', listKeys));
    expect([b?.['revision'], b?.['previousHash']]).toEqual([a?.['revision'], a?.['previousHash']]);
    expect(forked[0]).not.toBe(true_[0]);
    expect(readLink(head, 'onecard-list-head', listKeys)).toMatchObject({
      revision: 1,
      chainHash: sha256(forked[0] ?? ''),
    });
  });

  it('clock_off: everything it says of time is off', async () => {
    const platform = await startPlatform();
    const offset_ms = -3_600_000;
    const expiry = async () => Date.parse(String((await followTuf(platform)).timestamp['expires']));
    const before = await expiry();
    platform.setFault({ fault: 'clock_off', offset_ms });
    expect(await getJson(platform, '/v1/health')).toEqual({ ok: true, now_ms: NOW + offset_ms });
    const { listKeys } = await followTuf(platform);
    const { head } = await deltas(platform, 0);
    expect(readLink(head, 'onecard-list-head', listKeys)['issuedAtMs']).toBe(NOW + offset_ms);
    expect(await expiry()).toBe(before + offset_ms);
    platform.setFault(null);
    expect(await expiry()).toBe(before);
  });

  it('ends with the platform, whatever it is', async () => {
    for (const fault of [{ fault: 'slow', delay_ms: 0 }, { fault: 'down' }] as const) {
      const platform = await startPlatform();
      platform.setFault(fault);
      const held = healthy(platform).catch(() => 'reset');
      await stopPlatforms();
      expect([200, 'reset']).toContain(await held);
    }
  });
});

describe('their names', () => {
  it.each<[string, Fault | null]>([
    ['down', { fault: 'down' }],
    ['slow:2000', { fault: 'slow', delay_ms: 2_000 }],
    ['slow:0', { fault: 'slow', delay_ms: 0 }],
    ['clock_off:-5', { fault: 'clock_off', offset_ms: -5 }],
    ['slow', null],
    ['slow:-1', null],
    ['flapping:0', null],
    ['down:1', null],
    ['toString', null],
    ['', null],
  ])('reads %j', (text, fault) => expect(parseFault(text)).toEqual(fault));

  it('explains each in one line', () => {
    expect(faultHelp().split('\n')).toHaveLength(Object.keys(FAULTS).length);
    expect(readFault({ fault: 'down', delay_ms: 1 })).toBeNull();
    expect(readFault(null)).toBeNull();
  });
});

describe('control', () => {
  const put = (control: Control, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${control.url}/control/fault`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  it('stays up while the platform is down, and publishes', async () => {
    const platform = await startPlatform();
    const control = await startControl({ platform, host: '127.0.0.1', port: 0, token: null });
    controls.push(control);
    expect(await (await put(control, { fault: 'down' })).json()).toEqual({ fault: { fault: 'down' } });
    await expect(healthy(platform)).rejects.toThrow();
    const publication = { cards: [{ index: 7, state: 'lost' }], replace: [{ index: 8 }] };
    const publish = (body: unknown) =>
      fetch(`${control.url}/control/publish`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    expect(await (await publish(publication)).json()).toEqual({ ...platform.head, revision: 1 });
    expect((await publish({ cards: [{ index: 50 }] })).status).toBe(400);
    expect((await publish({ cards: [{ index: 1, state: 'fine' }] })).status).toBe(400);
    expect((await put(control, { fault: 'slow' })).status).toBe(400);
    expect(platform.fault).toEqual({ fault: 'down' });
    const ended = await fetch(`${control.url}/control/fault`, { method: 'DELETE' });
    expect(await ended.json()).toEqual({ fault: null });
    expect(await healthy(platform)).toBe(200);
    expect((await fetch(`${control.url}/v1/health`)).status).toBe(404);
  });

  it('wants its token where it has one, and has to have one away from the loopback', async () => {
    const platform = await startPlatform();
    const control = await startControl({ platform, host: '127.0.0.1', port: 0, token: 'control-token-1234' });
    controls.push(control);
    expect((await put(control, { fault: 'down' })).status).toBe(401);
    const authorization = 'Bearer control-token-1234';
    expect((await put(control, { fault: 'garbage' }, { authorization })).status).toBe(200);
    expect(platform.fault).toEqual({ fault: 'garbage' });
    await expect(startControl({ platform, host: '0.0.0.0', port: 0, token: null })).rejects.toThrow(
      RangeError,
    );
  });
});
