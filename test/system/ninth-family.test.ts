/** What docs/families.md says, done: a family is added to a copy of the sources, proven, and tapped at a gateway. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/families.md'), 'utf8');
const FOLDERS = [
  'bench',
  'cli',
  'client',
  'config',
  'crypto',
  'gateway',
  'lists',
  'platform',
  'reports',
  'verify',
  'workers',
];
const TESTS = ['composed', 'fixtures', 'protocol', 'system'];
const TABLE = 'workers/families/table.ts';

let copy: string;
const node = join(ROOT, 'node_modules/.bin/node');
const club = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const anchor = { family: 'badge', region: 'cq', publicKeyHex: publicKeyHex(club.publicKey) };

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'onecard-ninth-'));
  const filter = (path: string) => basename(path) !== 'node_modules';
  for (const folder of FOLDERS) cpSync(join(ROOT, folder), join(copy, folder), { recursive: true, filter });
  for (const folder of TESTS)
    cpSync(join(ROOT, 'test', folder), join(copy, 'test', folder), { recursive: true });
  for (const file of readdirSync(join(ROOT, 'test')).filter((name) => name.endsWith('.rig.ts')))
    cpSync(join(ROOT, 'test', file), join(copy, 'test', file));
  mkdirSync(join(copy, 'native'));
  for (const file of readdirSync(join(ROOT, 'native')).filter((name) => !name.includes('target'))) {
    symlinkSync(join(ROOT, 'native', file), join(copy, 'native', file));
  }
  for (const name of ['package.json', 'tsconfig.json', 'node_modules']) {
    symlinkSync(join(ROOT, name), join(copy, name));
  }
  addByThePage();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Each block of code that the page names a file for, and the line in the table. */
function addByThePage(): void {
  const [, file = '', code = ''] =
    /`(workers\/families\/[a-z-]+\/family\.ts)`:\n\n```ts\n([\s\S]+?)\n```\n/.exec(PAGE) ?? [];
  const [, line = ''] = /```ts\n(import \{ badge \}[^\n]+)\n```/.exec(PAGE) ?? [];
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), `${code}\n`);
  const table = readFileSync(join(copy, TABLE), 'utf8');
  const [, listed = ''] = /FAMILIES: readonly AnyFamily\[\] = \[([^\]]+?),?\s*\];/.exec(table) ?? [];
  writeFileSync(join(copy, TABLE), `${line}\n${table.replace(listed, `${listed}, badge`)}`);
}

function publicKeyHex(key: KeyObject): string {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex') + Buffer.from(y, 'base64url').toString('hex');
}

function badgeOf(number: number, key: KeyObject, atMs = Date.now()): string {
  const head = Buffer.alloc(12);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(number, 1);
  head.writeUInt32BE(Math.floor(atMs / 1_000), 5);
  const signature = sign('sha256', head, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat([head, signature]).toString('hex');
}

test('the page has the folder and the line, and the family type-checks', () => {
  const compiler = join(ROOT, 'node_modules/.bin/tsc');
  const checked = spawnSync(compiler, ['--noEmit', '--project', 'tsconfig.json'], {
    cwd: copy,
    encoding: 'utf8',
  });
  const about = checked.stdout.split('\n').filter((line) => line.startsWith('workers/'));
  expect(about).toEqual([]);
});

test('onecard verify proves a badge, and says what is wrong with another', () => {
  const line = (id: string, hex: string) =>
    JSON.stringify({ id, family: 'badge', at: new Date().toISOString(), credential: { hex }, context: {} });
  const badge = badgeOf(7, club.privateKey);
  const lines = [line('1', badge), line('2', badgeOf(7, stranger.privateKey)), line('3', badge.slice(2))];
  writeFileSync(join(copy, 'trust.json'), JSON.stringify({ anchors: [anchor] }));
  const args = ['cli/main.ts', 'verify', '--trust', 'trust.json', '--jsonl', '-'];
  const out = execFileSync(node, args, { cwd: copy, input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  const answers = out
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each) as { code: string });
  expect(answers.map(({ code }) => code)).toEqual(['proof.ok', 'signature.user', 'credential.truncated']);
});

test('a gateway judges badges: good once, used up, and forged', () => {
  const city = shippedCity();
  for (const policy of city.policies) {
    (policy['families'] as string[]).push('badge');
    policy['not_covered'] = 'allow';
  }
  const scenesFile = cityFile(city, copy);
  const badge = badgeOf(8, club.privateKey);
  const input = JSON.stringify({
    anchor,
    scenesFile,
    badges: [badge, badge, badgeOf(9, stranger.privateKey)],
  });
  const out = execFileSync(node, ['test/system/ninth-family.rig.ts'], {
    cwd: copy,
    input,
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(JSON.parse(out)).toEqual(['allow.not_covered', 'deny.replayed', 'signature.user']);
});
