/** A cipher machine by its library: the holder's program over a double of one (GM/T 0018), whose numbers are those of OpenSSL. */
import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { HolderElsewhere } from '../../crypto/holders/elsewhere.ts';
import type { HolderReach } from '../../crypto/holders/link.ts';
import { isSigned } from '../../crypto/signature/verify.ts';
import { type Had, holderProgram, passwordFile, scratchFolder, sdfLibrary } from './built.rig.ts';
import { RunningHolder } from './running-holder.rig.ts';

const BUILD_MS = 300_000;
const folder = scratchFolder();
const opened: HolderElsewhere[] = [];
const running: RunningHolder[] = [];
let program: Had;

beforeAll(() => {
  program = holderProgram();
}, BUILD_MS);
afterEach(async () => {
  delete process.env['SDF_DOUBLE_AWAY'];
  await Promise.all(opened.splice(0).map((holder) => holder.close()));
  await Promise.all(running.splice(0).map((holder) => holder.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ends the test where something is missing. */
function fileOf(had: Had, context: TestContext): string {
  return 'missing' in had ? context.skip(had.missing) : had.file;
}

/** What starts it, without a socket. */
function started(context: TestContext, more: readonly string[] = unlocked(), eccBytes: 32 | 64 = 64) {
  const library = fileOf(sdfLibrary(folder, eccBytes), context);
  return { program: fileOf(program, context), args: ['sdf', '--library', library, ...more] };
}

function holder(reach: HolderReach) {
  const made = new HolderElsewhere({
    ...{ kind: 'sdf', reach, deadlineMs: 20_000, failuresMax: 100, pauseMs: 1 },
    events: { answered: () => {}, failed: () => {} },
  });
  opened.push(made);
  return made;
}

async function listening(context: TestContext, more: readonly string[] = []): Promise<RunningHolder> {
  const { program: file, args } = started(context, [...unlocked(), ...more]);
  const one = await RunningHolder.start(file, args, join(folder, 'holder.sock'));
  running.push(one);
  return one;
}

const unlocked = () => ['--password-file', passwordFile(folder)];
const message = Buffer.from('what is signed', 'utf8');

describe('it signs with SM2', () => {
  test.for([32, 64] as const)('in structures of %i bytes a number', async (eccBytes, context) => {
    const key = await holder(started(context, unlocked(), eccBytes)).signingKey('3', 'SM2');
    for (let n = 0; n < 20; n += 1) {
      const each = randomBytes(1 + n * 37);
      expect(isSigned(key.publicKey, each, await key.sign(each))).toBe(true);
    }
  });

  test('with the same key after it was started anew', async (context) => {
    const reach = started(context);
    const first = await holder(reach).signingKey('3', 'SM2');
    const second = await holder(reach).signingKey('3', 'SM2');
    expect(second.publicKey).toEqual(first.publicKey);
    expect((await holder(reach).signingKey('4', 'SM2')).publicKey).not.toEqual(first.publicKey);
  });

  test('and with nothing else', async (context) => {
    const made = holder(started(context));
    await expect(made.signingKey('3', 'ES256')).rejects.toThrow(/signs with SM2 alone/);
    await expect(made.keyWrap('3', 'AES-256-KW')).rejects.toThrow(/wraps with SM4 alone/);
  });

  test.for(['0', '03', 'three', '9', '4294967296'])('but not under the index %s', async (label, context) => {
    const failing = holder(started(context)).signingKey(label, 'SM2');
    await expect(failing).rejects.toMatchObject({ name: 'CryptoError', code: 'unusable' });
  });
});

describe('it wraps with SM4', () => {
  test('what another process unwraps', async (context) => {
    const reach = started(context);
    const wrap = await holder(reach).keyWrap('2', 'SM4-KW');
    const secret = randomBytes(32);
    const [wrapped, again] = [await wrap.wrap(secret), await wrap.wrap(secret)];
    expect(again).not.toEqual(wrapped);
    const other = await holder(reach).keyWrap('2', 'SM4-KW');
    expect(await other.unwrap(wrapped)).toEqual(secret);
    const foreign = await holder(reach).keyWrap('1', 'SM4-KW');
    await expect(foreign.unwrap(wrapped)).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('what was changed anywhere, or cut, is unreadable', async (context) => {
    const wrap = await holder(started(context)).keyWrap('2', 'SM4-KW');
    const wrapped = await wrap.wrap(randomBytes(32));
    for (let at = 0; at < wrapped.length; at += 1) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      await expect(wrap.unwrap(changed), `${at}`).rejects.toMatchObject({ code: 'unreadable' });
    }
    for (const length of [1, 2, 18, 26, wrapped.length - 8, wrapped.length - 1]) {
      await expect(wrap.unwrap(wrapped.subarray(0, length))).rejects.toMatchObject({ code: 'unreadable' });
    }
  });

  test('not where the library has another number for SM4', async (context) => {
    const failing = holder(started(context, [...unlocked(), '--sm4-ecb-id', '8193'])).keyWrap('2', 'SM4-KW');
    await expect(failing).rejects.toThrow(/SDF_GenerateKeyWithKEK failed \(0x01000009\)/);
  });
});

describe('it says in a sentence what is wrong', () => {
  test('with the password', async (context) => {
    const file = passwordFile(folder, 'closed 99');
    const key = await holder(started(context, ['--password-file', file])).signingKey('3', 'SM2');
    await expect(key.sign(message)).rejects.toThrow(/SDF_GetPrivateKeyAccessRight failed \(0x01000007\)/);
    await expect(key.sign(message)).rejects.toThrow(/its password was refused, and is not tried again/);
    const without = await holder(started(context, [])).signingKey('3', 'SM2');
    await expect(without.sign(message)).rejects.toThrow(/SDF_InternalSign_ECC failed \(0x01000007\)/);
  });

  test('with a password that others may read', async (context) => {
    const file = passwordFile(folder);
    chmodSync(file, 0o640);
    const failing = holder(started(context, ['--password-file', file])).signingKey('3', 'SM2');
    await expect(failing).rejects.toThrow(
      `can be read or written by others than its owner: chmod 600 ${file}`,
    );
  });

  test('with the library', async (context) => {
    const reach = { program: fileOf(program, context), args: ['sdf', '--library', '/nowhere/libsdf.so'] };
    await expect(holder(reach).signingKey('3', 'SM2')).rejects.toThrow(/libsdf.so cannot be loaded/);
    const other = { program: reach.program, args: ['sdf', '--library', 'libc.so.6'] };
    await expect(holder(other).signingKey('3', 'SM2')).rejects.toThrow(
      /libc.so.6 has no function SDF_OpenDevice/,
    );
  });

  test('with the machine', async (context) => {
    process.env['SDF_DOUBLE_AWAY'] = '1';
    await expect(holder(started(context)).signingKey('3', 'SM2')).rejects.toThrow(
      /SDF_OpenDevice failed \(0x01000003\)/,
    );
  });
});

describe('on a socket', () => {
  test('it answers more than one who asks, and none but its own user may', async (context) => {
    const { socket } = await listening(context);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const keys = await Promise.all([1, 2, 3].map((n) => holder({ socket }).signingKey(`${n}`, 'SM2')));
    const signatures = await Promise.all(keys.map((key) => key.sign(message)));
    expect(keys.map((key, n) => isSigned(key.publicKey, message, signatures[n] as Buffer))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('its group may connect where that is said', async (context) => {
    const { socket } = await listening(context, ['--group-may-connect']);
    expect(statSync(socket).mode & 0o777).toBe(0o660);
  });

  test('whoever sends what is no request is answered so, and cut off; others are not', async (context) => {
    const { socket } = await listening(context);
    const key = await holder({ socket }).signingKey('3', 'SM2');
    for (const hex of ['00000005000000070500', '0000000800000001090303', '00000000', 'ffffffff']) {
      const ended = new Promise<string>((resolve) => {
        const stranger = connect(socket);
        let said = '';
        stranger.on('data', (chunk) => {
          said += chunk.toString('hex');
        });
        stranger.on('error', () => {});
        stranger.once('close', () => resolve(said));
        stranger.write(Buffer.from(hex, 'hex'));
        setTimeout(() => stranger.end(), 50);
      });
      expect(await ended, hex).toMatch(/^(.{16}01.*)?$/);
    }
    expect(isSigned(key.publicKey, message, await key.sign(message))).toBe(true);
  });

  test('killed and started anew, it goes on', async (context) => {
    const first = await listening(context);
    const key = await holder({ socket: first.socket }).signingKey('3', 'SM2');
    first.signal('SIGKILL');
    await first.stop();
    await expect(key.sign(message)).rejects.toMatchObject({ code: 'held_elsewhere' });
    await listening(context);
    await expect.poll(() => key.sign(message).then(() => 'signed', String)).toBe('signed');
  });
});
