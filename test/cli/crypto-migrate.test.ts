/** `onecard crypto migrate`: what is left of the other profile, and the register sealed anew. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { lockFolder } from '../../gateway/storage/folder-lock.ts';
import { deskFolder } from '../../hotel/desk-folder.ts';
import { openRegister } from '../../hotel/register/open-register.ts';
import { readKeyEncryptionKey } from '../../hotel/register/sealing/key-encryption-key.ts';
import { answer } from '../unit/hotel/register/answers.rig.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'onecard-migrate-cli-'));
const settings = join(folder, 'gateway.json');
const ROWS = 120;

function onecard(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}
const migrate = (...args: string[]) => onecard('crypto', 'migrate', '--config', settings, ...args);
function write(profile: CryptoProfile, changing_over = true): void {
  const hotel = { hotel_id: 'harbour', key_file: 'key' };
  const crypto = { profile, changing_over };
  const all = { gateway_id: 'gw-1', data_dir: 'data', trust_file: 'trust.json', crypto, hotel };
  writeFileSync(settings, JSON.stringify(all));
}

async function withRegister<T>(
  act: (register: Awaited<ReturnType<typeof openRegister>>) => Promise<T>,
): Promise<T> {
  const { hotel, data_dir: dataDir, crypto } = loadSettings(settings);
  if (hotel === undefined) throw new Error('there is a hotel');
  const kek = readKeyEncryptionKey(hotel.key_file, 'harbour', crypto.profile);
  const register = await openRegister(hotel, deskFolder(dataDir), kek);
  try {
    return await act(register);
  } finally {
    await register.close();
  }
}

const enrol = (id: string, ...more: string[]) =>
  onecard(
    ...['device', 'enroll', '--config', settings, '--id', id, '--class', 'gate', '--scene', '29/entry'],
    ...['--generate', '--private-key-out', join(folder, `${id}-${more.length}.jwk`), ...more],
  );

beforeAll(async () => {
  write('international');
  expect(onecard('desk', 'key', 'new', join(folder, 'key'))).toMatchObject({ status: 0 });
  const puts = Array.from({ length: ROWS }, (_, i) => answer(`old-${i}`, { purgeDay: '2999-01-01' }));
  await withRegister((register) => register.commit({ puts }));
  expect(enrol('gate-1')).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('nothing is left before a change', () => {
  expect(migrate()).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^changing to international:/),
  });
});

test('devices and rows of the other profile are counted, with how each ends, and status 1', () => {
  write('sm');
  const { status, stdout } = migrate();
  expect(stdout).toMatch(/^ {2}devices +1 enrolled with a key of the other profile \(gate-1\): .*--replace/m);
  expect(stdout).toMatch(new RegExp(`^  register +${ROWS} rows: onecard crypto migrate --run$`, 'm'));
  expect(stdout).toContain('leave crypto.changing_over true');
  expect(status).toBe(1);
});

test('a change that takes nothing of before says who is refused', () => {
  write('sm', false);
  expect(migrate().stdout).toContain('crypto.changing_over is not true: these devices are refused');
  write('sm');
});

test('while a gateway has the folder, the rest is said, and the register is not looked at', () => {
  const lock = lockFolder(join(folder, 'data'), 'gateway gw-1');
  const [seen, run] = [migrate(), migrate('--run')];
  lock.release();
  expect(seen).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^ {2}register +not looked at: .*gw-1/m),
  });
  expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining('gw-1') });
});

test('--run seals the register anew: every row is there, and its key of before destroyed', async () => {
  const { status, stdout } = migrate('--run');
  expect(stdout).toMatch(/^2999-01-01: rows sealed anew; the key with SHA-256 [0-9a-f]{64} destroyed$/m);
  expect(stdout).toMatch(/^ {2}register +none left$/m);
  expect(status).toBe(1);
  await withRegister(async (register) => {
    expect(await register.ofOtherProfile()).toEqual({ keys: 0, rows: 0, isWrapped: false });
    expect((await register.scan('answer', null, ROWS + 1)).rows).toHaveLength(ROWS);
  });
});

test('and with the last device nothing is left', () => {
  expect(enrol('gate-1', '--replace')).toMatchObject({ status: 0 });
  expect(migrate()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('set crypto.changing_over to false'),
  });
});

test('the folder alone is held to sm; --run wants settings', () => {
  const data = join(folder, 'data');
  expect(onecard('crypto', 'migrate', '--data', data).stdout).toMatch(/^changing to sm:/);
  expect(onecard('crypto', 'migrate', '--data', data, '--run')).toMatchObject({ status: 2 });
});
