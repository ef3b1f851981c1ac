/** A run that a signal ends leaves no process and no folder behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

/** Processes below one. */
function below(pid: number): number[] {
  let own: number[] = [];
  try {
    own = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    // It has ended.
  }
  return own.flatMap((child) => [child, ...below(child)]);
}

function runs(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.skipIf(process.platform !== 'linux').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends gateway, platform and generators, and clears up', async (signal, status) => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-ended-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bench = spawn(
    process.execPath,
    [MAIN, 'gates', '--cards', '200', '--rate', '50', '--seconds', '600', '--out', join(folder, 'report')],
    { stdio: 'ignore', env: { ...process.env, TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') } },
  );
  onTestFinished(() => void bench.kill('SIGKILL'));
  const folders = () => readdirSync(folder).filter((name) => name.startsWith('onecard-bench-'));
  // A platform, a gateway and a generator.
  await expect.poll(() => below(bench.pid ?? 0).length, { timeout: 50_000 }).toBeGreaterThanOrEqual(3);
  expect(folders()).not.toEqual([]);
  const started = below(bench.pid ?? 0);
  const ended = once(bench, 'exit');
  bench.kill(signal);
  expect(await ended).toEqual([status, null]);
  await expect.poll(() => started.filter(runs), { timeout: 20_000 }).toEqual([]);
  expect(folders()).toEqual([]);
});
