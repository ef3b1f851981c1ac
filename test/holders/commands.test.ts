/** `onecard crypto holders` and `onecard config check`, with keys in a cipher machine and in a token. */
import { execFile } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { MAIN } from '../system/gateway-under-test.rig.ts';
import {
  type Had,
  holderProgram,
  makeTokenKey,
  passwordFile,
  pinFile,
  scratchFolder,
  sdfLibrary,
  softhsmToken,
  TOKEN,
} from './built.rig.ts';

const BUILD_MS = 300_000;
const folder = scratchFolder();
let program: Had;

beforeAll(() => {
  program = holderProgram();
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (had: Had, context: TestContext) => ('missing' in had ? context.skip(had.missing) : had.file);

function settingsFile(name: string, crypto: object): string {
  const file = join(folder, `${name}.json`);
  const trust = join(folder, 'trust.json');
  writeFileSync(trust, JSON.stringify({ anchors: [] }));
  const data_dir = join(folder, 'data');
  writeFileSync(file, JSON.stringify({ gateway_id: 'gw-1', data_dir, trust_file: 'trust.json', crypto }));
  return file;
}

function onecard(...args: string[]): Promise<{ status: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, out, err) =>
      resolve({ status: error === null ? 0 : Number(error.code), said: `${out}${err}` }),
    );
  });
}

function inMachine(context: TestContext, password_file = passwordFile(folder), label = '3') {
  const place = { holder: 'sdf', label };
  const sdf = {
    program_file: fileOf(program, context),
    library_file: fileOf(sdfLibrary(folder), context),
    password_file,
  };
  const keys = {
    checkpoint: place,
    register: { ...place, label: '2' },
    receipt: { ...place, label: '4' },
    deadline_ms: 20_000,
  };
  return { profile: 'sm', keys, sdf };
}

test('a cipher machine: each key is used, and measured', async (context) => {
  const config = settingsFile('machine', inMachine(context));
  const shown = await onecard('crypto', 'holders', '--config', config);
  expect(shown).toEqual({
    status: 0,
    said: expect.stringMatching(
      /^checkpoint +sdf 3 +SM2 +answers\nregister +sdf 2 +SM4-KW +answers\nreceipt +sdf 4 +SM2 +answers\n$/,
    ),
  });
  const measured = await onecard('crypto', 'holders', '--config', config, '--measure', '1', '--json');
  const { holders } = JSON.parse(measured.said);
  for (const { measured: figures } of holders) {
    expect(figures).toEqual({
      per_s: expect.any(Number),
      p50_ms: expect.any(Number),
      p99_ms: expect.any(Number),
    });
    expect(figures.per_s).toBeGreaterThan(0);
  }
});

test('a token: each key is used', async (context) => {
  const module_file = fileOf(softhsmToken(folder), context);
  if (!makeTokenKey('checkpoints', 'EC:edwards25519')) context.skip('pkcs11-tool is not here (opensc)');
  const config = settingsFile('token', {
    keys: { checkpoint: { holder: 'pkcs11', label: 'checkpoints' }, deadline_ms: 20_000 },
    pkcs11: {
      program_file: fileOf(program, context),
      module_file,
      token_label: TOKEN,
      pin_file: pinFile(folder),
    },
  });
  const { status, said } = await onecard('crypto', 'holders', '--config', config);
  expect(said).toMatch(
    /^checkpoint +pkcs11 checkpoints +Ed25519 +answers\nregister +file +AES-256-KW +in the data folder\nreceipt +file +ES256 +in the data folder\n$/,
  );
  expect(status).toBe(0);
});

test('one that cannot be used is told, and the status says so', async (context) => {
  const config = settingsFile('refused', inMachine(context, passwordFile(folder, 'wrong')));
  const { status, said } = await onecard('crypto', 'holders', '--config', config);
  expect(said).toMatch(/^checkpoint +sdf 3 +SM2 +the key 3, which is held elsewhere, cannot be used: SDF_/);
  expect(status).toBe(2);
});

test('config check looks for them too', async (context) => {
  const well = await onecard('config', 'check', '--config', settingsFile('well', inMachine(context)));
  expect(well.said).toContain('the checkpoint key in sdf, the register key in sdf, the receipt key in sdf');
  const none = settingsFile('none', inMachine(context, passwordFile(folder), '9'));
  expect(await onecard('config', 'check', '--config', none)).toEqual({
    status: 2,
    said: expect.stringContaining(
      'crypto.keys.checkpoint: the key 9, which is held elsewhere, cannot be used',
    ),
  });
  const open = passwordFile(folder);
  chmodSync(open, 0o644);
  const told = await onecard('config', 'check', '--config', settingsFile('open', inMachine(context, open)));
  expect(told).toEqual({ status: 2, said: expect.stringContaining(`chmod 600 ${open}`) });
});
