/**
 * `onecard bench` as it is run: real processes, from a folder with a blank in its name, what it leaves and how it ends.
 * No figure is looked at but those that a refusal makes.
 */
import { spawn } from 'node:child_process';
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
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseResult } from '../../bench/report/result.ts';
import { type GatewayUnderTest, startGateway } from '../system/gateway-under-test.rig.ts';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'onecard bench command '));
const fleets = join(scratch, 'fleets');
const LONGEST_MS = 240_000;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** From the project's folder, or from a copy of it. */
async function bench(args: readonly string[], env: Record<string, string> = {}, from = root): Promise<Ended> {
  const main = join(from, 'cli', 'main.ts');
  const child = spawn(process.execPath, [main, 'bench', ...args], {
    cwd: scratch,
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await ended, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
}

const NO_SOURCES = ['deploy', 'dist', 'docs', 'native', 'node_modules', 'test'];

/** The project under a path with a blank: what is not copied is linked. */
function copyWithBlank(): string {
  const copy = join(scratch, 'one card');
  mkdirSync(copy);
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isDirectory() || name.startsWith('.') || NO_SOURCES.includes(name)) continue;
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const name of ['native', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(copy, name));
  return copy;
}

describe('a gateway that refuses four taps of five', () => {
  test('fails, and the first line of table and page says so, from a folder with a blank in its name', {
    timeout: LONGEST_MS,
  }, async () => {
    const report = join(scratch, 'the report');
    // One tap in flight, on one connection that sends eight in each millisecond.
    const args = [
      'gates',
      '--rate',
      '8000',
      '--seconds',
      '1',
      '--cards',
      '120',
      '--connections',
      '1',
      '--chips',
      'sm2',
    ];
    const settings = ['--settings', '{"limits":{"in_flight_per_device":1}}'];
    const { status, out, err } = await bench(
      [...args, ...settings, '--fleets', fleets, '--out', report, '--fail-on', 'p99=any'],
      {},
      copyWithBlank(),
    );
    expect(status, err).toBe(1);
    expect(out.split('\n')[0]).toMatch(
      /^✗ FAILED {2}refused [\d,]+ of [\d,]+ taps, (8|9)\d(\.\d)? % \(none may be\)/,
    );
    expect(out).toMatch(/^ +tap\.too_many_in_flight +[\d,]+ +(8|9)\d/m);
    const read = (name: string) => readFileSync(join(report, name), 'utf8');
    expect(read('report.html')).toMatch(
      /<main>\s*<section class="verdict bad"><p class="told"><strong[^>]*>✗ Failed/,
    );
    expect(read('report.md')).toMatch(/^\*\*✗ FAILED\*\* refused /);
    expect(read('junit.xml')).toContain('failures="1"');
    const result = parseResult(JSON.parse(read('result.json')));
    expect(result.verdict?.passed).toBe(false);
    expect(result.series.refused_per_s.some((many) => (many ?? 0) > 0)).toBe(true);
  });
});

describe('--url', () => {
  let gateway: GatewayUnderTest;
  const keys = join(scratch, 'keys');

  beforeAll(async () => {
    gateway = await startGateway({ cards: 120, city: { seed: 'elsewhere', chips: 'sm2', rsaCardKeys: 8 } });
    mkdirSync(keys);
    for (const id of ['gate-1', 'desk-1']) {
      writeFileSync(join(keys, `${id}.jwk`), JSON.stringify(gateway.target(id).privateKey));
    }
  }, LONGEST_MS);
  afterAll(() => gateway.stop());

  const at = (http: string) => [
    ...[
      '--url',
      http,
      '--gateway-id',
      gateway.gatewayId,
      '--devices',
      keys,
      '--seed',
      'elsewhere',
      '--cards',
      '120',
    ],
    ...['--chips', 'sm2', '--rate', '100', '--seconds', '1', '--connections', '2', '--fleets', fleets],
    ...['--out', join(scratch, 'elsewhere'), '--fail-on', 'p99=any'],
  ];

  test('measures a gateway in another process, again and again, and every answer is right each time', {
    timeout: LONGEST_MS,
  }, async () => {
    for (const profile of ['gates', 'gates', 'desk']) {
      const { status, out, err } = await bench([profile, ...at(gateway.http)]);
      expect(status, `${out}${err}`).toBe(0);
      expect(out.split('\n')[0]).toMatch(/^✓ PASSED {2}refused 0/);
      expect(out).toContain(`--url ${gateway.http} --gateway-id ${gateway.gatewayId}`);
    }
  });

  test.each([
    ['outage', 'a gateway that it starts itself'],
    ['engine', 'measures no gateway'],
  ])('bench %s says that it cannot', { timeout: LONGEST_MS }, async (profile, why) => {
    const { status, err } = await bench([profile, ...at(gateway.http), '--fail-on', 'wrong=0']);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });

  test('where nobody listens is told in a sentence', { timeout: LONGEST_MS }, async () => {
    const { status, err } = await bench(['gates', ...at('http://127.0.0.1:1')]);
    expect(status).toBe(2);
    expect(err).toMatch(/no gateway answers at http:\/\/127\.0\.0\.1:1/);
    expect(err).not.toMatch(/^ +at /m);
  });
});

describe('what cannot be used', () => {
  const file = join(scratch, 'a file');
  writeFileSync(file, '');

  test.each([
    ['a report’s folder', ['--out', join(file, 'report')], {}, '--out FOLDER'],
    ['a fleet’s folder', ['--fleets', join(file, 'fleets')], {}, '--fleets FOLDER'],
    ['a home', ['--out', join(scratch, 'out')], { HOME: file, XDG_CACHE_HOME: '' }, '--fleets FOLDER'],
  ] as const)(
    '%s that cannot be written gets a sentence and the remedy',
    {
      timeout: LONGEST_MS,
    },
    async (_, args, env, remedy) => {
      const { status, err } = await bench(['gates', '--out', join(scratch, 'out'), ...args], env);
      expect(status).toBe(2);
      expect(err).toContain(remedy);
      expect(err).toMatch(/cannot be (written|kept) in .*: /);
      expect(err).not.toMatch(/^ +at /m);
    },
  );

  test.each([
    [['gates', '--fail-on', 'refusd=0'], 'did you mean refused?'],
    [['flood', '--fail-on', 'p99=10'], 'bench flood does not judge p99, but unanswered, wrong'],
    [['gates', '--url', 'ftp://somewhere'], 'must be http://HOST:PORT'],
    [['gates', '--url', 'http://127.0.0.1:8790'], '--url needs --gateway-id'],
    [['gates', '--devices', 'keys'], 'go with --url'],
  ])('%j', { timeout: LONGEST_MS }, async (args, why) => {
    const { status, err } = await bench([...args, '--out', join(scratch, 'out'), '--fleets', fleets]);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });
});
