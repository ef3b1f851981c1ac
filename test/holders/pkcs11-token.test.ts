/** A token by its module: the holder's program over SoftHSM, which is Debian's. */
import { createDecipheriv, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { HolderElsewhere } from '../../crypto/holders/elsewhere.ts';
import { isSigned } from '../../crypto/signature/verify.ts';
import {
  type Had,
  holderProgram,
  makeTokenKey,
  pinFile,
  scratchFolder,
  softhsmToken,
  TOKEN,
} from './built.rig.ts';

const BUILD_MS = 300_000;
const folder = scratchFolder();
const opened: HolderElsewhere[] = [];
const said: string[] = [];
let program: Had;
let module: Had;
let hasKeys = false;

beforeAll(() => {
  [program, module] = [holderProgram(), softhsmToken(folder)];
  if ('missing' in module) return;
  hasKeys = (
    [
      ['checkpoints', 'EC:edwards25519'],
      ['receipts', 'EC:prime256v1'],
      ['register', 'AES:32'],
      ['short', 'AES:16'],
      ['other', 'AES:32'],
      ['twice', 'EC:prime256v1'],
      ['twice', 'EC:prime256v1'],
    ] as const
  ).every(([label, kind]) => makeTokenKey(label, kind));
}, BUILD_MS);
afterEach(async () => {
  said.length = 0;
  await Promise.all(opened.splice(0).map((holder) => holder.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function token(context: TestContext, { label = TOKEN, pin = pinFile(folder) } = {}): HolderElsewhere {
  for (const had of [program, module]) if ('missing' in had) context.skip(had.missing);
  if (!hasKeys) context.skip('pkcs11-tool is not here (opensc)');
  const [file, library] = [program, module].map((had) => ('file' in had ? had.file : ''));
  const args = ['pkcs11', '--module', library ?? '', '--token', label, '--pin-file', pin];
  const holder = new HolderElsewhere({
    ...{ kind: 'pkcs11', reach: { program: file ?? '', args }, deadlineMs: 20_000 },
    ...{
      failuresMax: 100,
      pauseMs: 1,
      events: { answered: () => {}, failed: (detail) => said.push(detail) },
    },
  });
  opened.push(holder);
  return holder;
}

describe('it signs', () => {
  test.for([
    ['checkpoints', 'Ed25519'],
    ['receipts', 'ES256'],
  ] as const)('%s with %s', async ([label, algorithm], context) => {
    const key = await token(context).signingKey(label, algorithm);
    for (let n = 0; n < 20; n += 1) {
      const message = randomBytes(1 + n * 211);
      expect(isSigned(key.publicKey, message, await key.sign(message))).toBe(true);
    }
  });

  test('not with SM2, which PKCS#11 does not know', async (context) => {
    await expect(token(context).signingKey('receipts', 'SM2')).rejects.toThrow(/PKCS#11 knows no SM2/);
  });

  test('not with a key of another kind, or none, or two', async (context) => {
    const holder = token(context);
    await expect(holder.signingKey('receipts', 'Ed25519')).rejects.toThrow(/no key receipts of that kind/);
    await expect(holder.signingKey('nothing', 'ES256')).rejects.toThrow(/no key nothing of that kind/);
    await expect(holder.signingKey('twice', 'ES256')).rejects.toThrow(/more than one key twice/);
  });
});

describe('it wraps', () => {
  test('with AES-256 what it unwraps, in 40 bytes', async (context) => {
    const wrap = await token(context).keyWrap('register', 'AES-256-KW');
    const secret = randomBytes(32);
    const wrapped = await wrap.wrap(secret);
    expect(wrapped).toHaveLength(40);
    expect(await wrap.unwrap(wrapped)).toEqual(secret);
    // None but the token has the key: whatever else opens it would have to guess.
    const decipher = createDecipheriv('id-aes256-wrap', Buffer.alloc(32), Buffer.alloc(8, 0xa6));
    expect(() => Buffer.concat([decipher.update(wrapped), decipher.final()])).toThrow();
  });

  test('and not what was changed, cut, or wrapped under another key', async (context) => {
    const holder = token(context);
    const wrap = await holder.keyWrap('register', 'AES-256-KW');
    const wrapped = await wrap.wrap(randomBytes(32));
    const changed = Buffer.from(wrapped);
    changed[20] = (changed[20] ?? 0) ^ 1;
    const other = await holder.keyWrap('other', 'AES-256-KW');
    for (const [by, bytes] of [
      [wrap, changed],
      [wrap, wrapped.subarray(0, 32)],
      [wrap, wrapped.subarray(0, 7)],
      [other, wrapped],
    ] as const) {
      await expect(by.unwrap(bytes)).rejects.toMatchObject({ name: 'CryptoError', code: 'unreadable' });
    }
    expect(await wrap.unwrap(wrapped)).toHaveLength(32);
  });

  test('not with SM4, nor with a shorter key', async (context) => {
    const holder = token(context);
    await expect(holder.keyWrap('register', 'SM4-KW')).rejects.toThrow(/PKCS#11 knows no SM4/);
    await expect(holder.keyWrap('short', 'AES-256-KW')).rejects.toThrow(
      /short has 16 bytes, and AES-256 needs 32/,
    );
  });
});

describe('it says in a sentence what is wrong', () => {
  test('with the token', async (context) => {
    const failing = token(context, { label: 'elsewhere' }).signingKey('receipts', 'ES256');
    await expect(failing).rejects.toThrow(/the module knows no token elsewhere$/);
  });

  test('with the PIN, without the PIN, and gives it once', async (context) => {
    const holder = token(context, { pin: pinFile(folder, '999999') });
    const why =
      /the PIN of the token onecard is wrong: each further try may lock it; it is not started again$/;
    await expect(holder.signingKey('receipts', 'ES256')).rejects.toThrow(why);
    expect(said).toHaveLength(1);
    await expect(holder.signingKey('receipts', 'ES256')).rejects.toThrow(why);
    expect(said).toHaveLength(1);
  });
});
