/**
 * A relay between gateway and platform, without any key that trust names for status: whatever it makes of answers, no
 * suspended card passes, and nothing counts as kept by the platform that the platform does not have.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { type Passing, type Relay, startRelay } from './relay.rig.ts';
import {
  keyOfSecret,
  otherStatusKeyOf,
  type SealMaker,
  STATUS_KID,
  sealed,
  statusKeyOf,
} from './status-signers.rig.ts';

const SEED = 'composed test';
const DESK = '11/desk';
const EVENTUALLY_MS = 20_000;
const MINUTE_MS = 60_000;
let composed: ComposedGateway;
let relay: Relay;
let seq = 0;
/** Listed as suspended, so that the list refuses it; good until it is suspended; good. */
let [suspended, other, good] = [0, 0, 0];

beforeAll(async () => {
  composed = await startComposed({
    through: async (url) => {
      relay = await startRelay(url);
      return relay;
    },
    // The breaker is not to end what is tried here.
    settings: { live: { breaker_failures: 1_000, deadline_desk_ms: 15_000 } },
  });
  [suspended = 0, other = 0, good = 0] = goodCards(composed.city, 'sm2');
  await composed.platform.publish({ cards: [{ index: suspended, state: 'suspended' }] });
  await eventually(async () => (await codeOf(suspended)) === SUSPENDED);
});
// On a busy machine a probe may come too late, and then nobody is asked for a while.
beforeEach(() => eventually(async () => (await ready())['mode'] === 'live'));
afterEach(() => {
  relay.rewrite = null;
  relay.swallow = null;
  relay.isDown = false;
});
afterAll(() => composed.stop());

const SUSPENDED = 'deny.status_suspended';

async function ready(): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  return ((await response.json()) as { checks: Record<string, unknown> }).checks;
}

async function codeOf(card: number): Promise<unknown> {
  const client = await PlainClient.connect(composed.target('desk-1'));
  seq += 1;
  const { message } = await client.tap(seq, { scene: DESK, ...chipTapOf(composed.city, card).binary });
  await client.bye();
  return message['code'];
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + EVENTUALLY_MS;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${EVENTUALLY_MS} ms: ${holds}`);
    await pause(100);
  }
}

/** Metrics of requests for live status that were not believed. */
async function distrusted(): Promise<number> {
  const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
  const lines =
    text.match(/^onecard_live_requests_total\{class="desk",result="(signature|clock)"\} (\d+)$/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

interface StatusBody {
  readonly answers: readonly object[];
}

/** As the platform would say it of good cards, a minute newer than any list. */
function allGood({ answer }: Passing): string {
  const { answers } = JSON.parse(answer.toString('utf8')) as StatusBody;
  const said = { answer: 'known', state: 'good', entitlements: 0, as_of_ms: Date.now() + MINUTE_MS };
  return JSON.stringify({ answers: answers.map(() => said) });
}

const isStatus = ({ path, status }: Passing) => path === '/v1/status' && status === 200;

const signing = (maker: () => SealMaker) => (passing: Passing) => {
  const answer = allGood(passing);
  return { answer, headers: { 'onecard-seal': sealed(passing, answer, maker()) } };
};
const listSigner = () => {
  const { repository } = composed.platform;
  const [own] = repository.keys().lists;
  const [sm2] = repository.sm2Keys().lists;
  if (!own || !sm2) throw new Error('the role lists has no key');
  return TEST_PROFILE === 'sm' ? sm2 : { kid: own.id, key: own.privateKey };
};
const issuing = () => keyOfSecret(SEED, 'sm2 ca');
const foreign = () => keyOfSecret('somebody else', 'status key');
const rightful = () => ({ kid: STATUS_KID, key: statusKeyOf(SEED) });
/** Of the other profile. */
const SWAPPED = TEST_PROFILE === 'sm' ? 'ES256' : 'SGD_SM3_SM2';

const attempts: [
  string,
  (passing: Passing) => { answer: string; headers: Record<string, string | undefined> },
][] = [
  ['unsigned', (passing) => ({ answer: allGood(passing), headers: { 'onecard-seal': undefined } })],
  ['under the seal of another answer', (passing) => ({ answer: allGood(passing), headers: {} })],
  ['signed with an issuing key', signing(() => ({ kid: STATUS_KID, key: issuing() }))],
  ['signed with a list key under its own name', signing(listSigner)],
  [
    'signed with a list key under the name of the status key',
    signing(() => ({ ...listSigner(), kid: STATUS_KID })),
  ],
  ['signed with a foreign key', signing(() => ({ kid: STATUS_KID, key: foreign() }))],
  ['signed with a foreign key of a name nobody has', signing(() => ({ kid: 'status-9', key: foreign() }))],
  ['without an algorithm', signing(() => ({ kid: STATUS_KID, key: foreign(), alg: 'none' }))],
  ['under the name of the other profile’s algorithm', signing(() => ({ ...rightful(), alg: SWAPPED }))],
  ['signed with the status key of the other profile', signing(() => otherStatusKeyOf(SEED))],
  [
    'signed with the status key of the other profile under the name of its own',
    signing(() => ({ ...otherStatusKeyOf(SEED), kid: STATUS_KID })),
  ],
  ['rightly signed for another question', signing(() => ({ ...rightful(), request: Buffer.from('{}') }))],
  [
    'rightly signed, ten minutes ago',
    signing(() => ({ ...rightful(), sealedAtMs: Date.now() - 10 * MINUTE_MS })),
  ],
  [
    'rightly signed, in ten minutes',
    signing(() => ({ ...rightful(), sealedAtMs: Date.now() + 10 * MINUTE_MS })),
  ],
];

describe('a suspended card never passes on the word of a relay', () => {
  test.each(attempts)('that answers %s', async (_, rewrite) => {
    const before = await distrusted();
    relay.tampered = 0;
    relay.rewrite = (passing) => (isStatus(passing) ? rewrite(passing) : null);
    expect(await codeOf(suspended)).toBe(SUSPENDED);
    expect(relay.tampered).toBeGreaterThan(0);
    expect(await distrusted()).toBeGreaterThan(before);
  });

  test('that replays what was rightly answered to an earlier question', async () => {
    let kept: Passing | null = null;
    relay.rewrite = (passing) => {
      if (isStatus(passing)) kept = passing;
      return null;
    };
    expect(await codeOf(good)).toBe('allow.good');
    const before = await distrusted();
    relay.tampered = 0;
    relay.rewrite = (passing) => (isStatus(passing) ? kept : null);
    expect(await codeOf(suspended)).toBe(SUSPENDED);
    expect(relay.tampered).toBeGreaterThan(0);
    expect(await distrusted()).toBeGreaterThan(before);
  });

  test('and the platform itself is believed through a relay that passes everything on', async () => {
    await composed.platform.change({ cards: [{ index: other, state: 'lost' }] });
    expect(await codeOf(other)).toBe('deny.status_lost');
  });
});

test('a health that a relay makes up brings the gateway to ask, and nothing else', async () => {
  relay.isDown = true;
  relay.swallow = (path) => (path === '/v1/health' ? { ok: true, now_ms: Date.now() } : null);
  // Requests fail, and the probe does not: whatever the mode is called, the list decides.
  for (let i = 0; i < 3; i += 1) expect(await codeOf(suspended)).toBe(SUSPENDED);
  expect((await ready())['mode']).toBe('live');
  expect(await codeOf(good)).toBe('allow.good');
  expect(relay.tampered).toBeGreaterThan(0);
});
