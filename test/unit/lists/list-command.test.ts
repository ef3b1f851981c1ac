/** `onecard list` as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'onecard-list-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

async function list(options: string[], input: string | Uint8Array = '') {
  const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'cli/main.ts'), 'list', ...options]);
  const exited = once(child, 'exit');
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await exited;
  return { status, stdout, stderr };
}

const build = (input: string | Uint8Array, ...more: string[]) =>
  list(
    ['build', '--from', '-', '--format', 'csv', '--covers', 'cq-rail', '--out', at('new.list'), ...more],
    input,
  );

const CSV = `\ufeffissuer,credentialId,state,entitlements
cq-rail,6217001,good,5
cq-rail,"6217,""002",lost,0
cq-campus,1,suspended,4294967295
`;

beforeAll(async () => {
  writeFileSync(at('cards.csv'), CSV);
  const covers = ['--covers', 'cq-rail', 'cq-campus'];
  const keyFile = ['--generation-key-file', at('generation.json')];
  const built = await list([
    'build',
    '--from',
    at('cards.csv'),
    '--out',
    at('cards.list'),
    ...covers,
    ...keyFile,
  ]);
  expect(built).toMatchObject({ status: 0, stderr: '' });
  expect(built.stdout).toContain('3 cards');
});

test('a list is built, shown, and asked', async () => {
  const shown = JSON.parse((await list(['inspect', at('cards.list'), '--json'])).stdout);
  expect(shown).toMatchObject({
    name: 'cards',
    revision: 1,
    cards: 3,
    covers: ['cq-rail', 'cq-campus'],
    states: { good: 1, suspended: 1, lost: 1, replaced: 0, cancelled: 0 },
  });
  expect(shown.entitlementBits).toMatchObject({ 0: 2, 1: 1, 2: 2, 31: 1 });
  expect(shown.falsePositiveChance).toBeLessThan(1e-12);
  expect(shown.staleUntilMs - shown.issuedAtMs).toBe(72 * 3_600_000);
  const asText = await list(['inspect', at('cards.list')]);
  expect(asText.stdout).toMatch(/^ {2}suspended +1$/m);

  const asked = 'cq-rail,6217001\ncq-rail,"6217,""002"\ncq-campus,1\ncq-rail,1\nelsewhere,1\n';
  const answers = await list(['lookup', at('cards.list'), '--json'], asked);
  expect(answers).toMatchObject({ status: 0, stderr: '' });
  const revision = `${shown.generation.slice(0, 8)}.1`;
  expect(
    answers.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { state: 'good', entitlements: 5, revision },
    { state: 'lost', entitlements: 0 },
    { state: 'suspended', entitlements: 4_294_967_295 },
    { state: 'unknown', entitlements: 0 },
    { state: 'not_covered', entitlements: 0 },
  ]);
  expect(answers.stdout).not.toContain('6217');

  const one = await list(['lookup', at('cards.list'), '--issuer', 'cq-rail', '--id', '6217001']);
  expect(one.stdout).toMatch(/^good {2}entitlements 5 \(0x5\)/);
});

test('the same cards as JSON lines, with the same generation, are the same table', async () => {
  const lines = [
    { issuer: 'cq-campus', credentialId: '1', state: 'suspended', entitlements: 4_294_967_295 },
    { issuer: 'cq-rail', credentialId: '6217,"002', state: 'lost', entitlements: 0 },
    { issuer: 'cq-rail', credentialId: '6217001', state: 'good', entitlements: 5 },
  ];
  writeFileSync(at('cards.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const options = ['--out', at('again.list'), '--covers', 'cq-rail', 'cq-campus', '--revision', '2'];
  const keyFile = ['--generation-key-file', at('generation.json')];
  expect(await list(['build', '--from', at('cards.jsonl'), ...options, ...keyFile])).toMatchObject({
    status: 0,
  });
  const table = (name: string) => readFileSync(at(name)).subarray(-4_096 - 3 * 6);
  expect(table('again.list')).toEqual(table('cards.list'));
  expect(statSync(at('generation.json')).mode & 0o777).toBe(0o600);
});

describe('refused with status 2, naming lines and no card', () => {
  const NUMBER = '6217009999999999999';

  const refusedLines = async (lines: readonly (readonly [string | Buffer, string])[], format: string) => {
    const input = Buffer.concat(lines.flatMap(([line]) => [Buffer.from(line), Buffer.from('\n')]));
    const { status, stdout, stderr } = await build(input, '--format', format);
    for (const [i, [, message]] of lines.entries()) expect(stderr).toContain(`line ${i + 1}: ${message}`);
    expect(stderr).not.toContain(NUMBER);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(existsSync(at('new.list'))).toBe(false);
  };

  test('lines of CSV', () =>
    refusedLines(
      [
        [`cq-rail,${NUMBER},eaten,0`, 'state is none of good'],
        [`cq-rail,${NUMBER},good,0x1`, 'entitlements'],
        [`cq-rail,${NUMBER},good,4294967296`, 'entitlements'],
        [`cq-rail,${NUMBER},good`, '3 fields, not 4'],
        [`elsewhere,${NUMBER},good,0`, 'its issuer is none of those'],
        [`cq-rail,"${NUMBER},good,0`, 'a quoted field'],
        [`cq-rail,${NUMBER}"1",good,0`, 'a quotation mark inside'],
        ['cq-rail,,good,0', 'credentialId is no text'],
        ['', '1 fields, not 4'],
        [`cq-rail,${NUMBER.repeat(300)},good,0`, 'too long'],
        [Buffer.from([0xff]), 'too long, or not UTF-8'],
      ],
      'csv',
    ));

  test('lines of JSON', () =>
    refusedLines(
      [
        [`{"issuer":"a","credentialId":"${NUMBER}","state":"good","entitlements":0,"x":1}`, 'no JSON object'],
        [`{"issuer":"a","credentialId":"${NUMBER}","state":"good","x":1}`, 'a member other than'],
        [`{"issuer":"a","issuer":"a","credentialId":"${NUMBER}","state":"good"}`, 'no JSON object'],
        ['[1]', 'no JSON object'],
        ['{', 'no JSON object'],
        [`{"issuer":"a","credentialId":"${NUMBER}","state":"good","entitlements":"0"}`, 'entitlements'],
        ['{"issuer":"a","credentialId":7,"state":"good","entitlements":0}', 'credentialId'],
      ],
      'jsonl',
    ));

  test('a card twice', async () => {
    const lines = ['issuer,credentialId,state,entitlements', 'cq-rail,1,good,0', `cq-rail,${NUMBER},good,0`];
    const { status, stderr } = await build([...lines, `cq-rail,${NUMBER},lost,0`].join('\n'));
    expect(stderr).toContain('the list holds a card twice: lines 3 and 4');
    expect(stderr).not.toContain(NUMBER);
    expect(status).toBe(2);
  });

  test('many bad lines: the first, and how many more', async () => {
    const { status, stderr } = await build('x\n'.repeat(50));
    expect(status).toBe(2);
    expect(stderr).toContain('50 of 50 lines are unusable');
    expect(stderr).toContain('and 30 more');
  });

  test.each([
    ['a file that is no list', ['inspect', at('cards.csv')], 'not a list file'],
    ['a file that is not there', ['inspect', at('none.list')], 'ENOENT'],
    [
      'a list larger than allowed',
      ['inspect', at('cards.list'), '--max-cards', '2'],
      '3 cards are more than the 2',
    ],
    ['half a card', ['lookup', at('cards.list'), '--issuer', 'cq-rail'], 'go together'],
    ['lines of no known format', ['build', '--from', '-', '--covers', 'a', '--out', at('x')], '--format'],
    [
      'a generation key that is none',
      [
        'build',
        '--from',
        at('cards.csv'),
        '--covers',
        'a',
        '--out',
        at('x'),
        '--generation-key-file',
        at('cards.csv'),
      ],
      'as JSON',
    ],
    ['an unknown option', ['inspect', '--nonsense'], 'unknown option'],
  ])('%s', async (_, options, message) => {
    const { status, stderr } = await list(options);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test('a question that is none', async () => {
    const { status, stderr } = await list(['lookup', at('cards.list')], `cq-rail,1\n${NUMBER}\n`);
    expect(stderr).toContain('line 2 of standard input');
    expect(stderr).not.toContain(NUMBER);
    expect(status).toBe(2);
  });
});
