/** Keys held by another process: what it answers, and what becomes of one that answers late, wrongly or not at all. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CryptoError } from '../../../../crypto/crypto-error.ts';
import { HolderElsewhere } from '../../../../crypto/holders/elsewhere.ts';
import type { HolderReach } from '../../../../crypto/holders/link.ts';
import { isSigned } from '../../../../crypto/signature/verify.ts';
import { HolderDouble, type Manner } from './holder-double.rig.ts';

let double: HolderDouble;
let opened: HolderElsewhere[];
let said: string[];
let answered: number;

beforeEach(async () => {
  [opened, said, answered] = [[], [], 0];
  double = new HolderDouble();
  await double.start();
});
afterEach(async () => {
  await Promise.all(opened.map((holder) => holder.close()));
  await double.stop();
});

function holder(
  options: { reach?: HolderReach; deadlineMs?: number; failuresMax?: number; pauseMs?: number } = {},
) {
  const {
    reach = { socket: double.socket },
    deadlineMs = 5_000,
    failuresMax = 100,
    pauseMs = 60_000,
  } = options;
  const made = new HolderElsewhere({
    ...{ kind: 'sdf', reach, deadlineMs, failuresMax, pauseMs },
    events: {
      answered: () => {
        answered += 1;
      },
      failed: (detail) => said.push(detail),
    },
  });
  opened.push(made);
  return made;
}

const message = Buffer.from('what is signed', 'utf8');
const heldElsewhere = { name: 'CryptoError', code: 'held_elsewhere' };

describe('a holder that works', () => {
  test.each(['Ed25519', 'ES256', 'SM2'] as const)('signs %s', async (algorithm) => {
    const key = await holder().signingKey('7', algorithm);
    expect(key.publicKey).toEqual(double.key('7', algorithm).publicKey);
    const signature = await key.sign(message);
    expect(isSigned(key.publicKey, message, signature)).toBe(true);
    expect([answered, said]).toEqual([2, []]);
  });

  test('wraps and unwraps, and was tried before it is used', async () => {
    const wrap = await holder().keyWrap('3', 'SM4-KW');
    expect(double.asked).toBe(2);
    const secret = randomBytes(32);
    const wrapped = await wrap.wrap(secret);
    expect(wrapped.includes(secret)).toBe(false);
    expect(await wrap.unwrap(wrapped)).toEqual(secret);
    wrapped[0] = (wrapped[0] ?? 0) ^ 1;
    await expect(wrap.unwrap(wrapped)).rejects.toMatchObject({ name: 'CryptoError', code: 'unreadable' });
  });

  test('answers many who ask at once, over one connection', async () => {
    const key = await holder().signingKey('7', 'SM2');
    const messages = Array.from({ length: 50 }, (_, n) => Buffer.from(`message ${n}`));
    const signatures = await Promise.all(messages.map((each) => key.sign(each)));
    expect(signatures.every((each, n) => isSigned(key.publicKey, messages[n] as Buffer, each))).toBe(true);
    expect(double.connections).toBe(1);
  });

  test('a key that is known is had while it is away', async () => {
    const { publicKey } = double.key('7', 'SM2');
    await double.kill();
    const key = holder().knownSigningKey('7', publicKey);
    await expect(key.sign(message)).rejects.toMatchObject(heldElsewhere);
    await double.start();
    expect(isSigned(publicKey, message, await key.sign(message))).toBe(true);
  });
});

describe('what is wrong with a key is said once, and not asked again', () => {
  test('there is none of that label', async () => {
    await expect(holder().signingKey('none', 'SM2')).rejects.toMatchObject({
      code: 'unusable',
      message: 'the key none, which is held elsewhere, cannot be used: it has no such key',
    });
    expect(double.asked).toBe(1);
  });

  test('it does not wrap so', async () => {
    await expect(holder().keyWrap('3', 'AES-256-KW')).rejects.toMatchObject({ code: 'unusable' });
  });

  test.each(['', 'x'.repeat(65)])('a label of %j', async (label) => {
    await expect(holder().signingKey(label, 'SM2')).rejects.toMatchObject({ code: 'unusable' });
  });
});

describe('a holder that does not', () => {
  const reasons: [Manner, RegExp][] = [
    ['silent', /said nothing for 40 ms/],
    ['late', /said nothing for 40 ms/],
    ['wrong', /signature is wrong/],
    ['failing', /error 0x01000003/],
    ['babbling', /no frame of the protocol/],
    ['foreign', /no answer to what was asked/],
  ];

  test.each(reasons)(
    '%s: is asked twice, then the operation has failed; and works again when it does',
    async (manner, why) => {
      const { publicKey } = double.key('7', 'SM2');
      const deadlineMs = /silent|late/.test(manner) ? 40 : 5_000;
      double.manner = manner;
      double.lateMs = 120;
      const error = await holder({ deadlineMs })
        .knownSigningKey('7', publicKey)
        .sign(message)
        .catch((each) => each);
      expect(error).toBeInstanceOf(CryptoError);
      expect(error).toMatchObject({ code: 'held_elsewhere', message: expect.stringMatching(why) });
      expect(error.message).toMatch(/^the holder of the key 7 \(sdf\): /);
      expect(said).toHaveLength(2);
      double.manner = 'well';
      const again = holder().knownSigningKey('7', publicKey);
      expect(isSigned(publicKey, message, await again.sign(message))).toBe(true);
    },
  );

  test('one attempt that fails is made good by the next', async () => {
    const key = await holder().signingKey('7', 'SM2');
    double.onceManner = 'babbling';
    expect(isSigned(key.publicKey, message, await key.sign(message))).toBe(true);
    expect(said).toEqual(['it sent no frame of the protocol']);
    expect([double.asked, double.connections]).toEqual([3, 2]);
  });

  test('is not asked for a while after so many in a row', async () => {
    const { publicKey } = double.key('7', 'SM2');
    const key = holder({ failuresMax: 2 }).knownSigningKey('7', publicKey);
    double.manner = 'failing';
    for (let n = 0; n < 2; n += 1) await expect(key.sign(message)).rejects.toMatchObject(heldElsewhere);
    double.manner = 'well';
    await expect(key.sign(message)).rejects.toThrow(/failed too often, and is asked again in \d+ ms/);
    expect(double.asked).toBe(4);
  });

  test('and is asked again when that is over', async () => {
    const { publicKey } = double.key('7', 'SM2');
    const key = holder({ failuresMax: 1, pauseMs: 1 }).knownSigningKey('7', publicKey);
    double.manner = 'failing';
    await expect(key.sign(message)).rejects.toMatchObject(heldElsewhere);
    double.manner = 'well';
    await expect
      .poll(() =>
        key.sign(message).then(
          () => 'signed',
          () => 'not',
        ),
      )
      .toBe('signed');
  });

  test('a program that ends says why, in a line', async () => {
    const script = 'process.stderr.write("no token\\n of that name\\u0007"); process.exit(1)';
    const reach = { program: process.execPath, args: ['-e', script] };
    const failing = holder({ reach }).signingKey('7', 'SM2');
    await expect(failing).rejects.toThrow(/\(sdf\): it ended: no token {2}of that name$/);
  });

  test('a program that is not there is named', async () => {
    const failing = holder({ reach: { program: '/nowhere/holder', args: [] } }).signingKey('7', 'SM2');
    await expect(failing).rejects.toThrow(/ENOENT/);
  });

  test('another program is no holder', async () => {
    const failing = holder({ reach: { program: '/bin/cat', args: [] } }).signingKey('7', 'SM2');
    await expect(failing).rejects.toMatchObject(heldElsewhere);
  });

  test('what waits when it is closed is told so', async () => {
    const made = holder();
    double.manner = 'silent';
    const failing = made.signingKey('7', 'SM2');
    await expect.poll(() => double.asked).toBe(1);
    const closing = made.close();
    await expect(failing).rejects.toMatchObject(heldElsewhere);
    await closing;
  });
});
