/** A card's life as a gate sees it, each step from the moment its delta arrives; its number stays. */
import { expect, onTestFinished, test } from 'vitest';
import { startControl } from '../../platform/control-server.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

const SCENE = '29/entry';
const eventually = (what: () => unknown) => expect.poll(what, { timeout: 30_000, interval: 20 });

test('a card passes minutes after it was issued, both of its kinds fall and rise together, and its number outlives its chip', async () => {
  const composed = await startComposed({ cards: 400 });
  onTestFinished(() => composed.stop());
  const { city, platform } = composed;
  const control = await startControl({ platform, host: '127.0.0.1', port: 0, token: null });
  onTestFinished(() => control.stop());
  const client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  const index =
    Array.from({ length: city.size }, (_, at) => at).find((at) => city.identity(at).state === 'unknown') ??
    -1;
  let seq = 0;

  async function tapped(family: string, chip: number): Promise<PlainMessage> {
    seq += 1;
    // A code of another second each time: a gate takes each once.
    const showing = { city, index, chip, atMs: Date.now() - seq * 10, nonce: String(seq) };
    const line = presentationLine(family, { ...showing, mode: 'dda', fault: null });
    return (await client.tap(seq, { scene: SCENE, family, ...binaryForm(line) })).message;
  }
  const codeOf = async (family: string, chip: number) => (await tapped(family, chip))['code'];
  async function happens(event: string): Promise<string> {
    const response = await fetch(`${control.url}/control/cards/${index}/${event}`, { method: 'POST' });
    expect(response.status).toBe(200);
    return ((await response.json()) as { number: string }).number;
  }
  /** Chips by number, then the ride code. */
  async function expectCodes(chips: readonly string[], ride: string): Promise<void> {
    for (const [chip, code] of chips.entries()) await eventually(() => codeOf('chip-oda', chip)).toBe(code);
    await eventually(() => codeOf('transit-qr', 0)).toBe(ride);
  }

  await expectCodes(['deny.status_unknown'], 'deny.status_unknown');
  const number = await happens('issue');
  await expectCodes(['deny.status_suspended'], 'deny.status_suspended');
  await happens('activate');
  await expectCodes(['allow.good'], 'allow.good');
  await happens('report-loss');
  await expectCodes(['deny.status_lost'], 'deny.status_lost');
  expect(await happens('replace')).toBe(number);
  await expectCodes(['deny.status_replaced', 'allow.good'], 'allow.good');
  await happens('suspend');
  await expectCodes(['deny.status_replaced', 'deny.status_suspended'], 'deny.status_suspended');
  await happens('resume');
  expect(await happens('replace')).toBe(number);
  await expectCodes(['deny.status_replaced', 'deny.status_replaced', 'allow.good'], 'allow.good');
  await happens('cancel');
  await expectCodes(
    ['deny.status_replaced', 'deny.status_replaced', 'deny.status_cancelled'],
    'deny.status_cancelled',
  );
});
