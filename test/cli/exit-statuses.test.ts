/** Deaths that had no name: whatever ends a command, its launcher says so, with the status that shells know it by. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exitStatusHelp, exitStatusPage } from '../../cli/exit-statuses.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'cli/onecard.js');
const isLinux = process.platform === 'linux';

/** A command under its launcher that waits for input. Its folder takes whatever a death may leave behind. */
async function waitingCommand(env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder();
  const trust = join(folder, 'trust.json');
  writeFileSync(trust, '{"anchors":[]}');
  const child = spawn(process.execPath, [launcher, 'verify', '--trust', trust, '--jsonl', '-'], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.write('no JSON\n');
  await once(child.stdout, 'data');
  const command = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, stderr }));
  return { child, command, ended };
}

describe.skipIf(!isLinux)('a command that dies', () => {
  test.each([
    ['SIGBUS', 135, /a data file in data_dir was cut/],
    ['SIGSEGV', 139, /native code read or wrote where it must not/],
    ['SIGABRT', 134, /JavaScript's memory was full/],
    ['SIGKILL', 137, /the kernel for want of memory/],
    ['SIGILL', 132, /ONECARD_ENGINE=portable/],
  ] as const)('by %s is told of in a sentence, with status %d', async (signal, status, says) => {
    const { command, ended } = await waitingCommand();
    process.kill(command, signal);
    const death = await ended;
    expect(death.stderr).toMatch(
      new RegExp(`^onecard: ended by ${signal} \\(signal \\d+, exit status ${status}\\): `),
    );
    expect(death.stderr).toMatch(says);
    expect(death.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([death.status, death.signal]).toEqual([status, null]);
  });

  test('because it was asked to needs no explanation', async () => {
    const { command, ended } = await waitingCommand();
    process.kill(command, 'SIGTERM');
    expect(await ended).toEqual({ status: 143, signal: null, stderr: '' });
  });

  test("of a full JavaScript heap is named, behind V8's own words", async () => {
    const { ended, child } = await waitingCommand({
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(
        "process.on('SIGUSR2',()=>{const kept=[];for(;;)kept.push(new Array(1e5).fill({}))})",
      )} --max-old-space-size=150`,
    });
    process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')), 'SIGUSR2');
    const death = await ended;
    expect(death.stderr).toMatch(/FATAL ERROR: .*heap out of memory/);
    expect(death.stderr).toMatch(/onecard: ended by SIGABRT .*JavaScript's memory was full/);
    expect(death.status).toBe(134);
  });

  test('of a fault of its own says so with its stack, with status 70, and is not taken for a finding', async () => {
    const { ended, child } = await waitingCommand({
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(
        "process.on('SIGUSR2',()=>void Promise.reject(new Error('nobody caught this')))",
      )}`,
    });
    process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')), 'SIGUSR2');
    const death = await ended;
    expect(death.stderr).toMatch(
      /^onecard: a fault of its own, exit status 70: Error: nobody caught this\n +at /,
    );
    expect(death.status).toBe(70);
  });
});

test('what nobody reads any more ends a command without a fault', () => {
  const shell = `${JSON.stringify(process.execPath)} ${JSON.stringify(launcher)} scenes --json | head -c 1`;
  const { stderr } = spawnSync('sh', ['-c', shell], { encoding: 'utf8' });
  expect(stderr).toBe('');
});

test('docs/exit-statuses.md is what the table says (npm run docs), and the help of onecard has it', () => {
  expect(readFileSync(join(root, 'docs/exit-statuses.md'), 'utf8')).toBe(exitStatusPage());
  const { stdout } = spawnSync(process.execPath, [launcher, '--help'], { encoding: 'utf8' });
  expect(stdout).toContain(exitStatusHelp());
});
