/**
 * Signatures of checkpoints (C2SP signed-note). Ed25519 has type 0x01 there. SM2 has none: its type is 0xff with a name of
 * our own behind it, its public key X ‖ Y, its signature r ‖ s under the distinguishing ID of GM/T 0009 clause 10, and its
 * key ID is of SM3.
 */
import type { DigestAlgorithm, SignatureAlgorithm } from '../../../crypto/algorithms.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { type HeldSigningKey, SIGNATURE_BYTES, type VerifyingKey } from '../../../crypto/signature/keys.ts';
import { isSigned } from '../../../crypto/signature/verify.ts';
import type { JournalIdentity } from '../journal-identity.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { keyOfBytes } from './checkpoint-key-text.ts';

interface NoteType {
  /** Bytes that stand for it. */
  readonly type: Buffer;
  /** What key IDs are made with. */
  readonly digest: DigestAlgorithm;
}

const NOTE_TYPES = {
  Ed25519: { type: Buffer.of(0x01), digest: 'SHA-256' },
  SM2: { type: Buffer.from('\xffonecard-gateway/sm2-sm3', 'latin1'), digest: 'SM3' },
} as const satisfies Partial<Record<SignatureAlgorithm, NoteType>>;
const KEY_ID_BYTES = 4;
const ORIGIN = 'onecard-gateway';
const MARK = '— ';

/** The name that checkpoints are signed under. */
export function originOf({ gatewayId, epoch }: Pick<JournalIdentity, 'gatewayId' | 'epoch'>): string {
  return `${ORIGIN}/${gatewayId}/${epoch}`;
}

/** The line of a signature, with its end. Throws CryptoError `unusable` on a key of ES256. */
export async function signatureLine(origin: string, body: string, key: HeldSigningKey): Promise<string> {
  const id = keyId(origin, key.publicKey);
  const signature = await key.sign(Buffer.from(body, 'utf8'));
  return `${MARK}${origin} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/**
 * Whether one of the note's signatures is the key's. Others are ignored, as signed-note asks; so is one in another than the
 * one base64 of its bytes, so that a signed note has no second text.
 */
export function isSignedBy(checkpoint: SignedCheckpoint, key: VerifyingKey): boolean {
  const { text } = checkpoint;
  const origin = originOf(checkpoint);
  const split = text.indexOf('\n\n');
  const body = Buffer.from(text.slice(0, split + 1), 'utf8');
  const id = keyId(origin, key);
  return text
    .slice(split + 2)
    .split('\n')
    .filter((line) => line.startsWith(`${MARK}${origin} `))
    .map((line) => line.slice(MARK.length + origin.length + 1))
    .some((signed) => {
      const bytes = Buffer.from(signed, 'base64');
      return (
        bytes.length === KEY_ID_BYTES + SIGNATURE_BYTES &&
        bytes.toString('base64') === signed &&
        bytes.subarray(0, KEY_ID_BYTES).equals(id) &&
        isSigned(key, body, bytes.subarray(KEY_ID_BYTES))
      );
    });
}

/** NAME+KEY ID+KEY, by which other tools know the key of an epoch's checkpoints. */
export function verifierKey(
  identity: Pick<JournalIdentity, 'gatewayId' | 'epoch'>,
  key: VerifyingKey,
): string {
  const origin = originOf(identity);
  const typed = Buffer.concat([noteType(key).type, key.bytes]).toString('base64');
  return `${origin}+${keyId(origin, key).toString('hex')}+${typed}`;
}

/** The key of such a text; null when it is none, or its ID is another's. */
export function keyOfVerifier(text: string): VerifyingKey | null {
  const [, name = '', id, typed = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(typed, 'base64');
  for (const algorithm of ['Ed25519', 'SM2'] as const) {
    const { type } = NOTE_TYPES[algorithm];
    if (!bytes.subarray(0, type.length).equals(type)) continue;
    const key = keyOfBytes(algorithm, bytes.subarray(type.length));
    if (key && keyId(name, key).toString('hex') === id) return key;
  }
  return null;
}

/** The first four bytes of a digest over name, newline, type and key. */
export function keyId(name: string, key: VerifyingKey): Buffer {
  const { type, digest } = noteType(key);
  const all = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), type, key.bytes]);
  return digestOf(digest, all).subarray(0, KEY_ID_BYTES);
}

function noteType({ algorithm }: VerifyingKey): NoteType {
  if (algorithm !== 'ES256') return NOTE_TYPES[algorithm];
  throw new CryptoError('unusable', 'checkpoints are signed with Ed25519 or SM2');
}
