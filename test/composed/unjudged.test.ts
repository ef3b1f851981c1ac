/** Decisions made offline that no list can judge again are counted where the operator and the platform see it. */
import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { eventually } from '../unit/gateway/outbox/eventually.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const TAPS = 7;

async function modeIs(composed: ComposedGateway, mode: string): Promise<void> {
  await eventually(async () => {
    const { checks } = (await (await fetch(`${composed.address.admin}/readyz`)).json()) as {
      checks: Readonly<Record<string, unknown>>;
    };
    return checks['mode'];
  }).toBe(mode);
}

test('decisions under scenes that were changed since cannot be judged again: metric, log and platform say so', async () => {
  const document = shippedCity();
  const city = cityFile(document);
  const composed = await startComposed({ settings: { city } });
  onTestFinished(() => composed.stop());
  // It begins with lists: only then is it the platform's end that is waited for.
  await modeIs(composed, 'live');
  composed.platform.setFault({ fault: 'down' });
  await modeIs(composed, 'lists');
  const [card = 0] = goodCards(composed.city, 'sm2');
  const client = await PlainClient.connect(composed.target());
  const shown = rideCodeOf(composed.city, card, { validity_s: 600 }).binary;
  for (let seq = 1; seq <= TAPS; seq += 1) await client.tap(seq, { scene: '29/entry', ...shown });
  await client.bye();
  await composed.stopGateway();

  writeFileSync(city, JSON.stringify({ ...document, revision: 'another' }));
  composed.platform.setFault(null);
  await composed.start();
  await modeIs(composed, 'live');
  await eventually(() => composed.platform.rejudgements()).toMatchObject({
    items: 0,
    unjudged: { policy_unavailable: TAPS },
  });
  const metrics = async () => await (await fetch(`${composed.address.admin}/metrics`)).text();
  await eventually(metrics).toMatch(/^onecard_unjudged_total\{why="policy_unavailable"\} 7$/m);
  expect(composed.logLines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'decisions made offline cannot be judged again',
      cannot: { policy_unavailable: TAPS },
    }),
  );
});
