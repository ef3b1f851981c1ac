/** Seals a file for its recipients, at the pace of whoever reads it. */
import { randomBytes } from 'node:crypto';
import type { EncryptionKey } from './encryption-key.ts';
import { piecesOf } from './pieces.ts';
import { SEAL_KEY_BYTES, sealer } from './seal.ts';
import { bindingOf, FILE_SEAL, headOf, PIECE_BYTES, RECIPIENTS_MAX } from './sealed-file.ts';
import { sm2Encrypt } from './sm2-encryption.ts';

/** `recipients`: 1 to `RECIPIENTS_MAX` of SM2. Throws TypeError on others; rejects as `source`. */
export async function* sealFile(
  recipients: readonly EncryptionKey[],
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  if (recipients.length === 0 || recipients.length > RECIPIENTS_MAX)
    throw new TypeError(`a file is sealed for 1 to ${RECIPIENTS_MAX} recipients`);
  if (recipients.some(({ algorithm }) => algorithm !== 'SM2-encryption'))
    throw new TypeError('a file is sealed for recipients of SM2');
  const key = randomBytes(SEAL_KEY_BYTES);
  const head = headOf(recipients.map(({ kid, bytes }) => ({ kid, encrypted: sm2Encrypt(bytes, key) })));
  const own = sealer(FILE_SEAL, key);
  key.fill(0);
  try {
    const binding = bindingOf(head);
    yield head;
    let count = 0;
    for await (const { piece, isLast } of piecesOf(source, PIECE_BYTES)) {
      yield own.seal(piece, binding(count, isLast));
      count += 1;
    }
  } finally {
    own.forget();
  }
}
