/** The units of `deploy/systemd` agree with the settings, and the template with the unit of one. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { adminPort } from '../../config/admin-settings.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { parseSettings } from '../../config/settings.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const FOLDER = fileURLToPath(new URL('../../deploy/systemd/', import.meta.url));
const unit = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const ONE = unit('onecard-gateway.service');
const TEMPLATE = unit('onecard-gateway@.service');
const FRONT_FOLDER = join(FOLDER, '../tlcp-front');
const FRONT = readFileSync(join(FRONT_FOLDER, 'onecard-front.service'), 'utf8');

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const of = (text: string, key: string) =>
  linesOf(text)
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

/** What the template gives an instance, as systemd puts it in. */
const environmentOf = (instance: number) =>
  Object.fromEntries(
    of(TEMPLATE, 'Environment').map((line) => {
      const [name = '', value = ''] = line.split('=');
      return [name, value.replaceAll('%i', String(instance)).replaceAll('%l', 'gate-house')];
    }),
  );

function settingsOf(instance: number) {
  const folder = temporaryFolder();
  const file = join(folder, 'gateway.json');
  const cluster = {
    name: 'city',
    keys_file: 'keys',
    store: { urls: ['rediss://valkey.example:6379'] },
  };
  writeFileSync(
    file,
    JSON.stringify({
      listen: { share_port: true },
      trust_file: 'trust.json',
      workers: { threads: 1 },
      cluster,
    }),
  );
  return loadSettings(file, environmentOf(instance));
}

test('each of several has a name, data and a port for operators of its own, and the port of gates in common', () => {
  const several = [1, 2, 9].map(settingsOf);
  for (const own of [
    several.map(({ gateway_id }) => gateway_id),
    several.map(({ data_dir }) => data_dir),
    several.map(({ admin }) => String(admin.port)),
  ]) {
    expect(new Set(own).size, String(own)).toBe(3);
  }
  expect(new Set(several.map(({ listen }) => listen.port)).size).toBe(1);
  expect(several[0]?.gateway_id).toBe('gate-house-1');
  // Made by systemd before the start, for its user alone.
  expect(of(TEMPLATE, 'StateDirectory').map((folder) => `/var/lib/${folder.replace('%i', '1')}`)).toEqual([
    several[0]?.data_dir,
  ]);
  expect(of(TEMPLATE, 'StateDirectoryMode')).toEqual(['0700']);
});

test('several are held as strictly as one', () => {
  const own = /^(Description|PartOf|Environment|EnvironmentFile|StateDirectory|WantedBy)=/;
  const held = (text: string) => linesOf(text).filter((line) => !own.test(line));
  expect(held(TEMPLATE)).toEqual(held(ONE));
  expect(held(ONE).length).toBeGreaterThan(30);
});

test('systemd gives a gateway longer to stop than it takes', () => {
  const { listen, limits, journal } = settingsOf(1);
  const stopMs = listen.leave_ms + limits.deadline_batch_ms + journal.flush_ms;
  for (const text of [ONE, TEMPLATE]) {
    expect(Number(of(text, 'TimeoutStopSec')[0]) * 1_000).toBeGreaterThanOrEqual(stopMs + 10_000);
  }
});

test('the front has longer to stop than it takes, and hands on to where a gateway listens by its defaults', () => {
  const example = JSON.parse(readFileSync(join(FRONT_FOLDER, 'front.example.json'), 'utf8')) as {
    readonly leave_ms?: number;
    readonly accept: readonly { readonly to: string }[];
    readonly connect: readonly { readonly listen: string }[];
  };
  const leaveMs = example.leave_ms ?? 5_000;
  expect(Number(of(FRONT, 'TimeoutStopSec')[0]) * 1_000).toBeGreaterThanOrEqual(leaveMs + 2_000);
  const platform = {
    root_file: 'root.json',
    token_file: 'token',
    url: `http://${example.connect[0]?.listen}`,
  };
  const { listen, admin } = parseSettings({ gateway_id: 'gw-1', platform, crypto: { profile: 'sm' } });
  const ports = [listen.port, adminPort(admin, listen.port)];
  expect(example.accept.map(({ to }) => to)).toEqual(ports.map((port) => `127.0.0.1:${port}`));
});

test('systemd finds nothing to hold against the units', (context) => {
  const folder = temporaryFolder();
  // It looks for the program too, which is installed elsewhere.
  const here = (text: string) =>
    text
      .replace(/^(ExecStart=)\S+/m, '$1/bin/true')
      .replace(/^(User|Group)=.*$/gm, '$1=root')
      .replace(/^Documentation=.*\n/m, '');
  writeFileSync(join(folder, 'onecard-gateway@.service'), here(TEMPLATE));
  writeFileSync(join(folder, 'onecard-gateway.service'), here(ONE));
  writeFileSync(join(folder, 'onecard-front.service'), here(FRONT));
  writeFileSync(join(folder, 'onecard-gateways.target'), unit('onecard-gateways.target'));
  const verify = (...units: string[]) =>
    spawnSync('systemd-analyze', ['verify', '--man=no', ...units.map((name) => join(folder, name))], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    });
  const { error, status, stdout, stderr } = verify(
    'onecard-gateway.service',
    'onecard-gateway@1.service',
    'onecard-front.service',
    'onecard-gateways.target',
  );
  if (error) return context.skip('systemd is not here');
  expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('onecard'))).toEqual([]);
  expect(status).toBe(0);
  // It sees what is wrong.
  writeFileSync(
    join(folder, 'onecard-gateway.service'),
    here(ONE).replace('KillMode=mixed', 'KillMode=mixt'),
  );
  expect(verify('onecard-gateway.service').stderr).toContain('mixt');
});
