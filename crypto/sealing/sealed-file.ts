/**
 * A file that its recipients alone read, sealed in pieces: its key is encrypted to each of them with SM2 (GB/T 32918.4), and each
 * piece is sealed under it with SM4-CTR-HMAC-SM3. A piece is bound to the head, to its place and to whether it is the last, so
 * that none is changed, moved, left out or cut off unseen. docs/privacy.md has the format. It says nothing of who made it.
 */
import { CryptoError } from '../crypto-error.ts';
import { digestOf } from '../digest.ts';
import { SEAL_BYTES, SEAL_KEY_BYTES } from './seal.ts';
import { SM2_ENCRYPTION_BYTES } from './sm2-encryption.ts';

/** What the head names. Whatever names others is not read. */
const NAMES = {
  format: 'onecard-sealed-file/1',
  digest: 'SM3',
  key: 'SM2-encryption',
  seal: 'SM4-CTR-HMAC-SM3',
} as const;
export const FILE_SEAL = NAMES.seal;

/** Of every piece but the last, which has 0 to as many. Only a file without content has a last one of 0. */
export const PIECE_BYTES = 65_536;
export const SEALED_PIECE_BYTES = PIECE_BYTES + SEAL_BYTES[FILE_SEAL];
export const RECIPIENTS_MAX = 16;
/** With its end of line. */
export const HEAD_BYTES_MAX = 8_192;

const KID = /^sm3:[0-9a-f]{64}$/;
const KEY = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil(((SM2_ENCRYPTION_BYTES + SEAL_KEY_BYTES) * 4) / 3)}}$`);

export interface FileRecipient {
  readonly kid: string;
  /** The file's key, encrypted to that one: C1 ‖ C3 ‖ C2. */
  readonly encrypted: Buffer;
}

/** The first line of the file. */
export function headOf(recipients: readonly FileRecipient[]): Buffer {
  const listed = recipients.map(({ kid, encrypted }) => ({ kid, key: encrypted.toString('base64url') }));
  return Buffer.from(`${JSON.stringify({ ...NAMES, recipients: listed })}\n`, 'utf8');
}

/** `line`: with its end. Throws CryptoError `unusable` on all but what `headOf` writes. */
export function recipientsIn(line: Buffer): readonly FileRecipient[] {
  const recipients = listedIn(line).map((each) => {
    const { kid, key } = each as Readonly<Record<string, unknown>>;
    if (typeof kid !== 'string' || !KID.test(kid) || typeof key !== 'string' || !KEY.test(key))
      throw notOne();
    return { kid, encrypted: Buffer.from(key, 'base64url') };
  });
  // One way to write it, so no member stands twice, and none that is not known.
  if (!headOf(recipients).equals(line)) throw notOne();
  return recipients;
}

function listedIn(line: Buffer): readonly object[] {
  let head: Readonly<Record<string, unknown>>;
  try {
    head = Object(JSON.parse(line.toString('utf8')));
  } catch (cause) {
    throw notOne(cause);
  }
  if (Object.entries(NAMES).some(([name, value]) => head[name] !== value)) throw notOne();
  const { recipients } = head;
  if (!Array.isArray(recipients) || recipients.length === 0 || recipients.length > RECIPIENTS_MAX)
    throw notOne();
  return recipients.map(Object);
}

/** What pieces of a file are bound to: SM3 of the head ‖ the piece's number from 0 in 8 bytes ‖ 01 for the last, else 00. */
export function bindingOf(head: Buffer): (piece: number, isLast: boolean) => Buffer {
  const digest = digestOf(NAMES.digest, head);
  return (piece, isLast) => {
    const place = Buffer.alloc(9);
    place.writeBigUInt64BE(BigInt(piece));
    place[8] = isLast ? 1 : 0;
    return Buffer.concat([digest, place]);
  };
}

export function notOne(cause?: unknown): CryptoError {
  return new CryptoError('unusable', 'this is no file that was sealed for recipients of SM2', { cause });
}
