/** `onecard compliance`: the same rows in every format, and a page that holds nothing from elsewhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { usesPage } from '../../cli/compliance/markdown.ts';
import { USES } from '../../crypto/uses.ts';
import { parseCsv } from '../../reports/csv.ts';
import { MAIN } from '../system/gateway-under-test.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const run = (...given: string[]) =>
  execFileSync(process.execPath, [MAIN, 'compliance', '--standard', 'gbt-39786', '--level', '3', ...given], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
const names = Object.keys(USES);

interface Report {
  readonly uses: readonly {
    readonly use: string;
    readonly algorithms: readonly string[];
    readonly given: unknown;
  }[];
  readonly parts: readonly { readonly clauses: readonly { readonly clause: string }[] }[];
}

test('JSON has every use and every clause, with the algorithms of the profile', () => {
  const sm = JSON.parse(run('--format', 'json')) as Report;
  expect(sm.uses.map(({ use }) => use)).toEqual(names);
  expect(sm.parts.flatMap(({ clauses }) => clauses)).toHaveLength(49);
  const own = sm.uses.filter(({ given }) => given === null).flatMap(({ algorithms }) => algorithms);
  expect(own.filter((each) => !/^(SM[234]|HMAC-SM3|TLCP)/.test(each))).toEqual([]);
  const other = JSON.parse(run('--format', 'json', '--profile', 'international')) as Report;
  expect(other.uses.flatMap(({ algorithms }) => algorithms)).toContain('SHA-256');
});

test('a table and CSV say the same, in Chinese too', () => {
  const table = run('--lang', 'zh');
  for (const name of names) expect(table).toContain(name);
  expect(table).toContain('应用和数据安全');
  const [head, ...rows] = parseCsv(run('--format', 'csv', '--lang', 'zh'), 1_000);
  expect(head?.map(({ text }) => text)).toContain('条款');
  expect(rows.slice(0, names.length).map((row) => row[1]?.text)).toEqual(names);
  expect(rows).toHaveLength(names.length + 49);
});

test('the page is whole: every row, its language, and no address', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'compliance.html');
  run('--format', 'html', '--lang', 'zh', '--out', file);
  const page = readFileSync(file, 'utf8');
  rmSync(file);
  for (const name of names) expect(page).toContain(`<code>${name}</code>`);
  expect(page).toContain('<html lang="zh-CN">');
  expect(page).not.toMatch(/https?:|<script|<link|src=/);
});

test('another profile than sm says that it does not pass', () => {
  expect(run('--profile', 'international')).toContain('Set crypto.profile to sm');
});

test.each([
  ['en', 'cryptography-uses.md'],
  ['zh', 'cryptography-uses.zh-CN.md'],
] as const)('the page of the documentation is written from it (%s): npm run docs', (language, page) => {
  const file = join(import.meta.dirname, '../../docs', page);
  expect(readFileSync(file, 'utf8')).toBe(usesPage(language));
});
