/** A relay that changes trust and lists on their way: what was in force stays, it is counted, and what is right comes after. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { spoilSignatures } from '../../platform/tuf/tamper.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { type Passing, type Relay, startRelay } from './relay.rig.ts';
import { type SealKey, signedBy, statusKeyOf } from './status-signers.rig.ts';

let composed: ComposedGateway;
let relay: Relay;
let seq = 0;

beforeAll(async () => {
  composed = await startComposed({
    through: async (url) => {
      relay = await startRelay(url);
      return relay;
    },
  });
});
afterEach(() => {
  relay.rewrite = null;
});
afterAll(() => composed.stop());

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not in time: ${what}`);
    await pause(50);
  }
}

async function faults(what: string, fault: string): Promise<number> {
  const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
  const line = new RegExp(
    `^onecard_link_faults_total\\{what="${what}",fault="${fault}"\\} (\\d+)$`,
    'm',
  ).exec(text);
  return Number(line?.[1] ?? 0);
}

async function ready(name: string): Promise<unknown> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  return ((await response.json()) as { checks: Record<string, unknown> }).checks[name];
}

async function codeOf(card: number): Promise<unknown> {
  const client = await PlainClient.connect(composed.target());
  seq += 1;
  const shown = rideCodeOf(composed.city, card, { nowMs: Date.now() + seq * 1_000 });
  const { message } = await client.tap(seq, { scene: '29/entry', ...shown.binary });
  await client.bye();
  return message['code'];
}

interface Links {
  readonly head: string;
  readonly deltas: readonly string[];
}

/** The links with their own words, under another signature. */
function signedWith(key: SealKey | null): (answer: Buffer) => string {
  const anew = (jws: string) => {
    const [header = '', payload = ''] = jws.split('.');
    const input = Buffer.from(`${header}.${payload}`);
    const signature = key === null ? Buffer.alloc(64, 1) : signedBy(key, input);
    return `${header}.${payload}.${Buffer.from(signature).toString('base64url')}`;
  };
  return (answer) => {
    const { head, deltas } = JSON.parse(answer.toString('utf8')) as Links;
    return JSON.stringify({ head: anew(head), deltas: deltas.map(anew) });
  };
}

const isDeltas = ({ path, status }: Passing) => status === 200 && path.startsWith('/v1/lists/cards/deltas');

test.each<[string, SealKey | null]>([
  ['signed by nobody', null],
  ['signed with the status key', statusKeyOf('composed test')],
])('deltas and heads %s: the list stays at its last good revision, and goes on after', async (_, key) => {
  const [card = 0] = goodCards(composed.city, 'sm2');
  const [before, counted] = [await ready('list_revision'), await faults('cards', 'signature')];
  const forge = signedWith(key);
  relay.rewrite = (passing) => (isDeltas(passing) ? { answer: forge(passing.answer) } : null);
  await composed.platform.publish({ cards: [{ index: card, state: 'lost' }] });
  await eventually('the refusal', async () => (await faults('cards', 'signature')) > counted);
  expect(await ready('list_revision')).toBe(before);
  expect(await codeOf(card)).toBe('allow.good');
  relay.rewrite = null;
  await eventually('the right list', async () => (await codeOf(card)) === 'deny.status_lost');
  await composed.platform.publish({ cards: [{ index: card, state: 'good' }] });
  await eventually('the card is good again', async () => (await codeOf(card)) === 'allow.good');
});

test.each<[string, string, (passing: Passing) => Buffer | string | null]>([
  [
    'metadata whose signatures are not good',
    'signature',
    ({ path, answer }) => (path.endsWith('/timestamp.json') ? spoilSignatures(answer) : null),
  ],
  [
    'trust that is another than its metadata says',
    'target_mismatch',
    ({ path, answer }) => (path.endsWith('.trust.json') ? Buffer.from(answer.map((byte) => byte ^ 1)) : null),
  ],
])('%s: what was in force stays, and the new comes after', async (_, fault, rewrite) => {
  const [before, counted] = [await ready('trust_revision'), await faults('trust', fault)];
  relay.rewrite = (passing) => {
    const answer = passing.status === 200 ? rewrite(passing) : null;
    return answer === null ? null : { answer };
  };
  const trust = {
    ...composed.city.trustDocument(),
    revision: createHash('sha256').update(fault).digest('hex'),
  };
  await composed.platform.publish({ trust });
  await eventually('the refusal', async () => (await faults('trust', fault)) > counted);
  expect(await ready('trust_revision')).toBe(before);
  relay.rewrite = null;
  await eventually('the new trust', async () => (await ready('trust_revision')) !== before);
});

test('a named list that is another than its metadata says never comes, and the right one does', async () => {
  relay.rewrite = ({ path, answer }) =>
    path.includes('/lists/named/')
      ? { answer: Buffer.concat([answer.subarray(0, -1), Buffer.from('x')]) }
      : null;
  await composed.platform.publish({ named: { members: [{ index: 1 }] } });
  await eventually('the refusal', async () => (await faults('named_list', 'target_mismatch')) > 0);
  const came = () => composed.logLines.some(({ list }) => list === 'members');
  expect(came()).toBe(false);
  relay.rewrite = null;
  await eventually('the list', async () => came());
});
