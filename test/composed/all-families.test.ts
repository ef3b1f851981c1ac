/** Every family that the platform issues is tapped over WebSocket and REST, with the platform and without it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { FAMILIES, familyNamed, PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const ANY = '11/desk';
/** There the gateway's challenge must be signed, by what can sign one. */
const HELD = '12/desk';
const folder = mkdtempSync(join(tmpdir(), 'onecard-test-'));

let composed: ComposedGateway;
let client: PlainClient;
let session: string;
let cards: readonly number[];
let shownSoFar = 0;

beforeAll(async () => {
  composed = await startComposed({
    cards: 200,
    devices: [{ deviceId: 'desk-1', class: 'desk', scenes: [ANY, HELD] }],
    settings: { city: scenesFile() },
  });
  client = await PlainClient.connect(composed.target('desk-1'));
  const headers = { authorization: `Bearer ${makeToken(composed.target('desk-1'))}` };
  const opened = await fetch(`${composed.address.http}/v1/sessions`, { method: 'POST', headers });
  session = ((await opened.json()) as { token: string }).token;
  cards = goodCards(composed.city, 'sm2');
  await inMode('live');
});
afterAll(async () => {
  await client.bye();
  await composed.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A scene that takes everything, and one that does so under a challenge. */
function scenesFile(): string {
  const scenes = shippedCity();
  const desk = policyNamed(scenes, 'hotel-desk');
  const all = {
    ...{
      ...desk,
      families: [...PRESENTABLE_FAMILIES.keys()],
      holder: 'any',
      token_offline: 'refer',
      live: 'never',
    },
    ...{ unlisted: 'allow', not_covered: 'allow', list_too_old: 'allow' },
  };
  scenes.policies.push({ ...all, policy: 'all' }, { ...all, policy: 'held', challenge: 'gateway' });
  scenes.scenes = [
    { scene: ANY, service: 11, point: 'desk', policy: 'all' },
    { scene: HELD, service: 12, point: 'desk', policy: 'held' },
  ];
  return cityFile(scenes, folder);
}

async function inMode(wanted: string): Promise<void> {
  for (;;) {
    const { mode } = (await (await fetch(`${composed.address.admin}/mode`)).json()) as { mode: string };
    if (mode === wanted) return;
    await sleep(20);
  }
}

/** A challenge of the gateway where the family signs one; `always`: also where it need not. */
async function challengeFor(family: string, scene: string, always: boolean): Promise<Uint8Array | undefined> {
  const { challenge, challengeBytes } = familyNamed(family) ?? {};
  if (challenge !== 'required' && !(always && challenge === 'optional')) return undefined;
  shownSoFar += 1;
  const wish = { scene, ...(challengeBytes !== undefined && { bytes: challengeBytes }) };
  const said = await client.challenge(shownSoFar, wish);
  return new Uint8Array(Buffer.from(String(said['challenge']), 'base64url'));
}

/** Each a first showing, of another card. */
async function shown(family: string, scene = ANY, always = false) {
  shownSoFar += 1;
  const challenge = await challengeFor(family, scene, always);
  const line = presentationLine(family, {
    ...{ city: composed.city, index: cards[shownSoFar % cards.length] ?? 0, atMs: Date.now() },
    ...{ mode: 'dda', chip: 0, nonce: String(shownSoFar), fault: null },
    ...(challenge !== undefined && { challenge }),
  });
  return { scene, family, credential: line.credential, context: line.context };
}

async function overWebSocket({
  scene,
  family,
  ...line
}: Awaited<ReturnType<typeof shown>>): Promise<PlainMessage> {
  shownSoFar += 1;
  return (await client.tap(shownSoFar, { scene, family, ...binaryForm(line) })).message;
}

async function overRest(body: Awaited<ReturnType<typeof shown>>): Promise<PlainMessage> {
  const response = await fetch(`${composed.address.http}/v1/verifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // What was decided may say who somebody is: nobody on the way keeps it.
  if (response.ok) expect(response.headers.get('cache-control')).toBe('no-store');
  return (await response.json()) as PlainMessage;
}

const WAYS = [
  ['WebSocket', overWebSocket],
  ['REST', overRest],
] as const;
const scannable = FAMILIES.filter(({ fromScan }) => fromScan !== undefined).map(({ name }) => name);

test('every presentable family is issued, and so is tapped here', () => {
  expect([...SHOWN_FAMILIES].sort()).toEqual([...PRESENTABLE_FAMILIES.keys()].sort());
  expect(scannable.length).toBeGreaterThanOrEqual(5);
});

describe.each(WAYS)('over %s, with the platform', (_, tap) => {
  test.each(SHOWN_FAMILIES)('%s passes', async (family) => {
    expect(await tap(await shown(family))).toMatchObject({ outcome: 'allow', mode: 'live' });
  });

  test.each(scannable)('%s passes as what a scanner read', async (family) => {
    const { scene, credential, context } = await shown(family);
    const answer = await overRestOrWebSocketScan(tap, { scene, family: 'scan', credential, context });
    expect(answer).toMatchObject({ outcome: 'allow', facts: { region: 'cq' } });
  });

  test.each(SHOWN_FAMILIES)(
    '%s passes with a challenge of the gateway, where it can sign one',
    async (family) => {
      const presented = await shown(family, HELD, true);
      const canSign = JSON.stringify(presented.context).includes('proximity') === false;
      const answer = await tap(presented);
      if (canSign) expect(answer).toMatchObject({ outcome: 'allow', scene: HELD });
      else expect(answer['code']).toBe('challenge.missing');
    },
  );

  test.each(SHOWN_FAMILIES.filter((name) => familyNamed(name)?.challenge !== undefined))(
    '%s is refused there with a challenge of its own',
    async (family) => {
      const own = { ...(await shown(family)), scene: HELD };
      const { code } = await tap(own);
      expect(['challenge.unknown', 'challenge.missing']).toContain(code);
    },
  );
});

test.each(WAYS)(
  'over %s, a challenge that the wallet did not sign is none: nearby there is no place for it',
  async (_, tap) => {
    const challenge = await challengeFor('mdoc', HELD, true);
    for (let at = 0; at < 30; at += 1) {
      const presented = await shown('mdoc', HELD);
      const { handover } = presented.context as { readonly handover: Readonly<Record<string, unknown>> };
      if (handover['type'] !== 'proximity-qr') continue;
      const nonce = Buffer.from(challenge ?? []).toString('base64url');
      expect((await tap({ ...presented, context: { handover: { ...handover, nonce } } }))['code']).toBe(
        'challenge.missing',
      );
      return;
    }
    expect.unreachable('one of them is shown nearby');
  },
);

/** A scanner's bytes are `bytes` in MessagePack, where a family has a name of its own for them. */
async function overRestOrWebSocketScan(
  tap: (presented: Awaited<ReturnType<typeof shown>>) => Promise<PlainMessage>,
  presented: Awaited<ReturnType<typeof shown>>,
): Promise<PlainMessage> {
  const { hex } = presented.credential as { readonly hex?: string };
  if (tap !== overWebSocket || hex === undefined) return tap(presented);
  shownSoFar += 1;
  const credential = { bytes: new Uint8Array(Buffer.from(hex, 'hex')) };
  return (await client.tap(shownSoFar, { ...presented, credential })).message;
}

describe('without the platform', () => {
  beforeAll(async () => {
    composed.platform.setFault({ fault: 'down' });
    await inMode('lists');
  });
  afterAll(async () => {
    composed.platform.setFault(null);
    await inMode('live');
  });

  test.each(WAYS.flatMap(([way, tap]) => SHOWN_FAMILIES.map((family) => [family, way, tap] as const)))(
    '%s over %s: it is proven, or not guessed at',
    async (family, _, tap) => {
      const answer = await tap(await shown(family));
      const isResolved = familyNamed(family)?.resolved === true;
      expect(answer).toMatchObject(
        isResolved ? { outcome: 'refer', code: 'refer.not_resolved' } : { outcome: 'allow', mode: 'lists' },
      );
    },
  );
});
