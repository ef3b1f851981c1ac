/** Known answers notice an algorithm that the library under it gets wrong. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { ALGORITHMS, type Algorithm } from '../../../../crypto/algorithms.ts';
import { assertKnownAnswers } from '../../../../crypto/self-test/known-answer.ts';
import { answersAtStart } from '../../../../crypto/self-test/start.ts';
import { loadAddon } from '../../../../native/index.ts';

const { hash, createHash, createHmac, createCipheriv, createDecipheriv, randomBytes, verify } = crypto;
const library = { hash, createHash, createHmac, createCipheriv, createDecipheriv, randomBytes, verify };
const put = (over: object) => {
  Object.assign(crypto, over);
  syncBuiltinESMExports();
};
afterEach(() => put(library));

const flipped = (bytes: Buffer) => {
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes;
};

/** Whatever of one name the library makes has a bit turned over. */
function wrongHash(name: string) {
  return {
    hash: (algorithm: string, data: Buffer, encoding: 'buffer') => {
      const digest = createHash(algorithm).update(data).digest();
      const given = algorithm === name ? flipped(digest) : digest;
      return encoding === 'buffer' ? given : given.toString(encoding);
    },
  };
}
function wrongHmac(name: string) {
  return {
    createHmac: (algorithm: string, key: Buffer) => {
      const hmac = library.createHmac(algorithm, key);
      const digest = hmac.digest.bind(hmac);
      return Object.assign(hmac, { digest: () => (algorithm === name ? flipped(digest()) : digest()) });
    },
  };
}
function wrongCipher(method: 'createCipheriv' | 'createDecipheriv', name: string) {
  return {
    [method]: (algorithm: string, ...rest: unknown[]) => {
      const cipher = (library[method] as (...given: unknown[]) => crypto.Cipher)(algorithm, ...rest);
      const update = cipher.update.bind(cipher);
      return Object.assign(cipher, {
        update: (data: Buffer) => (algorithm === name ? flipped(update(data)) : update(data)),
      });
    },
  };
}
/** Takes any signature of one digest. */
const credulous = (name: string | null) => ({
  verify: (algorithm: string | null, ...rest: unknown[]) =>
    algorithm === name || (library.verify as (...given: unknown[]) => boolean)(algorithm, ...rest),
});

const { addon } = loadAddon();
const SM = answersAtStart('sm', true);

test('all algorithms of a profile have known answers, and a gateway asks for those it makes or reads', () => {
  const asked = (answers: typeof SM) => new Set<string>(answers.map(({ algorithm }) => algorithm));
  // What is a front's has its own tests there; a sealed file is made of others that have answers, or by a package.
  const kinds = ['digest', 'mac', 'signature', 'seal', 'wrap', 'encryption', 'password'];
  const of = (profile: string) =>
    (Object.keys(ALGORITHMS) as Algorithm[]).filter(
      (each) => ALGORITHMS[each].profile === profile && kinds.includes(ALGORITHMS[each].kind),
    );
  const ofSm = asked(SM);
  // Argon2id under a MAC is both of its parts.
  const made = [...of('international'), ...of('sm')].filter((each) => each !== 'HMAC-SM3-Argon2id');
  expect(made.filter((each) => !ofSm.has(each))).toEqual([]);
  expect([...asked(answersAtStart('international', true))].sort()).toEqual(of('international').sort());
});

test('the library of this process knows them all', async () => {
  await expect(assertKnownAnswers(SM)).resolves.toBeUndefined();
});

describe('a library that is wrong in', () => {
  const faults: readonly (readonly [string, object])[] = [
    ['SHA-256', wrongHash('sha256')],
    ['HMAC-SHA-256', wrongHmac('sha256')],
    ['Ed25519', credulous(null)],
    ['ES256', credulous('sha256')],
    ['AES-256-GCM', wrongCipher('createDecipheriv', 'aes-256-gcm')],
    ['AES-256-KW', wrongCipher('createCipheriv', 'id-aes256-wrap')],
    ['SM3', wrongHash('sm3')],
    ['HMAC-SM3', wrongHmac('sm3')],
    ['SM4', wrongCipher('createCipheriv', 'sm4-ecb')],
    // The engine's, where it is there.
    ...(addon === null ? [['SM4-CTR-HMAC-SM3', wrongCipher('createDecipheriv', 'sm4-ctr')] as const] : []),
  ];
  test.each(faults)('%s is told by that name', async (algorithm, over) => {
    put(over);
    const said = { code: 'self_test', message: expect.stringMatching(new RegExp(`^${algorithm} gives `)) };
    await expect(assertKnownAnswers(SM)).rejects.toMatchObject(said);
  });

  test.skipIf(addon === null)('SM4-CTR-HMAC-SM3, which is the engine', async () => {
    const engine = addon as NonNullable<typeof addon>;
    const { open } = engine;
    onTestFinished(() => void Object.assign(engine, { open }));
    const wrong: typeof open = (ready, associated, sealed, plain) => {
      const isOpened = open(ready, associated, sealed, plain);
      flipped(plain as Buffer);
      return isOpened;
    };
    Object.assign(engine, { open: wrong });
    await expect(assertKnownAnswers(SM)).rejects.toThrow(/^SM4-CTR-HMAC-SM3 gives another/);
  });

  test('SM2, whose numbers of nonces repeat', async () => {
    const answers = SM.filter(({ algorithm }) => algorithm === 'SM2');
    put({ randomBytes: (count: number) => Buffer.alloc(count, 7) });
    await expect(assertKnownAnswers(answers)).rejects.toThrow(/^SM2 gives another/);
  });
});
