/**
 * What is signed, sealed and hashed in profile `sm` is checked by implementations that are not ours, and theirs by ours, over
 * random lengths. `ONECARD_CROSS_CHECKS`: how many of each; 100 without it.
 */
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOf, macOf } from '../../crypto/digest.ts';
import { keyWrap } from '../../crypto/sealing/key-wrap.ts';
import { sealer } from '../../crypto/sealing/seal.ts';
import { JWS_ALGORITHM } from '../../crypto/signature/jose.ts';
import { verifyingKeyOf } from '../../crypto/signature/key-files.ts';
import { sm2Signature } from '../../crypto/signature/sm2-signature.ts';
import { isSigned } from '../../crypto/signature/verify.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { sm2Job } from '../../workers/engine/job.ts';
import { SM2_DEFAULT_ID, sm2Digest } from '../../workers/engine/sm2-digest.ts';
import { keyAt, many, some } from './given.rig.ts';
import { PEERS } from './peers.rig.ts';

/** IDs that are texts, as one peer has them: up to the longest that ENTL can say. */
const someId = () => Buffer.from(some(100).toString('hex').slice(0, randomInt(1, 200)) || 'i');
const DEFAULT_ID = Buffer.from(SM2_DEFAULT_ID);
const one = Buffer.of(1);

describe.each(PEERS)('$name', { timeout: 600_000 }, ({ ask }) => {
  test.skipIf(ask === undefined)('SM3 and HMAC-SM3', async () => {
    const messages = many(() => some(1_000));
    expect(
      await ask?.(
        'sm3',
        messages.map((each) => [each]),
      ),
    ).toEqual(messages.map((each) => digestOf('SM3', each)));
    const keyed = many(() => [randomBytes(randomInt(1, 100)), some(1_000)] as const);
    expect(await ask?.('hmac', keyed)).toEqual(keyed.map(([key, each]) => macOf('HMAC-SM3', key, each)));
  });

  test.skipIf(ask === undefined)('SM4 in counter mode', async () => {
    const given = many(() => [randomBytes(16), randomBytes(16), some(1_000)] as const);
    expect(await ask?.('ctr', given)).toEqual(
      given.map(([key, iv, data]) => createCipheriv('sm4-ctr', key, iv).update(data)),
    );
  });

  test.skipIf(ask === undefined)('seals: theirs open here, and ours there', async () => {
    const given = many(() => [randomBytes(32), randomBytes(16), some(1_000), some(100)] as const);
    const theirs = (await ask?.('seal', given)) ?? [];
    const opened = given.map(([key, , , associated], at) =>
      sealer('SM4-CTR-HMAC-SM3', key).open(theirs[at] ?? Buffer.alloc(0), associated),
    );
    expect(opened).toEqual(given.map(([, , plain]) => plain));
    const ours = given.map(
      ([key, , plain, associated]) =>
        [key, sealer('SM4-CTR-HMAC-SM3', key).seal(plain, associated), associated] as const,
    );
    expect(await ask?.('open', ours)).toEqual(given.map(([, , plain]) => plain));
  });

  test.skipIf(ask === undefined)('wrapped keys: theirs are ours, and unwrap here', async () => {
    const given = many(() => [randomBytes(32), randomBytes(8 * randomInt(2, 9))] as const);
    const theirs = (await ask?.('wrap', given)) ?? [];
    expect(theirs).toEqual(given.map(([kek, key]) => keyWrap('SM4-KW', kek).wrap(key)));
    const unwrapped = given.map(([kek], at) => keyWrap('SM4-KW', kek).unwrap(theirs[at] ?? Buffer.alloc(0)));
    expect(unwrapped).toEqual(given.map(([, key]) => key));
  });

  test.skipIf(ask === undefined)('SM2 of the default ID: ours verify there, theirs here', async () => {
    const messages = many(() => some(1_000));
    const ours = messages.map((message, at) => {
      const { publicKey, signing } = keyAt(at);
      return [publicKey, DEFAULT_ID, message, signing.sign(message)] as const;
    });
    expect(await ask?.('verify', ours)).toEqual(messages.map(() => one));
    const asked = messages.map(
      (message, at) => [keyAt(at).scalar, keyAt(at).publicKey, DEFAULT_ID, message] as const,
    );
    const theirs = (await ask?.('sign', asked)) ?? [];
    expect(theirs.map((each, at) => isSigned(keyAt(at).verifying, messages[at] as Buffer, each))).toEqual(
      messages.map(() => true),
    );
  });

  test.skipIf(ask === undefined)('SM2 of any ID: ours verify there, theirs here', async () => {
    const given = many(() => ({ id: someId(), message: some(1_000) }));
    const ours = given.map(({ id, message }, at) => {
      const { scalar, publicKey } = keyAt(at);
      return [publicKey, id, message, sm2Signature(scalar, sm2Digest(publicKey, id, message))] as const;
    });
    expect(await ask?.('verify', ours)).toEqual(given.map(() => one));
    const asked = given.map(
      ({ id, message }, at) => [keyAt(at).scalar, keyAt(at).publicKey, id, message] as const,
    );
    const theirs = (await ask?.('sign', asked)) ?? [];
    const jobs = given.map(({ id, message }, at) =>
      sm2Job(keyAt(at).publicKey, id, message, new Uint8Array(theirs[at] ?? [])),
    );
    expect([...chooseEngine().engine.verify(jobs)]).toEqual(given.map(() => 1));
  });

  test.skipIf(ask === undefined)(
    'another message or another key verifies neither there nor here',
    async () => {
      const messages = many(() => some(200));
      const others = messages.map((message, at) => {
        const signature = keyAt(at).signing.sign(message);
        return at % 2 === 0
          ? ([keyAt(at).publicKey, DEFAULT_ID, Buffer.concat([message, one]), signature] as const)
          : ([keyAt(at + 1).publicKey, DEFAULT_ID, message, signature] as const);
      });
      expect(await ask?.('verify', others)).toEqual(messages.map(() => Buffer.of(0)));
      const here = others.map(([key, , message, signature]) =>
        isSigned(verifyingKeyOf('SM2', key), message, signature),
      );
      expect(here).toEqual(messages.map(() => false));
    },
  );

  test.skipIf(ask === undefined)('JWS: ours are read there, theirs here', async () => {
    const payloads = many(() => Buffer.from(JSON.stringify({ jti: some(300).toString('base64url') })));
    const head = Buffer.from(JSON.stringify({ alg: JWS_ALGORITHM.SM2 })).toString('base64url');
    const ours = payloads.map((payload, at) => {
      const input = `${head}.${payload.toString('base64url')}`;
      const signature = keyAt(at).signing.sign(Buffer.from(input)).toString('base64url');
      return [keyAt(at).publicKey, Buffer.from(`${input}.${signature}`)] as const;
    });
    expect(await ask?.('jws-payload', ours)).toEqual(payloads);
    const asked = payloads.map((payload, at) => [keyAt(at).scalar, keyAt(at).publicKey, payload] as const);
    const theirs = (await ask?.('jws', asked)) ?? [];
    const read = theirs.map((compact, at) => {
      const end = compact.lastIndexOf(0x2e);
      const signature = Buffer.from(compact.subarray(end + 1).toString(), 'base64url');
      return isSigned(keyAt(at).verifying, compact.subarray(0, end), signature);
    });
    expect(read).toEqual(payloads.map(() => true));
  });
});
