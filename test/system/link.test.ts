/** What an operator sees of the link to the platform: readiness, metrics and the log. */
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from './gateway-under-test.rig.ts';

interface Ready {
  readonly checks: Readonly<Record<string, unknown>>;
}

test('readiness and metrics say mode, list, trust and what waits to be sent; a change is in force by itself', async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  const ready = async () => ((await (await fetch(`${gateway.admin}/readyz`)).json()) as Ready).checks;
  const first = await ready();
  expect(first).toMatchObject({
    mode: expect.stringMatching(/^(live|lists)$/),
    mode_forced: false,
    list_revision: expect.stringMatching(/^[0-9a-f]{8}\.\d+$/),
    trust_revision: expect.stringMatching(/^[0-9a-f]{16}$/),
    trust_in_grace: false,
    outbox_waiting: 0,
  });
  const from = gateway.logLines.length;
  const { revision } = await gateway.platform.publish({ cards: [{ index: 0, state: 'lost' }] });
  expect(await gateway.logged('new list in force', from)).toMatchObject({ list: 'cards' });
  expect((await ready())['list_revision']).toMatch(new RegExp(`\\.${revision}$`));
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toMatch(/^onecard_list_deltas_total 1$/m);
  expect(metrics).toMatch(/^onecard_list_age_seconds\{list="cards"\} \d/m);
  expect(metrics).toMatch(/^onecard_mode_forced 0$/m);
  expect(metrics).toMatch(/^onecard_outbox_waiting_records 0$/m);
});

test('a platform that goes away is told as a change of the mode, and so is its return', async () => {
  const gateway = await startGateway({ settings: { live: { recover_ms: 300 } } });
  onTestFinished(() => gateway.stop());
  expect(await gateway.logged('the mode has changed')).toMatchObject({ to: 'live' });
  const from = gateway.logLines.length;
  gateway.platform.setFault({ fault: 'down' });
  await gateway.logged('the platform does not answer', from);
  expect(await gateway.logged('the mode has changed', from)).toMatchObject({ from: 'live', to: 'lists' });
  const later = gateway.logLines.length;
  gateway.platform.setFault(null);
  expect(await gateway.logged('the mode has changed', later)).toMatchObject({ from: 'lists', to: 'live' });
});
