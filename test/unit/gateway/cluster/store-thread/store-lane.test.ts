/** Where there is no short way to the store. What it says is tested on a real server (test/cluster/store-lane.cluster.ts). */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StoreSettings } from '../../../../../gateway/cluster/store/connect-store.ts';
import type { Wanted } from '../../../../../gateway/cluster/store/taking.ts';
import { openStoreLane } from '../../../../../gateway/cluster/store-thread/store-lane.ts';
import { loadAddon } from '../../../../../native/index.ts';
import { TEST_CRYPTO } from '../../../../crypto-profile.rig.ts';

const hasThread = typeof loadAddon().addon?.startStoreLane === 'function';
const ONE: Wanted = {
  names: [new Uint8Array(16)],
  untilMs: 2,
  tap: { deviceId: 'gate', stream: 's', seq: 1 },
  card: null,
};

function laneTo(urls: readonly string[], more: Partial<StoreSettings> = {}) {
  const bounds = { deadline_ms: 5, waiting_max: 100, breaker_failures: 32, breaker_open_ms: 500 };
  const nothing = () => {};
  const lane = openStoreLane({
    store: { urls: [...urls], ...bounds, ...more },
    ...{ cluster: 'c', crypto: TEST_CRYPTO, now: () => 1 },
    events: { answered: nothing, late: nothing, failed: nothing, refused: nothing },
  });
  onTestFinished(() => lane?.stop());
  return lane;
}

test('it is not for TLS, nor for several servers', () => {
  expect(laneTo(['rediss://127.0.0.1'])).toBeNull();
  expect(laneTo(['redis://127.0.0.1', 'redis://127.0.0.2'])).toBeNull();
});

test.skipIf(!hasThread)('it takes nothing while it leads nowhere, and nothing that it is not for', () => {
  const lane = laneTo(['redis://127.0.0.1']);
  const refused = () => expect.fail('nobody calls back');
  for (const all of [[ONE], [{ ...ONE, names: [] }], new Array<Wanted>(600).fill(ONE)]) {
    expect(lane?.take(all, refused)).toBe(false);
  }
  expect(lane?.giveBack(ONE, { showing: true, card: false })).toBe(false);
  expect(lane).toMatchObject({ waiting: 0, underWay: 0, isOpen: false });
  expect(() => lane?.leadTo('localhost:1')).toThrow('localhost:1 is no address');
});

test('a password that cannot be read is said, as the thread says it', () => {
  const password_file = join(import.meta.dirname, 'not-there');
  const opened = () => laneTo(['redis://127.0.0.1'], { password_file });
  if (hasThread) expect(opened).toThrow('the password of the store cannot be read');
  else expect(opened()).toBeNull();
});
