/** A gateway whose profile of algorithms is changed (docs/journal.md, "Another profile"). */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { otherProfile } from '../../config/crypto-settings.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { readCheckpoints } from '../../gateway/journal/log/checkpoint-file.ts';
import { logFolder } from '../../gateway/journal/log/hash-files.ts';
import { KEPT_HERE, verifyLog } from '../../gateway/journal/log/verify-log.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { GATEWAY_ID } from '../system/gateway-under-test.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { allOf, codesOf, shownBy } from './used-codes.rig.ts';

/** What its journal holds when it is stopped: the versions of records, and what verify says. */
async function keptBy({ dataFolder }: ComposedGateway) {
  const journal = join(dataFolder, 'journal');
  const reader = openJournalReader(journal);
  try {
    const folder = logFolder(journal);
    const kept = readCheckpoints(join(folder, 'checkpoints'));
    const checkpoints = kept.map((checkpoint) => ({ checkpoint, from: KEPT_HERE }));
    const versions = [...reader.stored(1)].map(({ bytes }) => bytes[0]);
    return { versions, report: verifyLog({ reader, folder, checkpoints }) };
  } finally {
    await reader.close();
  }
}

test('what was shown before the change is denied after it, and the log goes on, for the platform too', async () => {
  const gateway = await startComposed();
  onTestFinished(() => gateway.stop());
  const { crypto } = gateway.settings;
  const changed = { crypto: { ...crypto, profile: otherProfile(TEST_PROFILE), changing_over: true } };
  const shown = shownBy(gateway, 6);
  const [before, after] = [shown.slice(0, 4), shown.slice(4)];
  expect(await codesOf(gateway, before)).toEqual(allOf('allow.good', 4));
  await gateway.stopGateway();
  await gateway.start({}, changed);
  expect(await codesOf(gateway, before)).toEqual(allOf('deny.replayed', 4));
  expect(await codesOf(gateway, after)).toEqual(allOf('allow.good', 2));
  await gateway.stopGateway();
  await gateway.start({}, changed);
  expect(await codesOf(gateway, shown)).toEqual(allOf('deny.replayed', 6));
  const told = () => gateway.platform.checkpoints(GATEWAY_ID);
  await expect
    .poll(() => told().checkpoints.filter(({ state }) => state === 'verified').length, { timeout: 20_000 })
    .toBeGreaterThan(2);
  expect(told()).toMatchObject({
    former_keys: [expect.any(String)],
    summary: { inconsistent: 0, refused: 0 },
  });
  await gateway.stopGateway();
  const { versions, report } = await keptBy(gateway);
  const [old, fresh] = TEST_PROFILE === 'sm' ? [5, 4] : [4, 5];
  expect(versions).toEqual([
    ...Array.from({ length: 4 }, () => old),
    ...Array.from({ length: 12 }, () => fresh),
  ]);
  expect(report).toMatchObject({ covered: 16, faultCount: 0 });
});
