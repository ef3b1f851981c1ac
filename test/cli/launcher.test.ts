/** The file behind the command `onecard`: starts the pinned Node with the flags that suit the gateway. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isUsableNode } from '../../cli/usable-node.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'cli/onecard.js');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const flags = json('cli/node-flags.json') as string[];
const environment = json('cli/node-environment.json') as Record<string, string>;

test('what the command says and how it ends is passed on', () => {
  const good = spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' });
  const { version } = json('package.json') as { version: string };
  expect([good.status, good.stdout.trim()]).toEqual([0, version]);
  const bad = spawnSync(process.execPath, [launcher, 'no-such-command'], { encoding: 'utf8' });
  expect(bad.status).not.toBe(0);
  expect(bad.stderr).toContain('no-such-command');
});

/**
 * The launcher with a command that verifies lines as long as more may come, and the command's process. It has answered
 * one line: signals reach it, and it watches its launcher.
 */
async function waitingCommand(env: NodeJS.ProcessEnv = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-launcher-'));
  const trust = join(folder, 'trust.json');
  writeFileSync(trust, '{"anchors":[]}');
  const child = spawn(process.execPath, [launcher, 'verify', '--trust', trust, '--jsonl', '-'], { env });
  const started = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  await expect.poll(started, { timeout: 10_000 }).toMatch(/^\d+$/);
  const command = Number(started());
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  child.stdin.write('no JSON\n');
  await once(child.stdout, 'data');
  return { child, command };
}

test.skipIf(process.platform !== 'linux')('the command runs with the flags', async () => {
  const { child, command } = await waitingCommand();
  await expect
    .poll(() =>
      readFileSync(`/proc/${command}/cmdline`, 'utf8')
        .split('\0')
        .slice(1, 1 + flags.length),
    )
    .toEqual(flags);
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.skipIf(process.platform !== 'linux')(
  'the command has the environment, where whoever starts it says nothing else',
  async () => {
    const heard = async (env: NodeJS.ProcessEnv) => {
      const { command } = await waitingCommand(env);
      const lines = readFileSync(`/proc/${command}/environ`, 'utf8').split('\0');
      return Object.fromEntries(
        lines.map((line) => line.split('=')).filter(([name = '']) => name in environment),
      );
    };
    const unsaid = Object.entries(process.env).filter(([name]) => !(name in environment));
    expect(await heard(Object.fromEntries(unsaid))).toEqual(environment);
    const other = Object.fromEntries(Object.keys(environment).map((name) => [name, '7']));
    expect(await heard({ ...process.env, ...other })).toEqual(other);
  },
);

test.skipIf(process.platform !== 'linux').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s to the launcher alone ends the command', async (signal, status) => {
  const { child, command } = await waitingCommand();
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([status, null]);
  expect(existsSync(`/proc/${command}`)).toBe(false);
});

test.skipIf(process.platform !== 'linux')('a command ends when its launcher is killed', async () => {
  const { child, command } = await waitingCommand();
  child.kill('SIGKILL');
  await expect.poll(() => existsSync(`/proc/${command}`), { timeout: 10_000 }).toBe(false);
});

test.each([
  ['Node 22, whatever is installed', '22.23.3', 'linux', '2.36', false, true],
  ['Node 24 with the newer server library and a new C library', '24.22.3', 'linux', '2.38', true, true],
  ['Node 24 with both, on a C library of another major version', '24.22.3', 'linux', '3.0', true, true],
  ['Node 24 with the newer server library on macOS', '24.22.3', 'darwin', null, true, true],
  ['Node 24 without the newer server library', '24.22.3', 'linux', '2.41', false, false],
  ['Node 24 on Debian 12', '24.22.3', 'linux', '2.36', true, false],
  ['Node 24 on another C library', '24.22.3', 'linux', null, true, false],
  ['Node 20', '20.20.2', 'linux', '2.41', true, false],
  ['Node 25', '25.0.0', 'linux', '2.41', true, false],
] as const)('the gateway runs on it or not: %s', (_what, node, platform, glibc, newer, usable) => {
  const here = { node, platform, glibc: () => glibc, hasNewerLibrary: () => newer };
  expect(isUsableNode(here)).toBe(usable);
});
