/** A gate that does not know what it saw sends what its scanner read: it passes as if the gate had named the family. */
import { expect, onTestFinished, test } from 'vitest';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

async function started() {
  const composed = await startComposed();
  onTestFinished(() => composed.stop());
  const client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const show = async (shown: object) => {
    seq += 1;
    return (await client.tap(seq, { scene: '29/entry', ...shown })).message;
  };
  const [card = 0] = goodCards(composed.city, 'sm2');
  const { binary, json } = rideCodeOf(composed.city, card, { validity_s: 600 });
  const { code } = binary.credential as { code: Uint8Array };
  return { composed, show, named: binary, bytes: code, json };
}

test('a ride code that was scanned passes once, under either name', async () => {
  const { show, named, bytes } = await started();
  const scan = { family: 'scan', credential: { bytes }, context: {} };
  const first = await show(scan);
  expect(first).toMatchObject({ code: 'allow.good', facts: { account_type: expect.anything() } });
  expect([(await show(scan))['code'], (await show(named))['code']]).toEqual([
    'deny.replayed',
    'deny.replayed',
  ]);
});

test('what is foreign or unknown has a code of its own, over WebSocket and REST', async () => {
  const { composed, show } = await started();
  const foreign = { family: 'scan', credential: { text: 'SHSTMETRO0123' }, context: {} };
  const unknown = { family: 'scan', credential: { text: 'https://example.com/' }, context: {} };
  expect(await show(foreign)).toMatchObject({ t: 'refusal', code: 'scan.foreign', retry: false });
  expect(await show(unknown)).toMatchObject({ t: 'refusal', code: 'scan.unknown', retry: false });
  const response = await fetch(`${composed.address.http}/v1/verifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${makeToken(composed.target())}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(foreign),
  });
  expect([response.status, ((await response.json()) as PlainMessage)['code']]).toEqual([404, 'scan.foreign']);
});

test('a ride code scanned and sent as hex over REST passes', async () => {
  const { composed, json } = await started();
  const { hex } = json.credential as { hex: string };
  const response = await fetch(`${composed.address.http}/v1/verifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${makeToken(composed.target())}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ family: 'scan', credential: { hex }, context: {}, scene: '29/entry' }),
  });
  expect(await response.json()).toMatchObject({ outcome: 'allow', code: 'allow.good' });
});
