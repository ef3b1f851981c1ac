/** Outbox and judging again against the reference platform, as both run in earnest. */
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import { statusKeysOf } from '../../../../gateway/knowledge/trust/status-keys.ts';
import { Outbox } from '../../../../gateway/outbox/outbox.ts';
import { Rejudge } from '../../../../gateway/outbox/rejudge.ts';
import { trustOf } from '../../../../platform/authority/profiles.ts';
import { createCity } from '../../../../platform/city.ts';
import { createPlatform } from '../../../../platform/server.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { START_MS, sampleRecords } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { eventually } from './eventually.rig.ts';

const TOKEN = 'a-token-of-sixteen-or-more';

test('the platform takes every record and re-judgement once, however often they are sent', async () => {
  const city = createCity({ seed: 'outbox', cards: 10, now: START_MS });
  const sealKeys = () =>
    statusKeysOf(trustOf([TEST_PROFILE], city.status, city.trustDocument()), TEST_CRYPTO).sealing;
  const platform = createPlatform({ city, token: TOKEN, profiles: [TEST_PROFILE] });
  await platform.start();
  onTestFinished(() => platform.stop());
  const dir = temporaryFolder();
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
  onTestFinished(() => journal.close());
  await journal.append(sampleRecords(1, 1_500));
  const reader = openOutboxReader(dir);
  reader.setSynced(1_500);
  const endpoint = { url: platform.url, token: TOKEN, timeoutMs: 5_000 };
  const fail = (error: Error) => {
    throw error;
  };
  for (let life = 0; life < 2; life += 1) {
    const outbox = new Outbox({
      endpoint,
      gatewayId: 'gw-1',
      sealKeys,
      reader,
      confirmed: 0,
      batchRecords: 400,
      onConfirmed: () => {},
      onConflict: () => expect.fail('a conflict'),
      onFault: fail,
      onSkipped: (_, error) => fail(error),
    });
    await eventually(() => outbox.confirmedPosition).toBe(1_500);
    await outbox.stop();
    const rejudge = new Rejudge({
      endpoint,
      gatewayId: 'gw-1',
      sealKeys,
      reader,
      rejudged: 0,
      judge: ({ position }) =>
        position % 3 === 0
          ? { kind: 'differs', now: { outcome: 'deny', code: 'deny.status_suspended' } }
          : { kind: 'same' },
      onResult: () => {},
      onFault: fail,
      onDamaged: fail,
      now: Date.now,
    });
    rejudge.caughtUp({ revision: '0a1b2c3d.9', issuedAtMs: START_MS }, true);
    await eventually(() => rejudge.position).toBe(1_500);
    await rejudge.stop();
  }
  expect(platform.journalSummary()).toMatchObject({ records: 1_500, duplicates: 1_500, conflicts: 0 });
  const { items, duplicates, changes, list } = platform.rejudgements();
  expect({ items, duplicates, changes }).toEqual({
    items: 500,
    duplicates: 500,
    changes: { 'allow>deny': 500 },
  });
  expect(list.map(({ id }) => id)).toEqual(list.map((_, i) => `${journal.epoch}:${(i + 1) * 3}`));
});
