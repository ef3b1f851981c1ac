/** The package as somebody installs it: into an empty project, by npm alone. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPreparedCity } from '../../config/city-document/prepared-city.ts';
import { readCity } from '../../config/city-document/read-city.ts';
import { enginePackageName } from '../../native/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onecard-package-'));
const project = join(folder, 'project');
let tarballs: string[];

/** Node 22 comes first, whichever runs npm. */
const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);

beforeAll(() => {
  run(ROOT, 'npm', 'run', '--silent', 'package', '--', '--out', folder);
  tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  run(project, 'npm', 'install', '--no-audit', '--no-fund', ...tarballs.map((name) => join(folder, name)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds compiled code with declarations and source maps, and neither tests nor sources in TypeScript', () => {
  const files = readdirSync(join(project, 'node_modules/onecard-gateway'), {
    recursive: true,
    encoding: 'utf8',
  });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  expect(sources).toEqual([]);
  expect(files.filter((file) => /(^|\/)test\//.test(file))).toEqual([]);
  for (const kind of ['js', 'd.ts', 'js.map']) expect(files).toContain(`dist/client/index.${kind}`);
  expect(readdirSync(join(project, 'node_modules'))).not.toContain('node');
});

test('what is started is joined into few files, with the licences of the packages in it', () => {
  const dist = join(project, 'node_modules/onecard-gateway/dist');
  for (const started of ['cli/main.js', 'workers/serve.js', 'gateway/link/link-thread.js']) {
    expect(readFileSync(join(dist, started), 'utf8')).toMatch(/^[^\n]*'\.\.\/(\.\.\/)*run\/[\w.-]+\.js';\n$/);
  }
  const joined = readdirSync(join(dist, 'run'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(dist, 'run', file), 'utf8'));
  for (const pack of ['typebox', 'yaml', 'jose', 'prom-client']) {
    expect(joined.filter((text) => text.includes(`from "${pack}`))).toEqual([]);
    expect(readFileSync(join(dist, 'run/LICENSES.txt'), 'utf8')).toContain(`${pack} `);
  }
});

test('the city document that comes along is there in JSON too, made of the files beside it', () => {
  const city = join(project, 'node_modules/onecard-gateway/dist/config/city');
  expect(readPreparedCity(city)?.value).toEqual(readCity(city).value);
});

test('the engine comes with the package for this platform: nothing is compiled', () => {
  expect(tarballs).toHaveLength(2);
  const built = readdirSync(join(project, 'node_modules/onecard-gateway/native'));
  expect(built).not.toContain('onecard-engine.node');
  expect(run(project, 'npx', 'onecard', 'engine')).toMatch(/^(ifma8|avx2|scalar)\n/);
  expect(engine()).toMatchObject({ from: enginePackageName() });
});

test('an engine of another version is not used, and without its package JavaScript verifies: it is said why', () => {
  const folder = join(project, 'node_modules', enginePackageName());
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...JSON.parse(manifest), version: '0.0.9' }));
  expect(engine()).toMatchObject({
    engine: 'portable',
    considered: { 0: { whyNot: expect.stringContaining('0.0.9') } },
  });
  renameSync(folder, `${folder}-aside`);
  const whyNot = expect.stringContaining(`${enginePackageName()} is not installed`);
  expect(engine()).toMatchObject({ engine: 'portable', considered: { 0: { whyNot } } });
  renameSync(`${folder}-aside`, folder);
  writeFileSync(join(folder, 'package.json'), manifest);
  expect(engine()).toMatchObject({ from: enginePackageName() });
});

function engine(): Readonly<Record<string, unknown>> {
  return JSON.parse(run(project, 'npx', 'onecard', 'engine', '--json')) as Readonly<Record<string, unknown>>;
}

test('builds of the server library for other systems do not stay', () => {
  const builds = readdirSync(join(project, 'node_modules/uWebSockets.js/dist/bin'));
  expect(builds).toContain(`uws_${process.platform}_${process.arch}_127.node`);
  expect(builds.filter((name) => !name.startsWith(`uws_${process.platform}_${process.arch}_`))).toEqual([]);
});

test('for a registry the package names the engines that were made, of its own version, and no others', () => {
  const out = join(folder, 'for-registry');
  run(ROOT, 'npm', 'run', '--silent', 'package', '--', '--out', out, '--for-registry');
  const [name] = tarballs.filter((file) => file.startsWith('onecard-gateway-'));
  const read = (from: string) =>
    JSON.parse(run(folder, 'tar', '-xzOf', join(from, name ?? ''), 'package/package.json')) as {
      readonly version: string;
      readonly optionalDependencies?: unknown;
    };
  expect(read(folder).optionalDependencies).toBeUndefined();
  const { version, optionalDependencies } = read(out);
  expect(optionalDependencies).toEqual({ [enginePackageName()]: version });
});

test('an engine that cannot be built here is asked for by name: it is said what is missing, and the status is 1', () => {
  const args = ['deploy/package/pack.ts', '--out', join(folder, 'none'), '--engine', 'linux-mips-gnu'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect(stderr).toContain('@onecard/engine-linux-mips-gnu was not made: there is no linux-mips-gnu');
  expect(status).toBe(1);
});

test('a program in strict TypeScript proves a credential, starts a gateway and taps at it', () => {
  const { version } = JSON.parse(
    readFileSync(join(ROOT, 'node_modules/typescript/package.json'), 'utf8'),
  ) as { version: string };
  run(project, 'npm', 'install', '--no-audit', '--no-fund', `typescript@${version}`, '@types/node@22');
  const issued = run(
    project,
    'npx',
    'onecard',
    'issue',
    '--seed',
    'try',
    '--family',
    'transit-qr',
    '--count',
    '2',
    '--trust-out',
    'trust.json',
  );
  writeFileSync(join(project, 'taps.jsonl'), issued);
  const settings = {
    gateway_id: 'gw-1',
    trust_file: 'trust.json',
    listen: { port: 0 },
    log: { level: 'silent' },
  };
  writeFileSync(join(project, 'gateway.json'), JSON.stringify(settings));
  run(
    project,
    'npx',
    'onecard',
    'device',
    'enroll',
    '--config',
    'gateway.json',
    '--id',
    'gate-1',
    '--class',
    'gate',
    '--scene',
    '29/exit',
    '--generate',
    '--private-key-out',
    'gate-1.jwk',
  );
  writeFileSync(join(project, 'program.ts'), PROGRAM);
  run(
    project,
    'npx',
    'tsc',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--types',
    'node',
    'program.ts',
  );
  const said = JSON.parse(run(project, process.execPath, 'program.js')) as Record<string, unknown>;
  expect(said).toMatchObject({
    proofs: ['proof.ok', 'proof.ok'],
    malformed: 'request.malformed',
    t: 'decision',
  });
});

test('installed for everybody, onecard is a command', () => {
  const prefix = join(folder, 'global');
  run(
    folder,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--global',
    '--prefix',
    prefix,
    ...tarballs.map((name) => join(folder, name)),
  );
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(run(folder, join(prefix, 'bin/onecard'), '--version').trim()).toBe(version);
});

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createGateway, createLog, loadSettings } from 'onecard-gateway';
import { createGateClient } from 'onecard-gateway/client';
import { createVerifier, type VerifyItem } from 'onecard-gateway/verify';

const items = readFileSync('taps.jsonl', 'utf8').trim().split('\\n').map((line) => JSON.parse(line) as VerifyItem);
const verifier = createVerifier(JSON.parse(readFileSync('trust.json', 'utf8')));
const proofs = verifier.verify(items).map((proof) => proof.code);
const subject: string = verifier.verify(items)[0]?.facts?.subject ?? '';
if (!/^\\d+$/.test(subject)) throw new Error('the account is proven');
const [malformed] = verifier.verify([{ ...items[0]!, credential: { hex: 'zz' } }]);

const settings = loadSettings('gateway.json');
const gateway = createGateway(settings, { log: createLog('silent', settings.gateway_id) });
const { gate } = await gateway.start();
const client = createGateClient({
  url: gate,
  gatewayId: settings.gateway_id,
  deviceId: 'gate-1',
  privateKey: JSON.parse(readFileSync('gate-1.jwk', 'utf8')),
});
const { hex } = items[0]!.credential as { hex: string };
const answer = await client.tap({ scene: '29/exit', family: 'transit-qr', credential: { code: Buffer.from(hex, 'hex') }, context: {} });
await client.close();
await gateway.stop();
console.log(JSON.stringify({ proofs, malformed: malformed?.code, t: answer.kind }));
`;

function run(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH, npm_config_update_notifier: 'false' },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}
