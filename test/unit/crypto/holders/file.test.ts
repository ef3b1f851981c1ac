/** Keys in files, behind the port that keys held elsewhere are behind too. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FileHolder } from '../../../../crypto/holders/file.ts';
import { makeSigningKey } from '../../../../crypto/signature/key-files.ts';
import { isSigned } from '../../../../crypto/signature/verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-file-holder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const holder = new FileHolder();
const message = Buffer.from('what is signed');
let files = 0;

function fileOf(content: string): string {
  files += 1;
  const file = join(folder, `key-${files}`);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

test.each(['Ed25519', 'ES256', 'SM2'] as const)('a key of %s signs', async (algorithm) => {
  const made = makeSigningKey(algorithm);
  const file = fileOf(made.toPem());
  const key = await holder.signingKey(file, algorithm);
  expect(key.publicKey).toEqual(made.publicKey);
  expect(isSigned(key.publicKey, message, await key.sign(message))).toBe(true);
  const other = algorithm === 'SM2' ? 'ES256' : 'SM2';
  await expect(holder.signingKey(file, other)).rejects.toMatchObject({ code: 'unusable' });
});

test('a file that holds another key than the known one is told', () => {
  const file = fileOf(makeSigningKey('SM2').toPem());
  const { publicKey } = makeSigningKey('SM2');
  expect(() => holder.knownSigningKey(file, publicKey)).toThrow(`${file} holds another key`);
});

test.each(['AES-256-KW', 'SM4-KW'] as const)('a key wraps with %s', async (algorithm) => {
  const wrap = await holder.keyWrap(fileOf(`${'5a'.repeat(32)}\n`), algorithm);
  const secret = Buffer.alloc(32, 7);
  expect(await wrap.unwrap(await wrap.wrap(secret))).toEqual(secret);
});

test.each(['', 'no key', '00'.repeat(31)])(
  'what is no key is said without what the file holds: %j',
  async (content) => {
    const file = fileOf(content);
    await expect(holder.signingKey(file, 'SM2')).rejects.toMatchObject({ code: 'unusable' });
    await expect(holder.keyWrap(file, 'SM4-KW')).rejects.toThrow(
      `${file} must hold 32 bytes in hex and nothing else`,
    );
    await expect(holder.signingKey(join(folder, 'gone'), 'SM2')).rejects.toMatchObject({ code: 'unusable' });
  },
);
