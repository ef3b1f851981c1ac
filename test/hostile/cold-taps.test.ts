/**
 * One device shows nothing but cards whose certificates no thread remembers, which are dear to prove, beside an honest gate.
 * Was: as many at once as cheap ones, and what they cost counted against everybody's.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startComposed } from '../composed/composed-gateway.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const DEVICES = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/exit'] },
  { deviceId: 'hostile', class: 'gate', scenes: ['29/exit'] },
] as const;
/** Enough for the gateway to know what a device shows. */
const SHOWN_BEFORE = 64;
/** Below what one device may have in flight, above what it may of cold ones. */
const AT_ONCE = 800;
/** That a thread may have taken while it was held. */
const BATCHES_MAX = 40;

test('a device that shows unknown cards alone has fewer in flight, and an honest gate beside it has all it may', async () => {
  const hold = temporaryFolder();
  process.env['ONECARD_TEST_HOLD_FOLDER'] = hold;
  const threadEntry = new URL('../fixtures/held-thread.ts', import.meta.url);
  const composed = await startComposed({ devices: DEVICES, gateway: { threadEntry } });
  onTestFinished(() => composed.stop());
  const { in_flight_per_device: most, cold_in_flight_per_device: mostCold } = composed.settings.limits;
  expect([most > AT_ONCE, mostCold < AT_ONCE / 1.2]).toEqual([true, true]);
  const [card = 0] = goodCards(composed.city, 'sm2');
  const code = rideCodeOf(composed.city, card).binary.credential['code'] as Uint8Array;
  let forged = 0;
  // Its account is never remembered, since nothing of it is ever proven.
  const unknown = () => {
    forged += 1;
    const changed = Uint8Array.from(code);
    new DataView(changed.buffer).setUint32(changed.length - 32, forged);
    return { family: 'transit-qr', credential: { code: changed }, context: {} };
  };
  const known = chipTapOf(composed.city, card).binary;
  const codesOf = async (deviceId: string, shown: () => object) => {
    const client = await PlainClient.connect(composed.target(deviceId));
    for (let seq = 0; seq < SHOWN_BEFORE; seq += 1) await client.tap(seq, { ...shown() });
    for (const name of readdirSync(hold)) if (name.startsWith('go-')) rmSync(join(hold, name));
    writeFileSync(join(hold, 'holding'), '');
    const answers = Array.from({ length: AT_ONCE }, (_, i) => client.tap(SHOWN_BEFORE + i, { ...shown() }));
    // Read after all of them: they are all in flight, or refused.
    await client.ping();
    rmSync(join(hold, 'holding'));
    for (let batch = 1; batch <= BATCHES_MAX; batch += 1) writeFileSync(join(hold, `go-${batch}`), '');
    const codes = (await Promise.all(answers)).map(({ message }) => message['code']);
    await client.bye();
    return (code: string) => codes.filter((each) => each === code).length;
  };
  const hostile = await codesOf('hostile', unknown);
  expect(hostile('tap.too_many_in_flight')).toBeGreaterThan(0);
  expect(hostile('signature.user')).toBe(AT_ONCE - hostile('tap.too_many_in_flight'));
  const honest = await codesOf('gate-1', () => known);
  expect(honest('deny.replayed')).toBe(AT_ONCE);
});
