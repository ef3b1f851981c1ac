/** Online codes in a whole gateway: the platform is asked what each means, within the tap's time, and nothing is guessed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { onlineCode } from '../../platform/online-codes.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedOptions, startComposed, TestClocks } from './composed-gateway.rig.ts';

const DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: ['11/desk', '12/desk', '13/desk'] },
  { deviceId: 'desk-2', class: 'desk', scenes: ['11/desk', '12/desk'] },
  { deviceId: 'gate-1', class: 'gate', scenes: ['11/desk'] },
] as const;

/** Of 11/desk what cannot be asked is denied, of 12/desk referred; 13/desk takes no online codes. */
function scenesFile(): string {
  const scenes = shippedCity();
  const desk = policyNamed(scenes, 'hotel-desk');
  const taking = { ...desk, families: ['chip-oda', 'token'] };
  scenes.policies.push({ ...taking, policy: 'denies', token_offline: 'deny' });
  scenes.policies.push({ ...taking, policy: 'refers', token_offline: 'refer' });
  scenes.policies.push({ ...desk, policy: 'no-codes', families: ['chip-oda'] });
  scenes.scenes = [
    { scene: '11/desk', service: 11, point: 'desk', policy: 'denies' },
    { scene: '12/desk', service: 12, point: 'desk', policy: 'refers' },
    { scene: '13/desk', service: 13, point: 'desk', policy: 'no-codes' },
  ];
  return cityFile(scenes);
}

async function started(options: ComposedOptions = {}) {
  const clocks = new TestClocks(Date.now());
  const composed = await startComposed({
    clocks,
    devices: DEVICES,
    platform: { now: clocks.now },
    ...options,
    settings: { city: scenesFile(), ...options.settings },
  });
  onTestFinished(() => composed.stop());
  const { city } = composed;
  const cards = goodCards(city, 'sm2');
  const code = (at = 0, nonce = '') => onlineCode({ city, index: cards[at] ?? 0, atMs: clocks.now(), nonce });
  const connect = async (deviceId: string) => {
    const client = await PlainClient.connect(composed.target(deviceId));
    onTestFinished(async () => void (await client.bye()));
    let seq = 0;
    const show = async (text: string, scene = '11/desk', number?: number) => {
      seq += 1;
      const tap = { scene, family: 'token', credential: { text }, context: {} };
      return (await client.tap(number ?? seq, tap)).message;
    };
    return {
      client,
      show,
      codeOf: async (...shown: Parameters<typeof show>) => (await show(...shown))['code'],
    };
  };
  const desk = await connect('desk-1');
  await liveOf(composed.address.admin);
  return { composed, clocks, city, cards, code, connect, desk };
}

/** Resolves when the gateway asks the platform. */
async function liveOf(admin: string): Promise<void> {
  for (;;) {
    const { mode } = (await (await fetch(`${admin}/mode`)).json()) as { mode: string };
    if (mode === 'live') return;
    await sleep(20);
  }
}

/** How often the platform was asked for codes, whatever came of it. */
async function asked(admin: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('onecard_codes_requests_total{'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('a code passes once, with what its platform says of it, and as whoever it is', async () => {
  const { city, cards, code, desk } = await started();
  const shown = code();
  const first = await desk.show(shown);
  expect(first).toMatchObject({
    code: 'allow.good',
    facts: { issuer: 'ykm', region: 'cq', id_type: 'card_number', proof: 'resolved' },
  });
  expect(await desk.codeOf(shown)).toBe('deny.replayed');
  expect(await desk.codeOf(shown, '12/desk')).toBe('token.used');
  expect(JSON.stringify(first)).not.toContain(city.identity(cards[0] ?? 0).pan);
});

test('a code that is unknown, expired or refused is denied by its own code', async () => {
  const { city, clocks, code, desk } = await started({ cards: 400 });
  const [late, made] = [code(1), `YKU${'0'.repeat(30)}`];
  const lost = Array.from({ length: city.size }, (_, index) => index).find(
    (index) => city.identity(index).state !== 'good',
  );
  const refused = onlineCode({ city, index: lost ?? 0, atMs: clocks.now() });
  clocks.pass(60_001);
  const fresh = onlineCode({ city, index: lost ?? 0, atMs: clocks.now() });
  expect(lost).toBeDefined();
  expect([await desk.codeOf(late), await desk.codeOf(made)]).toEqual(['token.expired', 'token.unknown']);
  expect([await desk.codeOf(refused), await desk.codeOf(fresh)]).toEqual(['token.expired', 'token.refused']);
});

test('a scene that takes no online codes has nobody asked', async () => {
  const { composed, code, desk } = await started();
  expect(await desk.codeOf(code(), '13/desk')).toBe('deny.family_not_accepted');
  expect(await asked(composed.address.admin)).toBe(0);
});

test('what has not the shape of a code is denied without asking', async () => {
  const { composed, desk } = await started();
  expect(await desk.codeOf('short')).toBe('credential.truncated');
  expect(await desk.codeOf('x'.repeat(129))).toBe('credential.oversized');
  expect(await desk.codeOf('with a space')).toBe('credential.malformed');
  expect(await asked(composed.address.admin)).toBe(0);
});

test('of two who show one code at once the first passes', async () => {
  const { code, connect, desk } = await started();
  const other = await connect('desk-2');
  const shown = code();
  const codes = await Promise.all([desk.codeOf(shown), other.codeOf(shown), desk.codeOf(shown, '12/desk')]);
  expect(codes.sort()).toEqual(['allow.good', 'token.used', 'token.used']);
  const again = code(1);
  const same = await Promise.all([desk.codeOf(again), desk.codeOf(again)]);
  expect(same.sort()).toEqual(['allow.good', 'deny.replayed']);
});

test('offline a code is denied or referred as the scene says, and never let pass', async () => {
  const { composed, code, desk } = await started();
  composed.platform.setFault({ fault: 'down' });
  const before = [await desk.codeOf(code(0)), await desk.codeOf(code(1), '12/desk')];
  expect(before).toEqual(['deny.not_resolved', 'refer.not_resolved']);
  composed.platform.setFault(null);
  await sleep(100);
  await liveOf(composed.address.admin);
  // Nothing was used up.
  expect(await desk.codeOf(code(0))).toBe('allow.good');
});

test('a platform that answers late costs the tap its answer, not its deadline; shown again the code passes', async () => {
  const { composed, code, connect } = await started({ settings: { live: { breaker_failures: 100 } } });
  const gate = await connect('gate-1');
  composed.platform.setFault({ fault: 'slow', delay_ms: 400 });
  const shown = code();
  expect(await gate.codeOf(shown)).toBe('deny.not_resolved');
  composed.platform.setFault(null);
  await sleep(500);
  await liveOf(composed.address.admin);
  // The platform has counted the code as used meanwhile, by this very gate.
  expect(await gate.codeOf(shown)).toBe('allow.good');
  expect(await gate.codeOf(shown)).toBe('deny.replayed');
});

test.each(['foreign_key', 'unsigned', 'other_question', 'garbage'] as const)(
  'an answer that the platform did not give is not believed: %s',
  async (fault) => {
    const { composed, code, desk } = await started();
    composed.platform.setFault({ fault });
    expect(await desk.codeOf(code(0))).toBe('deny.not_resolved');
  },
);

test('a code that is over by the clock of the gateway does not pass, whatever a platform says whose clock is behind', async () => {
  const { composed, city, cards, clocks, desk } = await started();
  composed.platform.setFault({ fault: 'clock_off', offset_ms: -120_000 });
  const old = onlineCode({ city, index: cards[0] ?? 0, atMs: clocks.now() - 120_000 });
  expect(await desk.codeOf(old)).toBe('token.expired');
});

test('made-up codes without end cost nobody else: neither an online code nor the status of a card', async () => {
  const { composed, city, cards, code, connect, desk } = await started();
  const flooding = await connect('desk-2');
  const flood = Array.from({ length: 600 }, (_, at) => flooding.show(`YKU${String(at).padStart(30, '0')}`));
  const honest: unknown[] = [];
  for (let at = 0; at < 10; at += 1) {
    honest.push(await desk.codeOf(code(at)));
    const tap = { scene: '11/desk', ...chipTapOf(city, cards[at] ?? 0).binary };
    honest.push((await desk.client.tap(1_000 + at, tap)).message['code']);
  }
  expect(honest).toEqual(Array(20).fill('allow.good'));
  const codes = new Set((await Promise.all(flood)).map(({ code: each }) => each));
  expect([...codes].sort()).toEqual(expect.arrayContaining(['token.unknown']));
  for (const each of codes)
    expect(['token.unknown', 'deny.not_resolved', 'tap.too_many_in_flight']).toContain(each);
  expect(composed.logLines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a code that was refused is not asked for again at that scene for a while', async () => {
  const { composed, desk } = await started();
  const made = `YKU${'1'.repeat(30)}`;
  const codes: unknown[] = [];
  for (let at = 0; at < 5; at += 1) codes.push(await desk.codeOf(made));
  expect(codes).toEqual(Array(5).fill('token.unknown'));
  expect(await asked(composed.address.admin)).toBe(1);
  expect(await desk.codeOf(made, '12/desk')).toBe('token.unknown');
  expect(await asked(composed.address.admin)).toBe(2);
});

test('neither the code nor whose it is is kept', async () => {
  const { composed, city, cards, code, desk } = await started();
  const [shown, { pan }] = [code(), city.identity(cards[0] ?? 0)];
  const answer: PlainMessage = await desk.show(shown);
  expect(answer['code']).toBe('allow.good');
  const chip = { scene: '11/desk', ...chipTapOf(city, cards[0] ?? 0).binary };
  expect((await desk.client.tap(900, chip)).message['code']).toBe('allow.good');
  await composed.stopGateway();
  const files = readdirSync(composed.dataFolder, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name)).toString('latin1');
    expect([name, bytes.includes(shown), bytes.includes(pan)]).toEqual([name, false, false]);
  }
  await composed.start();
});
