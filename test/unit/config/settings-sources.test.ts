/** Settings from a file and from the environment: what wins, what is said of mistakes, and what an editor is told. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { loadSettings, readSettings } from '../../../config/load-settings.ts';
import { settingLeaves } from '../../../config/setting-leaves.ts';
import { SettingsError, SettingsSchema } from '../../../config/settings.ts';
import { settingsPage, settingsSchemaDocument } from '../../../config/settings-schema.ts';
import { temporaryFolder } from '../gateway/journal/temporary-folder.rig.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'cli/main.ts');
const SMALL = { gateway_id: 'gw-1', trust_file: 'trust.json' };

describe('the environment', () => {
  test('goes before the file, and reaches every setting by its name', () => {
    const file = settingsFile({ ...SMALL, limits: { queue_gate: 512, queue_desk: 600 } });
    const { settings, origin } = readSettings(file, {
      ONECARD_LIMITS__QUEUE_GATE: '4096',
      ONECARD_PLATFORM__URL: 'https://platform.test',
      ONECARD_PLATFORM__ROOT_FILE: '/etc/root.json',
      ONECARD_PLATFORM__TOKEN_FILE: '/etc/token',
      ONECARD_LOG__LEVEL: 'warn',
      ONECARD_PLATFORM__EXPOSE_TOKEN_AND_JOURNAL_BY_PLAIN_HTTP: 'true',
    });
    expect(settings.limits).toMatchObject({ queue_gate: 4_096, queue_desk: 600 });
    expect(settings.platform).toMatchObject({
      url: 'https://platform.test',
      token_file: '/etc/token',
      expose_token_and_journal_by_plain_http: true,
    });
    expect(settings.log.level).toBe('warn');
    expect(origin(['limits', 'queue_gate'])).toBe('ONECARD_LIMITS__QUEUE_GATE');
    expect(origin(['limits', 'queue_desk'])).toBe(file);
    expect(origin(['limits', 'queue_batch'])).toBeNull();
  });

  test('alone is enough: its paths are relative to the working directory', () => {
    const settings = loadSettings(undefined, {
      ONECARD_GATEWAY_ID: 'gw-2',
      ONECARD_TRUST_FILE: 'trust.json',
    });
    expect(settings).toMatchObject({ gateway_id: 'gw-2', trust_file: resolve('trust.json') });
  });

  test('paths in the file stay relative to the file, also those that environment leaves alone', () => {
    const file = settingsFile({ ...SMALL, listen: { tls: { cert_file: 'a.pem', key_file: '/b.pem' } } });
    const { settings } = readSettings(file, { ONECARD_TRUST_FILE: 'elsewhere.json' });
    const folder = resolve(file, '..');
    expect(settings.listen.tls).toEqual({ cert_file: join(folder, 'a.pem'), key_file: '/b.pem' });
    expect(settings.data_dir).toBe(join(folder, 'data'));
    expect(settings.trust_file).toBe(resolve('elsewhere.json'));
  });

  test("an orchestrator's own variables are none of ours", () => {
    const environment = { ONECARD_SERVICE_HOST: '10.0.0.1', ONECARD_PORT_8790_TCP: 'tcp://10.0.0.1:8790' };
    expect(loadSettings(settingsFile(SMALL), environment).gateway_id).toBe('gw-1');
  });

  test('every setting has a variable of its own', () => {
    const variables = settingLeaves(SettingsSchema).map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables).toContain('ONECARD_LISTEN__TLS__KEY_FILE');
  });
});

describe('a mistake is told with where it is, what is allowed and the nearest name', () => {
  const cases: [string, object, Record<string, string>, string][] = [
    [
      'an unknown name',
      { limits: { queue_gat: 1 } },
      {},
      'FILE: limits.queue_gat: there is no such setting; did you mean queue_gate?',
    ],
    [
      'out of range',
      { limits: { queue_gate: 0 } },
      {},
      'FILE: limits.queue_gate must be a whole number from 1 to 100000000, and is 0',
    ],
    [
      'not one of a few',
      { log: { level: 'loud' } },
      {},
      'FILE: log.level must be one of debug, info, warn, error, silent, and is "loud"',
    ],
    ['no object', { limits: 7 }, {}, 'FILE: limits must be an object, and is 7'],
    [
      'missing',
      { platform: { url: 'https://a.test', root_file: 'r' } },
      {},
      'FILE: platform.token_file is missing: text that is not empty',
    ],
    [
      'no number in the environment',
      {},
      { ONECARD_WORKERS__THREADS: 'two' },
      'ONECARD_WORKERS__THREADS: workers.threads must be a whole number from 0 to 256, and is "two"',
    ],
    [
      'no truth value',
      {},
      { ONECARD_PLATFORM__EXPOSE_TOKEN_AND_JOURNAL_BY_PLAIN_HTTP: 'yes' },
      'must be true or false, and is "yes"',
    ],
    [
      'empty',
      {},
      { ONECARD_LISTEN__HOST: '' },
      'ONECARD_LISTEN__HOST: listen.host must be text that is not empty, and is ""',
    ],
    [
      'no such variable',
      {},
      { ONECARD_LIMITS__QUEUE_GAT: '1' },
      'ONECARD_LIMITS__QUEUE_GAT: there is no such setting; did you mean ONECARD_LIMITS__QUEUE_GATE?',
    ],
    ['a name of every object', { constructor: 1 }, {}, 'FILE: constructor: there is no such setting'],
  ];
  test.each(cases)('%s', (_, over, environment, expected) => {
    const file = settingsFile({ ...SMALL, ...over });
    const attempt = () => loadSettings(file, environment);
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(expected.replace('FILE', file));
  });
});

describe('what is made from the schema', () => {
  test('pages and schema in docs are those of the code', () => {
    expect(readFileSync(join(ROOT, 'docs/settings.md'), 'utf8')).toBe(settingsPage());
    const saved = readFileSync(join(ROOT, 'docs/settings.schema.json'), 'utf8');
    expect(saved).toBe(`${JSON.stringify(settingsSchemaDocument(), null, 2)}\n`);
  });

  test("an editor's validator takes a small file with $schema, and refuses what the gateway refuses", () => {
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(settingsSchemaDocument());
    expect(validate({ $schema: './settings.schema.json', ...SMALL })).toBe(true);
    expect(validate({ ...SMALL, limits: { queue_gat: 1 } })).toBe(false);
    expect(validate({ ...SMALL, limits: { queue_gate: 0 } })).toBe(false);
    expect(validate({ ...SMALL, log: { level: 'loud' } })).toBe(false);
    expect(validate({ trust_file: 'trust.json' })).toBe(false);
    expect(loadSettings(settingsFile({ $schema: './settings.schema.json', ...SMALL }), {}).gateway_id).toBe(
      'gw-1',
    );
  });
});

describe('onecard config', () => {
  const config = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, [MAIN, 'config', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });

  test('show: what was given, and by whom; --all and --json: everything', () => {
    const file = settingsFile({ ...SMALL, limits: { queue_gate: 512 } });
    const shown = config(['show', '--config', file], { ONECARD_LOG__LEVEL: 'error' });
    expect(shown.stdout).toContain(`limits.queue_gate  512  (${file})`);
    expect(shown.stdout).toMatch(/log\.level\s+"error" {2}\(ONECARD_LOG__LEVEL\)/);
    expect(shown.stdout).not.toContain('(default)');
    expect(config(['show', '--config', file, '--all']).stdout).toMatch(
      /limits\.queue_desk\s+2048 {2}\(default\)/,
    );
    const json = JSON.parse(config(['show', '--config', file, '--json']).stdout) as unknown;
    expect(json).toEqual(loadSettings(file, {}));
  });

  test('check: a file that names what is not there cannot be used, status 2', () => {
    const { status, stderr } = config(['check', '--config', settingsFile(SMALL)]);
    expect(status).toBe(2);
    expect(stderr).toContain('trust.json');
  });

  test('schema: what an editor is given', () => {
    expect(JSON.parse(config(['schema']).stdout)).toEqual(
      JSON.parse(JSON.stringify(settingsSchemaDocument())),
    );
  });
});

function settingsFile(settings: object): string {
  const file = join(temporaryFolder(), 'gateway.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}
