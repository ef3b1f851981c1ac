/** A card on a desk's reader: paired agents, the gateway's number signed, and nothing read that nobody asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CLOSES, type FromAgent, READER_SUBPROTOCOL } from '../../client/reader/wire.ts';
import { CARDS_MAX } from '../../platform/city.ts';
import type { TapOptions } from '../../platform/issue/chip-card.ts';
import type { ChipCard } from '../../platform/issue/chip-presentation.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import {
  type Followed,
  follow,
  type PairedAgent,
  pairing,
  startAgent,
  startPassage,
} from './desk-reader.rig.ts';
import { type DeskSession, post, signIn } from './desk-session.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
let agent: PairedAgent;
let told: Followed;
let cards: { readonly sm2: number[]; readonly rsa: number[] };

beforeAll(async () => {
  desk = await startDesk({ hotel: { desks: ['front-1', 'front-2'] } });
  const { city } = desk.composed;
  cards = { sm2: goodCards(city, 'sm2'), rsa: goodCards(city, 'rsa') };
  clerk = await signIn(desk, 'clerk', 'front-1');
  agent = await startAgent(clerk, desk);
  told = await follow(clerk);
});
afterAll(async () => {
  await told?.stop();
  await agent?.stop();
  await desk?.stop();
});

const chipOf = (alg: 'sm2' | 'rsa' = 'sm2') => desk.composed.city.card(cards[alg].shift() ?? CARDS_MAX).chip;
const arm = (session = clerk, body: object = {}) => session.json<{ state: string }>('/v1/desk/arm', { body });
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
const states = (followed = told) => followed.reading.map(({ state }) => state);
/** Nothing lies on the reader, no session waits, and all that was told until then is forgotten. */
async function cleared(): Promise<void> {
  agent.virtual.remove();
  await until(async () => {
    const { readers } = await clerk.json<{ readers: { slots: { card: boolean }[] }[] }>('/v1/readers');
    expect(readers.flatMap(({ slots }) => slots).filter(({ card }) => card)).toEqual([]);
  });
  await arm();
  await clerk.json('/v1/desk/disarm', { body: {} });
  await until(() => expect(states().at(-1)).toBe('disarmed'));
  told.clear();
}

describe.each(['sm2', 'rsa'] as const)('a chip with %s', (alg) => {
  test('is put on the armed reader, signs the gateway’s number, and its verification is told to that session', async () => {
    expect(await arm()).toMatchObject({ state: 'armed' });
    agent.virtual.put({ chip: chipOf(alg), pieceBytes: 60 });
    await until(() => expect(states().at(-1)).toBe('done'));
    expect(states()).toEqual(
      ['selecting', 'selecting', 'reading', 'signing', 'judging', 'done'].slice(-states().length),
    );
    expect(told.verification.at(-1)).toMatchObject({
      ...{ outcome: 'allow', code: 'allow.good', family: 'chip-oda', scene: '11/desk' },
      evidence: { document: 'proven', holder: 'device', status: { source: 'live' } },
    });
    await cleared();
  });
});

test('a card that nobody asked for is not read, and one that lies there is read when somebody asks', async () => {
  const chip = chipOf();
  const tap = vi.fn(chip.tap);
  agent.virtual.put({ chip: { ...chip, tap } });
  await until(() => expect(told.reader.at(-1)).toMatchObject({ card: true }));
  expect([tap.mock.calls.length, told.reading]).toEqual([0, []]);
  expect(await arm()).toMatchObject({ state: 'selecting' });
  await until(() => expect(states().at(-1)).toBe('done'));
  expect(tap).toHaveBeenCalledTimes(1);
  // The guest before is gone, the card is not: it is no guest's after.
  expect(await arm()).toMatchObject({ state: 'take_card_off' });
  agent.virtual.remove();
  await until(() => expect(states().at(-1)).toBe('armed'));
  expect(tap).toHaveBeenCalledTimes(1);
  await cleared();
});

test('a card that is pulled while it is read is told in words, and is read when it is back', async () => {
  const chip = chipOf();
  const pulled: ChipCard<TapOptions> = {
    ...chip,
    tap: (options) => {
      agent.virtual.remove();
      return chip.tap(options);
    },
  };
  await arm();
  agent.virtual.put({ chip: pulled });
  await until(() => expect(told.reading).toContainEqual(expect.objectContaining({ state: 'failed' })));
  expect(told.reading.find(({ state }) => state === 'failed')).toMatchObject({
    ...{ code: 'card.removed', words: { zh: expect.stringContaining('重新放卡') } },
  });
  expect(told.verification).toEqual([]);
  await until(() => expect(told.reader.at(-1)).toMatchObject({ card: false }));
  agent.virtual.put({ chip });
  await until(() => expect(states().at(-1)).toBe('done'));
  expect(told.verification).toMatchObject([{ code: 'allow.good' }]);
  await cleared();
});

test('each workplace has its own reader, and each session what it asked for', async () => {
  const other = await signIn(desk, 'clerk', 'front-2');
  const theirs = await follow(other);
  expect(theirs.reader).toEqual([]);
  await until(() => expect(theirs.reader).toMatchObject([{ state: 'none' }]));
  expect((await other.ask('/v1/desk/arm', { body: {} })).status).toBe(409);
  const second = await startAgent(other, desk);
  await arm();
  second.virtual.put({ chip: chipOf() });
  await until(() => expect(theirs.reader.at(-1)).toMatchObject({ state: 'ready', card: true }));
  await arm(other);
  await until(() => expect(states(theirs).at(-1)).toBe('done'));
  expect(theirs.verification).toHaveLength(1);
  expect([states(), told.verification]).toEqual([[], []]);
  // Whoever asks last at a workplace has the next card; the other is told.
  const beside = await signIn(desk, 'clerk', 'front-1');
  await arm(beside);
  await until(() => expect(states()).toEqual(['taken_over']));
  await beside.json('/v1/desk/disarm', { body: {} });
  await theirs.stop();
  await second.stop();
  await cleared();
});

test('an agent that is cut off comes back by itself, and a reading that was under way is told as lost', async () => {
  const passage = await startPassage(desk);
  const cut = await startAgent(clerk, desk, passage.url);
  const chip = chipOf();
  const cutting: ChipCard<TapOptions> = {
    ...chip,
    tap: (options) => {
      passage.cut();
      return chip.tap(options);
    },
  };
  await arm();
  cut.virtual.put({ chip: cutting });
  await until(() => expect(told.reading).toContainEqual(expect.objectContaining({ code: 'reader.lost' })));
  await until(() => expect(cut.said.filter((line) => line.startsWith('connected'))).toHaveLength(2));
  cut.virtual.put({ chip });
  await until(() => expect(states().at(-1)).toBe('done'));
  expect(told.verification).toMatchObject([{ code: 'allow.good' }]);
  await Promise.all([cut.stop(), passage.close()]);
  await cleared();
});

describe('a connection', () => {
  const address = () => `${desk.url.replace(/^http/, 'ws')}/reader/connect`;
  const hello = (token: string): FromAgent => ({ t: 'hello', token, readers: [], fault: 'no_reader' });

  /** Code of its close after it sent these. */
  function closedAfter(...messages: readonly (FromAgent | string | Uint8Array)[]): Promise<number> {
    const socket = new WebSocket(address(), READER_SUBPROTOCOL);
    socket.onopen = () => {
      for (const each of messages) {
        socket.send(
          typeof each === 'string' || each instanceof Uint8Array ? (each as string) : JSON.stringify(each),
        );
      }
    };
    return new Promise((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
  }

  test.each([
    ['a token that nobody has', CLOSES.unknownReader, () => [hello('x'.repeat(43))]],
    ['no greeting', CLOSES.malformed, () => [{ t: 'readers', readers: [], fault: null } as const]],
    ['two greetings', CLOSES.malformed, (token: string) => [hello(token), hello(token)]],
    ['no JSON', CLOSES.malformed, () => ['{']],
    ['bytes', CLOSES.malformed, () => [Uint8Array.of(1, 2)]],
    ['more than a message holds', 1009, () => ['x'.repeat(70_000)]],
  ] as const)('with %s is ended', async (_, code, messages) => {
    const { token } = await pairing(clerk, desk);
    expect(await closedAfter(...messages(token))).toBe(code);
  });

  test('of a page in a browser is refused', async () => {
    const headers = { origin: desk.url, connection: 'upgrade', upgrade: 'websocket' };
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const asked = request(address().replace(/^ws/, 'http'), {
        headers: {
          ...headers,
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        },
      });
      asked.once('response', ({ statusCode }) => resolve(statusCode));
      asked.once('upgrade', () => resolve(101));
      asked.once('error', reject);
      asked.end();
    });
    expect(status).toBe(403);
  });

  /** An agent of a test, which answers a reading as it is told to. */
  async function scripted(
    token: string,
    answer: (reading: string, challenge: string) => readonly FromAgent[],
  ) {
    const socket = new WebSocket(address(), READER_SUBPROTOCOL);
    const state = { name: 'scripted', kind: 'chip' as const, card: null as number | null };
    const send = (message: FromAgent) => socket.send(JSON.stringify(message));
    await new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as { t: string; reading: string; challenge: string };
        if (message.t === 'welcome') resolve();
        if (message.t === 'read') for (const each of answer(message.reading, message.challenge)) send(each);
      };
      socket.onopen = () => send({ t: 'hello', token, readers: [state], fault: null });
    });
    return {
      put: (card: number | null) => send({ t: 'readers', readers: [{ ...state, card }], fault: null }),
      close: () => socket.close(),
    };
  }

  test('that hands over what was signed for another number is refused in words, and so is what comes twice', async () => {
    const { token } = await pairing(clerk, desk);
    const { credential, context } = chipTapOf(desk.composed.city, cards.sm2.shift() ?? 0).json;
    const terminal = context['terminal'] as Readonly<Record<string, string>>;
    const forged = await scripted(token, (reading, challenge) => [
      { t: 'read', reading: 'another', credential, context },
      { t: 'read', reading, credential, context },
      {
        t: 'read',
        reading,
        credential,
        context: { ...context, terminal: { ...terminal, '9F37': challenge } },
      },
    ]);
    await arm();
    forged.put(1);
    await until(() => expect(told.reading).toContainEqual(expect.objectContaining({ state: 'failed' })));
    expect(told.reading.find(({ state }) => state === 'failed')).toMatchObject({
      ...{ code: 'reader.wrong_challenge', words: { en: expect.stringContaining('another number') } },
    });
    expect(told.verification).toEqual([]);
    forged.close();
    await cleared();
  });
});

describe('pairing', () => {
  test('takes a code once, and keeps a digest of the token', async () => {
    const { code } = await clerk.json<{ code: string }>('/v1/readers/pairings', { body: {} });
    const paired = await post(desk, '/reader/pair', { code, name: 'once' });
    const { token } = (await paired.json()) as { token: string };
    expect(paired.status).toBe(200);
    expect((await post(desk, '/reader/pair', { code, name: 'twice' })).status).toBe(403);
    const kept = readFileSync(join(desk.composed.dataFolder, 'desk', 'readers.json'), 'utf8');
    expect(kept).toContain('"once"');
    expect(kept).not.toContain(token);
  });

  test('a new code takes the place of the one before, and guesses are held up', async () => {
    const make = () => clerk.json<{ code: string }>('/v1/readers/pairings', { body: {} });
    const [before, now] = [await make(), await make()];
    expect((await post(desk, '/reader/pair', { code: before.code, name: 'x' })).status).toBe(403);
    const guessed = [];
    for (let i = 0; i < 10; i += 1)
      guessed.push((await post(desk, '/reader/pair', { code: 'ABCDEFGH', name: 'x' })).status);
    expect(guessed.at(-1)).toBe(429);
    expect((await post(desk, '/reader/pair', { code: now.code, name: 'x' })).status).toBe(429);
  });

  test('is for operators who are at a workplace and may', async () => {
    expect((await fetch(`${desk.url}/v1/readers`)).status).toBe(401);
    const auditor = await signIn(desk, 'auditor', 'front-1');
    expect((await auditor.ask('/v1/readers/pairings', { body: {} })).status).toBe(403);
    const manager = await signIn(desk, 'manager');
    expect((await manager.ask('/v1/readers/pairings', { body: {} })).status).toBe(409);
  });
});
