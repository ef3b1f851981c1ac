/** A device that is enrolled for a scene that does not exist is named when the gateway starts, not tap by tap. */
import { expect, onTestFinished, test } from 'vitest';
import { DEVICES } from '../system/gateway-under-test.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

test('a device enrolled for scenes that no policy knows is warned of at start, with the nearest scene', async () => {
  const composed = await startComposed({
    devices: [...DEVICES, { deviceId: 'gate-2', class: 'gate', scenes: ['29/gate', '29/exit', 'x'] }],
  });
  onTestFinished(() => composed.stop());
  const warned = composed.logLines.filter(({ msg }) => String(msg).includes('scenes that do not exist'));
  expect(warned).toEqual([
    expect.objectContaining({
      level: 'warn',
      device: 'gate-2',
      scenes: ['29/gate', 'x'],
      meant: ['29/entry', null],
    }),
  ]);
});
