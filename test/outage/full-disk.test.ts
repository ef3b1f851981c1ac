/** Row of the matrix: there is no more room on the disk, and the journal is as large as that of a day. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { checkAnswers } from './check-answers.rig.ts';
import { filledJournal } from './filled-journal.rig.ts';
import { codeOf, decisionOf } from './gate-load.rig.ts';
import { becomes, EVERY_STATE, RATE_PER_S, readiness, revisionBecomes, startRig } from './outage.rig.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const MIB = 1_048_576;
const FILLINGS = 8;
const JOURNAL_BYTES = 50_000_000;

test('the disk is full under a journal of 50 MB, eight times: the process lives, refuses with a code, loses nothing, and goes on', async (context) => {
  const disk = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${128 * MIB}`, 'tmpfs', disk]);
  if (status !== 0) return context.skip('no file system can be mounted here');
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  const settings = { journal: { disk_reserve_bytes: 8 * MIB, ahead_bytes: MIB / 4 } };
  const rig = await startRig({ within: disk, settings });
  onTestFinished(() => rig.stop());
  const { gateway, load, publish } = rig;
  await revisionBecomes(gateway, await publish(EVERY_STATE));
  await gateway.kill('SIGTERM');
  await filledJournal(join(rig.dataFolder, 'journal'), JOURNAL_BYTES);
  await gateway.restart();
  await load.reconnect();
  const { pid } = gateway;
  const ballast = join(disk, 'ballast');
  for (let filling = 1; filling <= FILLINGS; filling += 1) {
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' });
    load.start(RATE_PER_S);
    const before = load.taps.length;
    await becomes(
      `taps are refused for want of room, filling ${filling}`,
      () => load.taps.slice(before).filter((tap) => codeOf(tap) === 'tap.journal_unavailable').length,
      (refused) => refused > 20,
    );
    expect(await readiness(gateway.admin)).toMatchObject({ disk: 'full' });
    rmSync(ballast);
    const sent = load.taps.length;
    await becomes(
      `taps are decided again, filling ${filling}`,
      () => load.taps.slice(sent).filter((tap) => decisionOf(tap) !== null).length,
      (decided) => decided > 20,
    );
  }
  load.stop();
  expect(gateway.pid).toBe(pid);
  await checkAnswers({ ...rig, refusedMax: 1 });
});
