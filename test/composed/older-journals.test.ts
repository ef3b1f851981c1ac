/** A journal that a gateway with records of an older version wrote: what it holds still counts, is shown, and is judged again. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { openJournal } from '../../gateway/journal/lmdb-journal.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { judgeAgain } from '../../gateway/tap/judge-again.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { MAIN } from '../system/gateway-under-test.rig.ts';
import { encodeVersion2 } from '../unit/gateway/journal/version-2-records.rig.ts';
import { encodeVersion3 } from '../unit/gateway/journal/version-3-records.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';
import { allOf, codesOf, shownBy } from './used-codes.rig.ts';

const encoders: Readonly<Record<2 | 3, (record: DecisionRecord) => Buffer>> = {
  2: (record) => encodeVersion2({ ...record, status: { ...record.status, named: null } }, record.atMs),
  3: (record) => encodeVersion3(record, record.atMs),
};

/** Makes a journal anew, under the same keys, that holds every record as an older version had it. */
async function writtenAs(version: 2 | 3, dataFolder: string): Promise<readonly DecisionRecord[]> {
  const folder = join(dataFolder, 'journal');
  const reader = openJournalReader(folder);
  const records = [...reader.allAfter(0, (error) => expect.fail(error.message))];
  await reader.close();
  for (const name of readdirSync(folder)) {
    if (name !== 'journal.key') rmSync(join(folder, name), { recursive: true });
  }
  rmSync(join(dataFolder, 'journal-identity.json'));
  await openJournal({ dir: folder, durability: 'sync', maxBytes: 1 << 28 }).close();
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 28, databases: 16 });
  for (const record of records) {
    const bytes = encoders[version](record);
    await openTable(environment, 'records')?.put(positionKey(record.position), bytes);
  }
  await environment.close();
  return records;
}

test.each([
  [2, 'international', 4],
  [3, 'international', 4],
  // Records of those versions are older than the other profile, which is changed to in the same step.
  [2, 'sm', 5],
  [3, 'sm', 5],
] as const)(
  'codes used before an upgrade from records of version %i to the profile %s stay used, and every decision is judged again the same',
  async (version, profile, written) => {
    const composed = await startComposed({ profile: 'international' });
    onTestFinished(() => composed.stop());
    const shown = shownBy(composed, 5);
    expect(await codesOf(composed, shown)).toEqual(allOf('allow.good', 5));
    await composed.stopGateway();
    expect(await writtenAs(version, composed.dataFolder)).toHaveLength(5);

    const { crypto } = composed.settings;
    await composed.start({}, { crypto: { ...crypto, profile, changing_over: profile === 'sm' } });
    expect(await codesOf(composed, shown)).toEqual(allOf('deny.replayed', 5));
    await composed.stopGateway();

    const reader = openJournalReader(join(composed.dataFolder, 'journal'));
    const kept = [...reader.allAfter(0, (error) => expect.fail(error.message))];
    await reader.close();
    expect(kept.map(({ v }) => v)).toEqual([...Array(5).fill(version), ...Array(5).fill(written)]);
    const scenes = loadScenes(PRESENTABLE_FAMILIES);
    for (const record of kept) expect(judgeAgain(record, scenes)).toEqual({ kind: 'same' });
    const configFile = join(composed.folder, 'gateway.json');
    writeFileSync(
      configFile,
      JSON.stringify({ gateway_id: 'gw-test', data_dir: composed.dataFolder, trust_file: 'trust.json' }),
    );
    const onecard = (...args: string[]) =>
      spawnSync(process.execPath, [MAIN, 'journal', ...args, '--config', configFile], { encoding: 'utf8' });
    expect(onecard('show', '--json').stdout.split('\n')[0]).toContain(`"v":${version}`);
    expect(onecard('replay').stdout).toContain('10 the same, 0 differ');
  },
);
