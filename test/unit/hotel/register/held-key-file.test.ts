/** A key-encryption key that a cipher machine wraps: its file, and what becomes of one that does not belong there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSettings } from '../../../../config/settings.ts';
import { newKeyFile, openKeyEncryptionKey } from '../../../../hotel/register/sealing/held-key-file.ts';
import { HolderDouble } from '../../crypto/holders/holder-double.rig.ts';

let folder: string;
let double: HolderDouble;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onecard-held-key-'));
  double = new HolderDouble();
  await double.start();
});
afterEach(async () => {
  await double.stop();
  rmSync(folder, { recursive: true });
});

const cryptoOf = (more: object) =>
  parseSettings({ gateway_id: 'gw-1', trust_file: 'trust.json', crypto: more }).crypto;
const inMachine = () =>
  cryptoOf({
    profile: 'sm',
    keys: { register: { holder: 'sdf', label: '2' } },
    sdf: { socket_file: double.socket },
  });
const inFile = () => cryptoOf({ profile: 'sm' });

function kept(text: string): string {
  const file = join(folder, 'register.key');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

test('is wrapped in its file, and the same whenever it is opened', async () => {
  const text = await newKeyFile(inMachine());
  expect(text).toMatch(/^wrapped SM4-KW [0-9a-f]{80}\n$/);
  const file = kept(text);
  const kek = await openKeyEncryptionKey(file, 'harbour', inMachine());
  const wrapped = await kek.wrap(Buffer.alloc(32, 9));
  const again = await openKeyEncryptionKey(file, 'harbour', inMachine());
  expect(again.check).toBe(kek.check);
  expect(await again.unwrap(wrapped, 'sm')).toEqual(Buffer.alloc(32, 9));
});

test('in the clear is refused where a machine is to hold it, but when it is about to be replaced', async () => {
  const file = kept(await newKeyFile(null));
  const why = {
    name: 'HotelError',
    code: 'unusable',
    message: expect.stringMatching(/holds no wrapped key/),
  };
  await expect(openKeyEncryptionKey(file, 'harbour', inMachine())).rejects.toMatchObject(why);
  const replaced = await openKeyEncryptionKey(file, 'harbour', inMachine(), true);
  expect(replaced.check).toBe((await openKeyEncryptionKey(file, 'harbour', inFile())).check);
});

test('that is wrapped needs who unwraps it', async () => {
  const file = kept(await newKeyFile(inMachine()));
  await expect(openKeyEncryptionKey(file, 'harbour', inFile())).rejects.toThrow(
    /crypto.keys.register says nothing of who unwraps it/,
  );
  await double.kill();
  await expect(openKeyEncryptionKey(file, 'harbour', inMachine())).rejects.toThrow(
    /^hotel.key_file: the holder of the key 2 \(sdf\): /,
  );
});

test.each([
  (text: string) => text.replace(/.\n$/, (end) => `${end[0] === '0' ? '1' : '0'}\n`),
  (text: string) => text.replace('SM4-KW', 'AES-256-KW'),
  (text: string) => text.replace('wrapped ', ''),
  (text: string) => text.slice(0, -3),
])('that was changed is refused: %s', async (change) => {
  const file = kept(change(await newKeyFile(inMachine())));
  await expect(openKeyEncryptionKey(file, 'harbour', inMachine())).rejects.toMatchObject({
    name: 'HotelError',
    code: 'unusable',
  });
});
