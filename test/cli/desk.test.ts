/** `onecard desk`: keys, check, purge, rotation and compaction, on a register that is there; and beside a gateway that has it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings } from '../../config/load-settings.ts';
import { recipientFrom } from '../../crypto/sealing/recipient.ts';
import { sealFile } from '../../crypto/sealing/seal-file.ts';
import { lockFolder } from '../../gateway/storage/folder-lock.ts';
import { deskFolder } from '../../hotel/desk-folder.ts';
import { openAuditKey, readAuditKey } from '../../hotel/people/audit-key.ts';
import { openRegister } from '../../hotel/register/open-register.ts';
import { readKeyEncryptionKey } from '../../hotel/register/sealing/key-encryption-key.ts';
import { checkIn, marksOf } from '../composed/desk-register.rig.ts';
import { exportRecipient } from '../composed/export-recipient.rig.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { answer } from '../unit/hotel/register/answers.rig.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'onecard-desk-cli-'));
const [settings, key, next] = ['gateway.json', 'key', 'next-key'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const MARK = 'Zheng-Marked-Value';
let auditKey: Buffer;
const LIVES_ON = '2999-01-01';

function desk(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'desk', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
const at = (command: string, ...args: string[]) => desk(command, '--config', settings, ...args);
const write = (keyFile: string) =>
  writeFileSync(
    settings,
    JSON.stringify({
      ...{ gateway_id: 'gw-1', data_dir: 'data', trust_file: 'trust.json' },
      crypto: { profile: TEST_PROFILE },
      hotel: { hotel_id: 'harbour', key_file: keyFile },
    }),
  );

beforeAll(async () => {
  write('key');
  expect(desk('key', 'new', key)).toMatchObject({ status: 0 });
  const { hotel, data_dir: dataDir, crypto } = loadSettings(settings);
  if (hotel === undefined) throw new Error('there is a hotel');
  const kek = readKeyEncryptionKey(hotel.key_file, 'harbour', crypto.profile);
  const register = await openRegister(hotel, deskFolder(dataDir), kek);
  const many = Array.from({ length: 400 }, (_, i) =>
    answer(`old-${i}`, { purgeDay: '2020-01-01' }, MARK.repeat(20)),
  );
  await register.commit({ puts: [...many, answer('kept', { purgeDay: LIVES_ON })] });
  await checkIn(register, { name: 'leaves', state: 'checked_out', purgeDay: LIVES_ON });
  await checkIn(register, { name: 'sleeps', state: 'in_house', purgeDay: LIVES_ON });
  await register.close();
  auditKey = await openAuditKey(deskFolder(dataDir), kek);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a key is 32 bytes in hex for its owner alone, and never overwrites another', () => {
  expect(readFileSync(key, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  expect(statSync(key).mode & 0o777).toBe(0o600);
  const before = readFileSync(key, 'utf8');
  expect(desk('key', 'new', key)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('there already'),
  });
  expect(readFileSync(key, 'utf8')).toBe(before);
});

test('while a gateway has the folder, it says so, and how to go on', () => {
  const lock = lockFolder(join(folder, 'data'), 'gateway gw-1');
  const taken = at('purge', '--yes');
  lock.release();
  expect(taken).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/gateway gw-1.*POST \/v1\/register\/purge/s),
  });
});

const reason = ['--reason', 'request 17/2027'];

test('erases who asks for it', () => {
  expect(at('erase', 'g-nobody', ...reason)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no such guest'),
  });
  expect(at('erase', 'g-sleeps', ...reason)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('in the house'),
  });
  expect(at('erase', 'g-leaves', ...reason)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^g-leaves: 4 rows destroyed\n2999-01-01: the key with (?:SHA-256|SM3) [0-9a-f]{64} destroyed\n$/,
    ),
  });
});

test('exports who is left to its recipient alone', async () => {
  const recipient = await exportRecipient();
  const out = join(folder, 'register.jsonl.export');
  const keyFile = join(folder, 'auditor.key');
  const to = (given: string) => at('export', '--recipient', given, '--out', out, ...reason);
  expect(to('age1nobody')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(TEST_PROFILE === 'sm' ? /age1nobody cannot be read/ : /no recipient/),
  });
  const { pem } = recipient;
  const given = pem === null ? recipient.text : join(folder, 'auditor.pem');
  if (pem !== null) {
    writeFileSync(given, recipient.text);
    writeFileSync(keyFile, pem);
    expect(to(keyFile)).toMatchObject({ status: 2, stderr: expect.stringContaining('is no public key') });
  }
  expect(to(given)).toMatchObject({ status: 0, stdout: `3 rows are in ${out}\n` });
  const text = await recipient.open(readFileSync(out));
  expect(text).toContain(marksOf('sleeps')[0]);
  expect(text).not.toContain(marksOf('leaves')[0]);
});

test('an export that was sealed opens whole or not at all, in a new file', async () => {
  const parts = ['auditor.key', 'auditor.pem', 'whole.sealed', 'opened'].map((name) => join(folder, name));
  const [keyFile, publicFile, whole, opened] = parts as [string, string, string, string];
  const { text, pem } = await exportRecipient('sm');
  writeFileSync(publicFile, text);
  writeFileSync(keyFile, pem ?? '');
  const sealed: Buffer[] = [];
  for await (const part of sealFile([recipientFrom(text)], lines())) sealed.push(part);
  const open = (file: string, ownKey = keyFile) =>
    desk('open-export', file, '--key', ownKey, '--out', opened);
  const refused: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.concat(sealed.slice(0, -1)), /does not open/],
    [Buffer.from('age-encryption.org/v1\n'), /no file that was sealed/],
  ];
  for (const [file, said] of refused) {
    writeFileSync(whole, file);
    expect(open(whole)).toMatchObject({ status: 2, stderr: expect.stringMatching(said) });
    expect(existsSync(opened)).toBe(false);
  }
  writeFileSync(whole, Buffer.concat(sealed));
  expect(open(whole, publicFile)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('cannot be used'),
  });
  expect(open(join(folder, 'nowhere'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ENOENT'),
  });
  expect(existsSync(opened)).toBe(false);
  expect(open(whole)).toMatchObject({ status: 0, stdout: `${whole} is open in ${opened}\n` });
  expect(statSync(opened).mode & 0o777).toBe(0o600);
  expect(readFileSync(opened, 'utf8')).toBe('a line\n'.repeat(20_000));
  expect(open(whole)).toMatchObject({ status: 2, stderr: expect.stringContaining('EEXIST') });
  expect(existsSync(opened)).toBe(true);
});

async function* lines(): AsyncGenerator<Buffer> {
  for (let i = 0; i < 20_000; i += 1) yield Buffer.from('a line\n');
}

test('checks, purges, rotates and compacts', async () => {
  const late = at('check', '--json');
  expect(late.status).toBe(1);
  const overdue = [{ day: '2020-01-01', rows: 400 }];
  expect(JSON.parse(late.stdout)).toMatchObject({
    hotel_id: 'harbour',
    rows: { answer: 402, stay: 1 },
    overdue,
  });

  expect(at('purge')).toMatchObject({ status: 0, stdout: '2020-01-01: 400 rows would be destroyed\n' });
  expect(at('purge', '--until', '2998-01-01')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('after today'),
  });
  const purged = at('purge', '--yes', '--json');
  expect(JSON.parse(purged.stdout)).toEqual({
    ...overdue[0],
    keyDigest: {
      algorithm: TEST_PROFILE === 'sm' ? 'SM3' : 'SHA-256',
      hex: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
  expect(at('check')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/every row opens.*answer +2\n/s),
  });

  const size = () => statSync(join(folder, 'data/desk/register/data.mdb')).size;
  const before = size();
  expect(at('compact')).toMatchObject({ status: 0 });
  expect(size()).toBeLessThan(before / 2);
  expect(statSync(join(folder, 'data/desk/register/data.mdb')).mode & 0o777).toBe(0o600);

  expect(at('rotate-key', '--new-key', key)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('in use'),
  });
  desk('key', 'new', next);
  expect(at('rotate-key', '--new-key', next)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('destroy'),
  });
  expect(at('check')).toMatchObject({ status: 2, stderr: expect.stringContaining('hotel.key_file') });
  write('next-key');
  const nextKey = readKeyEncryptionKey(next, 'harbour', TEST_PROFILE);
  expect(await readAuditKey(deskFolder(join(folder, 'data')), nextKey)).toEqual(auditKey);
  expect(at('check')).toMatchObject({ status: 0, stdout: expect.stringMatching(/answer +2\n/) });
});
