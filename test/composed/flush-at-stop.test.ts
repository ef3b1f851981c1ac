/** A gateway that stops hands the platform what it does not have yet; what cannot be handed over is said. */
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { GATEWAY_ID } from '../system/gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { eventually } from '../unit/gateway/outbox/eventually.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const TAPS = 120;

/** Few records a request: when the gateway is asked to stop, most of them wait. */
async function withTapsWaiting(settings: Readonly<Record<string, unknown>> = {}): Promise<ComposedGateway> {
  const composed = await startComposed({ settings: { platform: { upload_batch: 2 }, ...settings } });
  onTestFinished(() => composed.stop());
  composed.platform.setFault({ fault: 'slow', delay_ms: 0 });
  const [card = 0] = goodCards(composed.city, 'sm2');
  const client = await PlainClient.connect(composed.target());
  const shown = rideCodeOf(composed.city, card, { validity_s: 600 }).binary;
  const answers = await Promise.all(
    Array.from({ length: TAPS }, (_, i) => client.tap(i + 1, { scene: '29/entry', ...shown })),
  );
  for (const { message } of answers) expect(message['code']).toMatch(/^(allow|deny)\./);
  await client.bye();
  return composed;
}

const lastLines = ({ logLines }: ComposedGateway) => logLines.slice(-5).map(({ msg }) => String(msg));

test('what waits when the gateway is asked to stop is at the platform when it has stopped', async () => {
  const composed = await withTapsWaiting({ journal: { flush_ms: 60_000 } });
  composed.platform.setFault(null);
  await composed.stopGateway();
  expect(composed.platform.journalSummary()).toMatchObject({ gateways: { [GATEWAY_ID]: TAPS } });
  expect(lastLines(composed)).toContain('the platform has every record');
});

test('a platform that does not answer holds up the stop no longer than is set, and what is left is said', async () => {
  const composed = await withTapsWaiting({ journal: { flush_ms: 300 } });
  await composed.stopGateway();
  const held = composed.platform.journalSummary().records;
  const said = composed.logLines.find(({ msg }) => String(msg).startsWith('records wait for the platform'));
  expect(said).toMatchObject({ level: 'warn', records: TAPS, data_dir: composed.dataFolder });
  expect(String(said?.['msg'])).toContain('onecard journal upload --config');
  expect(held).toBeLessThan(TAPS);
  // The next start sends them.
  composed.platform.setFault(null);
  await composed.start();
  await eventually(() => composed.platform.journalSummary()).toMatchObject({
    gateways: { [GATEWAY_ID]: TAPS },
    conflicts: 0,
  });
});
