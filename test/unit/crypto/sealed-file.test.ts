/** Files that are sealed for recipients of SM2: what was changed, moved, cut or is another's does not open. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decryptionKeyFrom } from '../../../crypto/sealing/decryption-key.ts';
import { openFile } from '../../../crypto/sealing/open-file.ts';
import { recipientFrom } from '../../../crypto/sealing/recipient.ts';
import { sealFile } from '../../../crypto/sealing/seal-file.ts';
import { PIECE_BYTES, RECIPIENTS_MAX, SEALED_PIECE_BYTES } from '../../../crypto/sealing/sealed-file.ts';
import { makeSigningKey, publicPem } from '../../../crypto/signature/key-files.ts';

function somebody() {
  const key = makeSigningKey('SM2');
  return { key: decryptionKeyFrom(key.toPem()), recipient: recipientFrom(publicPem(key.publicKey)) };
}

const [ann, bob] = [somebody(), somebody()];
/** In parts that are no pieces. */
async function* inParts(bytes: Buffer, partBytes = 50_021): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
}
async function whole(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}
const sealed = (bytes: Buffer, to = [ann.recipient]) => whole(sealFile(to, inParts(bytes)));
const opened = (bytes: Buffer, key = ann.key) => whole(openFile(key, inParts(bytes)));

test.each([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])(
  '%i bytes come back whole, for each recipient',
  async (length) => {
    const bytes = randomBytes(length);
    const file = await sealed(bytes, [ann.recipient, bob.recipient]);
    expect(await opened(file)).toEqual(bytes);
    expect(await opened(file, bob.key)).toEqual(bytes);
    expect(await whole(openFile(ann.key, inParts(file, 1_000)))).toEqual(bytes);
  },
);

test('it is sealed piece by piece, as the content comes', async () => {
  let pulled = 0;
  async function* endless() {
    for (;;) {
      pulled += 1;
      yield Buffer.alloc(PIECE_BYTES);
    }
  }
  const file = sealFile([ann.recipient], endless());
  for (let i = 0; i < 10; i += 1) await file.next();
  expect(pulled).toBeLessThanOrEqual(10);
  await file.return(undefined);
});

const content = randomBytes(3 * PIECE_BYTES + 100);
const file = await sealed(content, [ann.recipient, bob.recipient]);
const headEnd = file.indexOf('\n') + 1;
const head = JSON.parse(file.subarray(0, headEnd).toString());
const pieces = Array.from({ length: 4 }, (_, i) =>
  file.subarray(headEnd + i * SEALED_PIECE_BYTES, headEnd + (i + 1) * SEALED_PIECE_BYTES),
) as [Buffer, Buffer, Buffer, Buffer];
const withHead = (changed: object | string) =>
  Buffer.concat([
    Buffer.from(typeof changed === 'string' ? changed : `${JSON.stringify(changed)}\n`),
    ...pieces,
  ]);
const withPieces = (...of: readonly Buffer[]) => Buffer.concat([file.subarray(0, headEnd), ...of]);
const flipped = (bytes: Buffer, at: number) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed.at(at) as number) ^ 1;
  return changed;
};

test('its head names every algorithm', () => {
  expect(head).toEqual({
    format: 'onecard-sealed-file/1',
    digest: 'SM3',
    key: 'SM2-encryption',
    seal: 'SM4-CTR-HMAC-SM3',
    recipients: [ann, bob].map(({ recipient: { kid } }) => ({
      kid,
      key: expect.stringMatching(/^[\w-]{172}$/),
    })),
  });
});

describe('does not open', async () => {
  const other = await sealed(content);
  const otherPieces = other.subarray(other.indexOf('\n') + 1);
  const last = pieces[3];
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a piece that was changed', withPieces(pieces[0], flipped(pieces[1], 99), pieces[2], last)],
    ['a counter that was changed', withPieces(flipped(pieces[0], 0), pieces[1], pieces[2], last)],
    ['a tag that was changed', withPieces(...pieces.slice(0, 3), flipped(last, last.length - 1))],
    ['the last piece cut', withPieces(...pieces.slice(0, 3), last.subarray(0, -1))],
    ['a piece cut to its tag', withPieces(...pieces.slice(0, 3), last.subarray(-32))],
    ['the last piece missing', withPieces(...pieces.slice(0, 3))],
    ['all but the first piece missing', withPieces(pieces[0])],
    ['no piece at all', withPieces()],
    ['pieces in another order', withPieces(pieces[1], pieces[0], pieces[2], last)],
    ['a piece left out', withPieces(pieces[0], pieces[2], last)],
    ['a piece twice', withPieces(pieces[0], pieces[0], pieces[1], pieces[2], last)],
    ['something behind the last', withPieces(...pieces, Buffer.of(0))],
    ['pieces of another file', withPieces(otherPieces)],
    ['a head with a recipient less', withHead({ ...head, recipients: head.recipients.slice(0, 1) })],
    ['recipients in another order', withHead({ ...head, recipients: head.recipients.toReversed() })],
    [
      'a key for another recipient',
      withHead({
        ...head,
        recipients: [{ ...head.recipients[0], key: head.recipients[1].key }, head.recipients[1]],
      }),
    ],
  ];
  test.each(cases)('%s', async (_, bytes) => {
    await expect(opened(bytes)).rejects.toMatchObject({ name: 'CryptoError', code: 'unreadable' });
  });

  test('for somebody else, who is told whom it is for', async () => {
    await expect(opened(other, bob.key)).rejects.toMatchObject({
      code: 'unreadable',
      message: `it is not for this key, ${bob.key.kid}, but for ${ann.key.kid}`,
    });
  });

  const text = file.subarray(0, headEnd).toString();
  const noFiles: readonly (readonly [string, Buffer])[] = [
    ['another seal', withHead({ ...head, seal: 'AES-256-GCM' })],
    ['another way to encrypt its key', withHead({ ...head, key: 'ECDH-ES-P-256' })],
    ['another digest', withHead({ ...head, digest: 'SHA-256' })],
    ['another version', withHead({ ...head, format: 'onecard-sealed-file/2' })],
    ['a member more', withHead({ ...head, more: 1 })],
    ['a member twice', withHead(text.replace('{', '{"digest":"SM3",'))],
    ['a blank more', withHead(text.replace('{', '{ '))],
    ['no recipients', withHead({ ...head, recipients: [] })],
    [
      'too many recipients',
      withHead({ ...head, recipients: Array(RECIPIENTS_MAX + 1).fill(head.recipients[0]) }),
    ],
    ['a recipient that is none', withHead({ ...head, recipients: [null] })],
    ['a key that is too short', withHead({ ...head, recipients: [{ ...head.recipients[0], key: 'AA' }] })],
    ['a head that is no JSON', withHead('age-encryption.org/v1\n')],
    ['a head without an end', Buffer.alloc(100_000, 0x20)],
    ['a head that was cut', file.subarray(0, 20)],
    ['nothing', Buffer.alloc(0)],
  ];
  test.each(noFiles)('%s: it is no such file', async (_, bytes) => {
    await expect(opened(bytes)).rejects.toMatchObject({ name: 'CryptoError', code: 'unusable' });
  });
});

test('what was opened before the change had been checked', async () => {
  const good: Buffer[] = [];
  const reading = (async () => {
    for await (const piece of openFile(ann.key, inParts(withPieces(pieces[0], pieces[1], pieces[0]))))
      good.push(piece);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'unreadable' });
  expect(Buffer.concat(good).equals(content.subarray(0, 2 * PIECE_BYTES))).toBe(true);
});

test('it is sealed for recipients of SM2, one at least', async () => {
  const { recipient } = ann;
  for (const wrong of [
    [],
    Array(RECIPIENTS_MAX + 1).fill(recipient),
    [{ ...recipient, algorithm: 'ECDH-ES-P-256' as const }],
  ]) {
    await expect(sealed(content, wrong)).rejects.toThrow(TypeError);
  }
});
