/** The status that a credential's issuer keeps for itself: revoked there, refused here, with or without the platform. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { createCity } from '../../platform/city.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import type { TrustDocument } from '../../workers/trust/document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import {
  type ComposedGateway,
  type ComposedOptions,
  startComposed,
  TestClocks,
} from './composed-gateway.rig.ts';
import { filesBelow } from './desk-register.rig.ts';

/** Long enough for a machine that is busy. */
const WITHIN = { timeout: 30_000, interval: 250 };
const SCENE = '11/guest';
const DEVICES = [{ deviceId: 'desk-1', class: 'desk', scenes: [SCENE] }] as const;
const [GOOD, REVOKED, SUSPENDED] = [1, 2, 3] as const;
const SEED = 'composed status';

interface Guests {
  readonly composed: ComposedGateway;
  readonly clocks: TestClocks;
  /** The decision on the credential of a card, shown once more. */
  show(index: number): Promise<unknown>;
  publish(trust: Partial<TrustDocument>): Promise<void>;
}

/** A desk for guests. Credentials name the platform's list; trust does not yet. */
async function guests(
  over: Pick<ComposedOptions, 'settings'> = {},
  profiles?: readonly CryptoProfile[],
): Promise<Guests> {
  const clocks = new TestClocks(Date.now());
  const city = { seed: SEED, now: clocks.now() };
  const signing = { now: clocks.now, ...(profiles && { profiles }) };
  const composed = await startComposed({ ...over, clocks, devices: DEVICES, city, platform: signing });
  onTestFinished(() => composed.stop());
  const { platform } = composed;
  const statusListUri = platform.tokenStatus.source.uri;
  const issuing = createCity({ ...city, cards: 10, rsaCardKeys: 1, statusListUri });
  for (const [index, value] of [
    [GOOD, 0],
    [REVOKED, 1],
    [SUSPENDED, 2],
  ] as const) {
    platform.tokenStatus.set(index, value);
  }
  let shown = 0;
  return {
    composed,
    clocks,
    show: async (index) => {
      shown += 1;
      const showing = {
        city: issuing,
        index,
        atMs: clocks.now(),
        mode: 'dda',
        chip: 0,
        fault: null,
      } as const;
      const line = presentationLine('sd-jwt', { ...showing, nonce: `${shown}` });
      const { family, credential, context } = line;
      const client = await PlainClient.connect(composed.target('desk-1'));
      const { message } = await client.tap(shown, { scene: SCENE, family, credential, context });
      await client.bye();
      return message['code'];
    },
    publish: async (trust) => {
      await platform.publish({ trust: { ...composed.city.trustDocument(), ...trust } });
    },
  };
}

test('a revoked credential is refused once the list came, also offline and after a start without the platform', async () => {
  const { composed, show, publish } = await guests();
  // No list yet: nobody was asked, and the scene has a person look.
  expect([await show(GOOD), await show(REVOKED)]).toEqual(['refer.no_list', 'refer.no_list']);
  await publish({ statusLists: [composed.platform.tokenStatus.source] });
  await expect.poll(() => show(REVOKED), WITHIN).toBe('deny.status_cancelled');
  expect([await show(GOOD), await show(SUSPENDED)]).toEqual(['allow.good', 'deny.status_suspended']);

  await composed.platform.stop();
  expect([await show(GOOD), await show(REVOKED)]).toEqual(['allow.good', 'deny.status_cancelled']);
  await composed.stopGateway();
  await composed.start();
  expect([await show(GOOD), await show(REVOKED)]).toEqual(['allow.good', 'deny.status_cancelled']);
  await composed.platform.start();
});

test.each([
  ['sm', 'SGD_SM3_SM2'],
  ['international', 'EdDSA'],
] as const)(
  'while a city changes over, a gateway of %s follows what was signed with %s',
  async (profile, alg) => {
    const settings = { crypto: { profile, changing_over: true } };
    const { composed, show, publish } = await guests({ settings }, ['international', 'sm']);
    await publish({ statusLists: [composed.platform.tokenStatus.source] });
    await expect.poll(() => show(REVOKED), WITHIN).toBe('deny.status_cancelled');
    const header = `${Buffer.from(JSON.stringify({ alg })).toString('base64url').slice(0, 16)}`;
    const kept = filesBelow(composed.dataFolder).filter((file) =>
      readFileSync(file, 'latin1').startsWith(header),
    );
    expect(kept).toHaveLength(1);
  },
);

test('a list that is past its end, and one of a stranger, say nothing: a person looks', async () => {
  const { composed, clocks, show, publish } = await guests();
  const { source } = composed.platform.tokenStatus;
  const x = Buffer.alloc(32, 9).toString('base64url');
  await publish({ statusLists: [{ ...source, keyJwk: { kty: 'OKP', crv: 'Ed25519', x } }] });
  const refused = () => composed.logLines.some((line) => JSON.stringify(line).includes('token_status'));
  await expect.poll(refused, WITHIN).toBe(true);
  expect(await show(REVOKED)).toBe('refer.no_list');

  await publish({ statusLists: [source] });
  await expect.poll(() => show(REVOKED), WITHIN).toBe('deny.status_cancelled');
  // Half a day, which is as long as the platform's list is good, in which nobody is in reach.
  await composed.platform.stop();
  clocks.pass(43_200_001);
  expect([await show(GOOD), await show(REVOKED)]).toEqual(['refer.no_list', 'refer.no_list']);
  await composed.platform.start();
});

test('an index that the list does not have is refused, whatever the scene says of lists', async () => {
  const { composed, clocks, publish, show } = await guests();
  const { source } = composed.platform.tokenStatus;
  await publish({ statusLists: [source] });
  await expect.poll(() => show(GOOD), WITHIN).toBe('allow.good');
  const far = createCity({
    seed: SEED,
    now: clocks.now(),
    cards: 100_000,
    rsaCardKeys: 1,
    statusListUri: source.uri,
  });
  const showing = { city: far, atMs: clocks.now(), mode: 'dda', chip: 0, fault: null, nonce: 'far' } as const;
  const { family, credential, context } = presentationLine('sd-jwt', { ...showing, index: 65_536 });
  const client = await PlainClient.connect(composed.target('desk-1'));
  const { message } = await client.tap(1, { scene: SCENE, family, credential, context });
  await client.bye();
  expect(message['code']).toBe('deny.status_cancelled');
});
