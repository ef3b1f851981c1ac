/** What the outbox promises when processes die in the middle of an upload. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { CURSORS } from '../../../../gateway/journal/journal-tables.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { intake, scriptedServer, send, TOKEN } from './journal-platform.rig.ts';

const UPLOADING = join(import.meta.dirname, 'uploading-process.rig.ts');

function start(dir: string, url: string, batches: number) {
  const child = spawn(process.execPath, [UPLOADING, dir, url, TOKEN, String(batches)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('close', resolve));
  return { child, ended, lines: createInterface({ input: child.stdout }) };
}

test('killed in the middle of uploads again and again, nothing kept is missing and nothing is there twice', async () => {
  const platform = intake();
  let kill: () => void = () => {};
  let killing = true;
  let uploads = 0;
  const { url } = await scriptedServer(({ body }, response) => {
    uploads += 1;
    const answer = platform.store(body);
    // Stored, and killed before it learns so; or killed while the answer is on its way.
    if (uploads % 5 === 0) kill();
    if (!killing || uploads % 10 !== 0) send(response, answer);
  });
  const dir = temporaryFolder();
  let kept = 0;
  for (let round = 0; round < 6; round += 1) {
    const { child, ended, lines } = start(dir, url, 10_000);
    kill = () => child.kill('SIGKILL');
    for await (const line of lines) {
      expect(line).toMatch(/^kept /);
      kept = Math.max(kept, Number(line.slice(5)));
    }
    await ended;
  }
  kill = () => {};
  killing = false;
  const last = start(dir, url, 0);
  const lines: string[] = [];
  for await (const line of last.lines) lines.push(line);
  expect(lines).toEqual(['done']);

  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
  onTestFinished(() => journal.close());
  const records = journal.after(0, 1_000_000);
  expect(records.length).toBeGreaterThanOrEqual(kept);
  expect(records).toEqual(sampleRecords(1, records.length));
  expect([...platform.stored.keys()]).toEqual(records.map(({ position }) => `${journal.epoch}:${position}`));
  expect(journal.cursor(CURSORS.confirmed)).toBe(records.length);
  // Some came twice, which the platform knew by their ids.
  expect(platform.seen.length).toBeGreaterThan(platform.stored.size);
});
