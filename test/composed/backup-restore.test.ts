/** A backup of a running gateway, and what becomes of everything when it is restored. */
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backUpJournal } from '../../gateway/journal/backup.ts';
import { JOURNAL_KEY_FILES } from '../../gateway/journal/journal-key.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { openJournal } from '../../gateway/journal/lmdb-journal.ts';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { lockFolder } from '../../gateway/storage/folder-lock.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { becomes, readiness } from '../outage/outage.rig.ts';
import { MAIN, startGateway } from '../system/gateway-under-test.rig.ts';
import { sampleRecords } from '../unit/gateway/journal/sample-records.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { VERSION_1_LISTED, VERSION_1_NO_LIST } from '../unit/gateway/journal/version-1-records.rig.ts';
import { allOf, codesOf, shownBy } from './used-codes.rig.ts';

const KEY = JOURNAL_KEY_FILES[TEST_PROFILE];
const TIMEOUT_MS = 240_000;

function onecard(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 60_000 });
}

test(
  'backup while it runs, restore over a newer journal: what the backup lacks is said, and nothing else is lost',
  async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.stop());
    const config = ['--config', gateway.configFile];
    const backup = join(gateway.folder, 'backup');
    const [before, after] = [shownBy(gateway, 10).slice(0, 5), shownBy(gateway, 10).slice(5)];
    expect(await codesOf(gateway, before)).toEqual(allOf('allow.good', 5));

    const backedUp = onecard('journal', 'backup', ...config, '--to', backup);
    expect(backedUp).toMatchObject({ status: 0 });
    expect(backedUp.stdout).toMatch(
      /^backed up to .*backup: 5 records, positions 1 to 5, the newest of .*Z; epoch [0-9a-f]{16}\n$/,
    );
    expect(readdirSync(backup).sort()).toEqual(expect.arrayContaining(['backup.json', 'data.mdb', KEY]));
    for (const name of ['backup.json', 'data.mdb', KEY])
      expect(statSync(join(backup, name)).mode & 0o077, name).toBe(0);
    expect(onecard('journal', 'backup', ...config, '--to', backup).stderr).toMatch(/holds something already/);
    const { files } = JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8'));
    const digest = TEST_PROFILE === 'sm' ? 'sm3' : 'sha256';
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const content = readFileSync(join(backup, file.name));
      expect(file).toEqual({ name: file.name, bytes: content.length, [digest]: hash(digest, content) });
    }
    const damaged = join(gateway.folder, 'damaged');
    cpSync(backup, damaged, { recursive: true });
    writeFileSync(join(damaged, KEY), '0'.repeat(statSync(join(damaged, KEY)).size));

    expect(await codesOf(gateway, after)).toEqual(allOf('allow.good', 5));
    await becomes(
      'all is sent',
      () => readiness(gateway.admin),
      ({ outbox_waiting }) => outbox_waiting === 0,
    );
    const running = onecard('journal', 'restore', ...config, '--from', backup);
    expect(running.status).toBe(2);
    expect(running.stderr).toMatch(/is in use by process \d+ \(gateway gw-test/);

    await gateway.kill('SIGKILL');
    expect(onecard('journal', 'restore', ...config, '--from', damaged, '--over-newer-journal')).toMatchObject(
      {
        status: 2,
        stderr: expect.stringContaining(`${KEY} is not what was backed up`),
      },
    );
    const newer = onecard('journal', 'restore', ...config, '--from', backup);
    expect(newer.status).toBe(2);
    expect(newer.stderr).toMatch(/is newer than the backup: it goes up to position 10 .* the backup up to 5/);
    const restored = onecard('journal', 'restore', ...config, '--from', backup, '--over-newer-journal');
    expect(restored, restored.stderr).toMatchObject({ status: 0 });
    expect(restored.stdout).toMatch(
      /^restored 5 records, positions 1 to 5; new records are of epoch [0-9a-f]{16}, from position 6 on\n/,
    );
    expect(restored.stdout).toMatch(
      /\nreplay protection is lost for what was shown from .*Z to .*Z: it may pass a second time, until .*Z at most/,
    );
    const aside = /is kept in (.*)/.exec(restored.stdout)?.[1] ?? '';
    expect(readdirSync(aside)).toEqual(expect.arrayContaining(['data.mdb', KEY, 'journal-identity.json']));

    await gateway.restart();
    expect(await codesOf(gateway, before)).toEqual(allOf('deny.replayed', 5));
    // As was said: what was shown behind the backup is not known any more.
    expect(await codesOf(gateway, after)).toEqual(allOf('allow.good', 5));
    expect(await codesOf(gateway, after)).toEqual(allOf('deny.replayed', 5));
    await becomes(
      'all is sent',
      () => readiness(gateway.admin),
      ({ outbox_waiting }) => outbox_waiting === 0,
    );
    // Ten records of the first run, under its names, and fifteen of the second, under new ones.
    expect(gateway.platform.journalSummary().records).toBe(25);
    expect(onecard('journal', 'verify', ...config)).toMatchObject({ status: 0 });
  },
  TIMEOUT_MS,
);

describe('a backup', () => {
  async function backedUp() {
    const data = temporaryFolder();
    const folder = join(data, 'journal');
    const journal = openJournal({ dir: folder, durability: 'sync', maxBytes: 1 << 28 });
    await journal.append(sampleRecords(1, 400));
    mkdirSync(join(folder, 'log', 'tile'), { recursive: true });
    writeFileSync(join(folder, 'log', 'tile', '000'), 'a tile');
    const to = join(data, 'backup');
    const pending = journal.append(sampleRecords(401, 400));
    const manifest = await backUpJournal(folder, to, Date.now(), () => {});
    await pending;
    await journal.close();
    const configFile = join(data, 'gateway.json');
    const settings = { gateway_id: 'gw-1', data_dir: 'new', trust_file: 'trust.json' };
    writeFileSync(configFile, JSON.stringify(settings));
    return { data, to, manifest, config: ['--config', configFile], restoredTo: join(data, 'new', 'journal') };
  }

  test('of a journal that is written meanwhile is one state of it, whole, with what else is in the folder', async () => {
    const { to, manifest } = await backedUp();
    expect([400, 800]).toContain(manifest.last);
    const reader = openJournalReader(to);
    expect(reader.after(0, 1_000)).toEqual(sampleRecords(1, manifest.last));
    await reader.close();
    expect(readFileSync(join(to, 'log', 'tile', '000'), 'utf8')).toBe('a tile');
    expect(existsSync(`${to}.partial`)).toBe(false);
  });

  test(
    'is not restored when it is damaged, is no backup, is another gateway’s, or the folder is in use',
    async () => {
      const { data, to, config, restoredTo } = await backedUp();
      const restore = (from: string) => onecard('journal', 'restore', ...config, '--from', from);
      const damaged = join(data, 'damaged');
      cpSync(to, damaged, { recursive: true });
      const bytes = readFileSync(join(damaged, 'data.mdb'));
      bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1;
      writeFileSync(join(damaged, 'data.mdb'), bytes);
      expect(restore(damaged)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/data\.mdb is not what was backed up/),
      });
      expect(restore(data)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/holds no backup of a journal/),
      });
      const foreign = join(data, 'foreign');
      cpSync(to, foreign, { recursive: true });
      const manifest = JSON.parse(readFileSync(join(foreign, 'backup.json'), 'utf8'));
      writeFileSync(join(foreign, 'backup.json'), JSON.stringify({ ...manifest, gateway_id: 'gw-2' }));
      expect(restore(foreign)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/is of gateway gw-2, and the settings/),
      });
      const lock = lockFolder(join(data, 'new'), 'gateway gw-1');
      expect(restore(to)).toMatchObject({ status: 2, stderr: expect.stringMatching(/is in use by process/) });
      lock.release();
      expect(existsSync(restoredTo)).toBe(false);
      expect(restore(to)).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/there was no journal before/),
      });
      const reader = openJournalReader(restoredTo);
      expect(reader.lineage?.current).toMatchObject({ cause: 'restore', first: reader.lastPosition + 1 });
      await reader.close();
      expect(readFileSync(join(restoredTo, 'log', 'tile', '000'), 'utf8')).toBe('a tile');
    },
    TIMEOUT_MS,
  );

  test(
    'of records of version 1 is restored, and they are shown',
    async () => {
      const data = temporaryFolder();
      const folder = join(data, 'journal');
      await openJournal({ dir: folder, durability: 'sync', maxBytes: 1 << 28 }).close();
      const environment = openEnvironment({
        folder,
        syncBeforeVisible: true,
        mapBytes: 1 << 20,
        databases: 3,
      });
      await openTable(environment, 'records')?.put(positionKey(7), VERSION_1_LISTED);
      await openTable(environment, 'records')?.put(positionKey(8), VERSION_1_NO_LIST);
      await environment.close();
      const to = join(data, 'backup');
      const { last } = await backUpJournal(folder, to, Date.now(), () => {});
      expect(last).toBe(8);
      const configFile = join(data, 'gateway.json');
      writeFileSync(
        configFile,
        JSON.stringify({ gateway_id: 'gw-1', data_dir: 'new', trust_file: 'trust.json' }),
      );
      const restored = onecard('journal', 'restore', '--config', configFile, '--from', to);
      expect(restored, restored.stderr).toMatchObject({ status: 0 });
      const shown = onecard('journal', 'show', '--config', configFile);
      expect(shown.stdout).toMatch(/^7 .* allow\.good .*\n8 .* deny\.no_list /);
    },
    TIMEOUT_MS,
  );
});
