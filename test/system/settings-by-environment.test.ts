/** A gateway that is told everything by its environment, as in a container. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { startGateway } from './gateway-under-test.rig.ts';

test('a setting of the environment goes before the one of the file, and holds in the running gateway', async () => {
  const env = { ONECARD_LIMITS__CONNECTIONS_PER_DEVICE: '1' };
  const gateway = await startGateway({ env, settings: { limits: { connections_per_device: 4 } } });
  onTestFinished(() => gateway.stop());
  const first = await PlainClient.connect(gateway.target());
  await expect(PlainClient.connect(gateway.target())).rejects.toThrow();
  await first.bye();
  expect(readFileSync(gateway.configFile, 'utf8')).toContain('"connections_per_device":4');
});
