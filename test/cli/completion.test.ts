/** Completion in a real shell: bash runs the script that `onecard completion bash` prints. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const onecard = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
const script = onecard('completion', 'bash').stdout;

const folder = mkdtempSync(join(tmpdir(), 'onecard-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'my gateway.json'), '{}');
mkdirSync(join(folder, 'data'));

/** What bash offers for the last of these words, as it asks the function that it was told of. */
function offered(...words: string[]): string[] {
  const offer = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _onecard 2>/dev/null; printf "%s\n" "\${COMPREPLY[@]}"`;
  const asked = spawnSync('bash', ['-c', offer, 'bash', ...words], {
    encoding: 'utf8',
    cwd: folder,
  });
  expect([asked.status, asked.stderr]).toEqual([0, '']);
  return asked.stdout.split('\n').filter((word) => word !== '');
}

test('the first word: every command that the help names', () => {
  const help = onecard('--help').stdout;
  const [, commands = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(help) ?? [];
  const named = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(12);
  expect(offered('onecard', '').filter((word) => !word.startsWith('-'))).toEqual(named);
  expect(offered('onecard', '--')).toEqual(['--version', '--help']);
});

test.each([
  ['a beginning', ['onecard', 'jour'], ['journal']],
  ['what is below a command', ['onecard', 'device', 'e'], ['enroll']],
  ['an option', ['onecard', 'device', 'enroll', '--cl'], ['--class']],
  ['one of few values', ['onecard', 'device', 'enroll', '--class', ''], ['gate', 'desk', 'batch']],
  ['a value nobody can guess', ['onecard', 'device', 'enroll', '--id', ''], []],
  ['a file, whatever its name', ['onecard', 'serve', '--config', 'my'], ['my gateway.json']],
  ['a folder', ['onecard', 'device', 'list', '--data', 'd'], ['data']],
  ['an option after a value', ['onecard', 'serve', '--config', 'my gateway.json', '--ch'], ['--check']],
  ['what an argument may be', ['onecard', 'completion', 'f'], ['fish']],
  ['a value that is called as a command', ['onecard', 'device', 'enroll', '--id', 'list', '--al'], ['--alg']],
  ['the profiles of the benchmark', ['onecard', 'bench', 'cap'], ['capacity']],
])('%s', (_what, words, expected) => {
  expect(offered(...words)).toEqual(expected);
});

test.each([
  ['a command that there is not', ['demonstrate']],
  ['an option that there is not', ['serve', '--confog', 'x']],
  ['an argument too many', ['engine', 'fast']],
  ['an option without its value', ['verify', '--trust']],
  ['a shell that there is not', ['completion', 'csh']],
])('%s: status 2, as whatever cannot be used', (_what, args) => {
  const { status, stderr } = onecard(...args);
  expect(status).toBe(2);
  expect(stderr).not.toMatch(/^ +at /m);
});
