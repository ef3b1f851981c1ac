/** Opens a file that was sealed for its recipients. */
import { CryptoError } from '../crypto-error.ts';
import type { DecryptionKey } from './decryption-key.ts';
import { piecesOf } from './pieces.ts';
import { type Sealer, sealer } from './seal.ts';
import {
  bindingOf,
  FILE_SEAL,
  HEAD_BYTES_MAX,
  notOne,
  recipientsIn,
  SEALED_PIECE_BYTES,
} from './sealed-file.ts';

const END_OF_LINE = 0x0a;

/**
 * What it holds, in pieces; each was checked when it comes, the file as a whole when the last came. Throws CryptoError `unusable`
 * where it is no such file, `unreadable` where it is not for this key, was changed, or ends too early.
 */
export async function* openFile(
  key: DecryptionKey,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const parts = source[Symbol.asyncIterator]();
  try {
    const { head, rest } = await firstLineOf(parts);
    const own = sealerOf(key, head);
    try {
      const binding = bindingOf(head);
      let count = 0;
      for await (const { piece, isLast } of piecesOf(following(rest, parts), SEALED_PIECE_BYTES)) {
        yield own.open(piece, binding(count, isLast));
        count += 1;
      }
    } finally {
      own.forget();
    }
  } finally {
    await parts.return?.();
  }
}

function sealerOf(key: DecryptionKey, head: Buffer): Sealer {
  const recipients = recipientsIn(head);
  const mine = recipients.find(({ kid }) => kid === key.kid);
  if (mine === undefined) {
    const kids = recipients.map(({ kid }) => kid).join(', ');
    throw new CryptoError('unreadable', `it is not for this key, ${key.kid}, but for ${kids}`);
  }
  const fileKey = key.decrypt(mine.encrypted);
  const own = sealer(FILE_SEAL, fileKey);
  fileKey.fill(0);
  return own;
}

async function firstLineOf(parts: AsyncIterator<Uint8Array>): Promise<{ head: Buffer; rest: Buffer }> {
  let read = Buffer.alloc(0);
  for (;;) {
    const next = await parts.next();
    if (next.done === true) throw notOne();
    read = Buffer.concat([read, next.value]);
    const end = read.subarray(0, HEAD_BYTES_MAX).indexOf(END_OF_LINE) + 1;
    if (end > 0) return { head: read.subarray(0, end), rest: read.subarray(end) };
    if (read.length >= HEAD_BYTES_MAX) throw notOne();
  }
}

async function* following(first: Buffer, parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
}
