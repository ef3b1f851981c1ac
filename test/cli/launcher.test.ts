/** The file behind the command `onecard`: starts the pinned Node with the flags that suit the gateway. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const launcher = join(root, 'gateway/cli/onecard.js');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const flags = json('gateway/cli/node-flags.json') as string[];

test('what the command says and how it ends is passed on', () => {
  const good = spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' });
  const { version } = json('package.json') as { version: string };
  expect([good.status, good.stdout.trim()]).toEqual([0, version]);
  const bad = spawnSync(process.execPath, [launcher, 'no-such-command'], { encoding: 'utf8' });
  expect(bad.status).not.toBe(0);
  expect(bad.stderr).toContain('no-such-command');
});

test.skipIf(process.platform !== 'linux')('the command runs with the flags', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-launcher-'));
  const trust = join(folder, 'trust.json');
  writeFileSync(trust, '{"anchors":[]}');
  // It waits for lines to verify as long as more may come.
  const child = spawn(process.execPath, [launcher, 'verify', '--trust', trust, '--jsonl', '-']);
  const started = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  await expect.poll(started, { timeout: 10_000 }).toMatch(/^\d+$/);
  await expect
    .poll(() =>
      readFileSync(`/proc/${started()}/cmdline`, 'utf8')
        .split('\0')
        .slice(1, 1 + flags.length),
    )
    .toEqual(flags);
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
  rmSync(folder, { recursive: true });
});
