/**
 * What others make from the OpenAPI document: clients in Python and Java, made, installed and run against a real gateway,
 * and requests that a fuzzer draws from the document. `.ci/client-tools` installs the makers.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeviceToken } from '../../client/index.ts';
import { type GatewayUnderTest, startGateway } from '../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';

const TOOLS =
  process.env['ONECARD_CLIENT_TOOLS'] ??
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'onecard-client-tools');
const PYTHON = join(TOOLS, 'python', 'bin');
const JAVA = join(TOOLS, 'java');
const made = join(import.meta.dirname, 'made');
const folder = mkdtempSync(join(tmpdir(), 'onecard-clients-'));
const document = join(folder, 'openapi.json');
const LONGEST_MS = 180_000;
/** Requests that are drawn for one operation. */
const FUZZED = 12;

const hasPython = existsSync(join(PYTHON, 'schemathesis'));
const hasJava = existsSync(join(JAVA, 'lib'));
if (!hasPython || !hasJava) {
  console.warn(
    `clients in ${hasPython ? 'Java' : hasJava ? 'Python' : 'Python and Java'} are not tried: run .ci/client-tools`,
  );
}

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
  writeFileSync(document, await (await fetch(`${gateway.http}/openapi.json`)).text());
}, LONGEST_MS);
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  command: string,
  args: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env } });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await ended, `${command} ${args.join(' ')}\n${out}\n${err}`).toBe(0);
  return out;
}

async function deviceToken(): Promise<string> {
  const { gatewayId, deviceId, privateKey } = gateway.target('desk-1');
  return await createDeviceToken({ gatewayId, deviceId, privateKey });
}

/** What a client is given: a good ride code, a good chip, and the chip again; then both in a batch. */
async function given(): Promise<string> {
  const { city } = gateway;
  const [card = 0, other = 0] = goodCards(city, 'sm2');
  const chip = chipTapOf(city, card).json;
  const batch = [rideCodeOf(city, other).json, { ...chipTapOf(city, other).json, scene: '30/nowhere' }];
  const singles = [rideCodeOf(city, card).json, chip, chip];
  return JSON.stringify({ url: gateway.http, token: await deviceToken(), singles, batch });
}

function check(out: string): void {
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toEqual({
    class: 'desk',
    ready: true,
    singles: [
      { outcome: 'allow', code: 'allow.good' },
      { outcome: 'allow', code: 'allow.good' },
      { outcome: 'deny', code: 'deny.replayed' },
    ],
    batch: ['allow.good', 'tap.scene_not_allowed'],
    batch_kinds: ['Decision', 'Problem'],
  });
}

describe.skipIf(!hasPython)('in Python', () => {
  test('a client of openapi-python-client is made, installed, and taps', {
    timeout: LONGEST_MS,
  }, async () => {
    const [source, installed] = [join(folder, 'python'), join(folder, 'installed')];
    const maker = ['generate', '--path', document, '--output-path', source, '--meta', 'setup'];
    await run(join(PYTHON, 'openapi-python-client'), maker);
    const pip = [
      'install',
      '--quiet',
      '--no-deps',
      '--no-build-isolation',
      '--no-index',
      '--target',
      installed,
      source,
    ];
    await run(join(PYTHON, 'pip'), pip);
    check(
      await run(join(PYTHON, 'python'), [join(made, 'tap.py')], await given(), { PYTHONPATH: installed }),
    );
  });

  test('schemathesis finds no server error and no answer outside the document', {
    timeout: LONGEST_MS,
  }, async () => {
    const session = await fetch(`${gateway.http}/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await deviceToken()}` },
    });
    const { token } = (await session.json()) as { token: string };
    const config = ['--config-file', join(import.meta.dirname, 'schemathesis.toml')];
    const bounds = ['--phases', 'examples,coverage,fuzzing', '--max-examples', String(FUZZED), '--seed', '1'];
    const header = [
      '--header',
      `Authorization: Bearer ${token}`,
      '--no-color',
      '--suppress-health-check',
      'all',
    ];
    const of = ['run', `${gateway.http}/openapi.json`, ...bounds, ...header];
    const hooks = { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: made, PYTHONDONTWRITEBYTECODE: '1' };
    const out = await run(join(PYTHON, 'schemathesis'), [...config, ...of], '', hooks);
    expect(out).toMatch(/Test cases:\s+\d{2,} generated, \d+ passed/);
    expect(gateway.logLines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});

describe.skipIf(!hasJava)('in Java', () => {
  test('a client of openapi-generator is made, compiled, and taps', { timeout: LONGEST_MS }, async () => {
    const [source, classes] = [join(folder, 'java'), join(folder, 'classes')];
    const names = [
      'invokerPackage=city.onecard',
      'apiPackage=city.onecard.api',
      'modelPackage=city.onecard.model',
    ];
    const properties = [`--additional-properties=${names.join(',')}`, '--library', 'native'];
    const of = ['-i', document, '-g', 'java', '-o', source, ...properties];
    await run('java', ['-jar', join(JAVA, 'openapi-generator-cli.jar'), 'generate', ...of]);
    mkdirSync(classes, { recursive: true });
    const main = join(source, 'src', 'main', 'java');
    cpSync(join(made, 'Tap.java'), join(main, 'Tap.java'));
    const files = readdirSync(main, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.java'),
    );
    const libraries = join(JAVA, 'lib', '*');
    await run('javac', [
      '-nowarn',
      '-proc:none',
      '-cp',
      libraries,
      '-d',
      classes,
      ...files.map((file) => join(main, file)),
    ]);
    check(await run('java', ['-cp', `${classes}:${libraries}`, 'Tap'], await given()));
  });
});
