/**
 * What is encrypted with SM2 and sealed for recipients of SM2 is opened by implementations that are not ours, and theirs by ours.
 * They know the format of files by its description (docs/privacy.md).
 */
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openFile } from '../../crypto/sealing/open-file.ts';
import { keyIdOf } from '../../crypto/sealing/recipient.ts';
import { sealFile } from '../../crypto/sealing/seal-file.ts';
import { PIECE_BYTES } from '../../crypto/sealing/sealed-file.ts';
import { sm2Decrypt, sm2Encrypt } from '../../crypto/sealing/sm2-encryption.ts';
import { keyAt, many } from './given.rig.ts';
import { PEERS } from './peers.rig.ts';

/** GmSSL encrypts no more with SM2. */
const MESSAGE_BYTES_MAX = 255;
/** Many small ones, and some of several pieces. */
const contentAt = (at: number) =>
  randomBytes(at % 100 === 0 ? randomInt(3 * PIECE_BYTES) : at % 100 === 1 ? PIECE_BYTES : randomInt(1_000));

async function whole(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}
async function* once(bytes: Buffer) {
  yield bytes;
}
/** Compared one by one: a difference of long contents is not to be printed. */
const same = (one: readonly Buffer[], other: readonly Buffer[]) =>
  one.length === other.length && one.every((each, at) => other[at]?.equals(each));

describe.each(PEERS)('$name', { timeout: 600_000 }, ({ ask }) => {
  test.skipIf(ask === undefined)('SM2 encryption: ours opens there, theirs here', async () => {
    const messages = many(() => randomBytes(randomInt(1, MESSAGE_BYTES_MAX + 1)));
    const ours = messages.map((message, at) => {
      const { scalar, publicKey } = keyAt(at);
      return [scalar, publicKey, sm2Encrypt(publicKey, message)] as const;
    });
    expect(await ask?.('decrypt', ours)).toEqual(messages);
    const asked = messages.map((message, at) => [keyAt(at).publicKey, message] as const);
    const theirs = (await ask?.('encrypt', asked)) ?? [];
    expect(theirs.map((each, at) => sm2Decrypt(keyAt(at).scalar, each))).toEqual(messages);
  });

  test.skipIf(ask === undefined)('sealed files: ours open there, theirs here', async () => {
    const contents = many(() => 0).map((_, at) => contentAt(at));
    const ours = await Promise.all(
      contents.map(async (content, at) => {
        const { scalar, publicKey } = keyAt(at);
        const recipients = [publicKey, keyAt(at + 1).publicKey].map((bytes) => ({
          algorithm: 'SM2-encryption' as const,
          kid: keyIdOf(bytes),
          bytes,
        }));
        return [scalar, publicKey, await whole(sealFile(recipients, once(content)))] as const;
      }),
    );
    expect(same((await ask?.('open-file', ours)) ?? [], contents)).toBe(true);
    const asked = contents.map((content, at) => [keyAt(at).publicKey, content] as const);
    const theirs = (await ask?.('seal-file', asked)) ?? [];
    const opened = await Promise.all(
      theirs.map((file, at) => whole(openFile(keyAt(at).decrypting, once(file)))),
    );
    expect(same(opened, contents)).toBe(true);
  });
});
