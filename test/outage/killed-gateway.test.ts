/** Row of the matrix: the gateway is killed again and again under load, at random, while its outbox is uploading. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { seededInteger } from '../../platform/seed.ts';
import { checkAnswers, recordsOf } from './check-answers.rig.ts';
import { decisionOf } from './gate-load.rig.ts';
import {
  becomes,
  EVERY_STATE,
  modeBecomes,
  type OutageRig,
  outboxEmpties,
  revisionBecomes,
  startRig,
} from './outage.rig.ts';

const KILLS = process.env['ONECARD_FULL'] === '1' ? 50 : 10;
/** Of these, every so many hits the gateway before it has started. */
const EARLY_EVERY = 5;
const SEED = 'killed gateway';
const TAPS_PER_S = 250;
/** A start takes a second or two of a core, and cores may be shared. */
const TIMEOUT_MS = 400_000;
let rig: OutageRig;

beforeAll(async () => {
  rig = await startRig({ settings: { platform: { upload_batch: 20 } } });
  await revisionBecomes(rig.gateway, await rig.publish(EVERY_STATE));
});
afterAll(() => rig.stop());

async function killEarly(round: number): Promise<void> {
  const { gateway } = rig;
  const started = gateway.restart().then(
    () => true,
    () => false,
  );
  await sleep(50 + seededInteger(SEED, 'early', round, 500));
  await gateway.kill('SIGKILL').catch(() => {});
  await started;
}

test(
  'killed at random under load, again and again: nothing acknowledged is lost, nothing is twice at the platform',
  async () => {
    const { gateway, load } = rig;
    for (let round = 0; round < KILLS; round += 1) {
      const wanted = load.taps.length + 5 + seededInteger(SEED, 'taps', round, 40);
      load.start(TAPS_PER_S);
      await becomes(
        'taps are answered',
        () => load.taps.filter((tap) => decisionOf(tap) !== null).length,
        (decided) => decided > 0 && load.taps.length >= wanted,
      );
      await sleep(seededInteger(SEED, 'moment', round, 20));
      await gateway.kill('SIGKILL');
      load.stop();
      await load.settle();
      if (round % EARLY_EVERY === 0) await killEarly(round);
      await gateway.restart();
      await load.reconnect();
      await load.resendUndecided();
    }
    await modeBecomes(gateway, 'live');
    const sentAgain = load.taps.filter(({ sendings }) => sendings.length > 1);
    expect(sentAgain.length, 'taps cut off').toBeGreaterThan(KILLS);
    await checkAnswers({ ...rig, cut: true });

    await outboxEmpties(gateway);
    const records = recordsOf(rig.dataFolder);
    expect(records).toHaveLength(load.taps.length);
    const reader = openJournalReader(`${rig.dataFolder}/journal`);
    const { epoch } = reader;
    void reader.environment.close();
    const { records: kept, conflicts } = gateway.platform.journalSummary();
    expect({ kept, conflicts }).toEqual({ kept: records.length, conflicts: 0 });
    const missing = records.filter(
      ({ position }) => !gateway.platform.hasRecord(gateway.gatewayId, `${epoch}:${position}`),
    );
    expect(missing).toEqual([]);
  },
  TIMEOUT_MS,
);
