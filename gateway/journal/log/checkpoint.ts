/**
 * Checkpoints of a journal's log: what a gateway holds itself to, in the text form of C2SP tlog-checkpoint and
 * signed-note, so that other tools read it. Signed with Ed25519 under the name that is its first line.
 *
 *     onecard-gateway/GATEWAY/EPOCH
 *     size of the tree, which is the position of the newest record it covers
 *     root hash, base64
 *     journal-key FINGERPRINT
 *     time MS
 *     begins POSITION        only where the log began later than the journal
 *     stopped                only when the gateway stopped and nothing comes behind until it starts again
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import type { JournalIdentity } from '../journal-identity.ts';
import { HASH_BYTES } from './tree.ts';

export interface Checkpoint extends JournalIdentity {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** Position of the first record that is in the tree with its bytes; those before it are leaves without any. */
  readonly begins: number;
  readonly isStop: boolean;
}

export interface SignedCheckpoint extends Checkpoint {
  /** The whole note, as it is kept, sent and shown. */
  readonly text: string;
}

export const NOTE_BYTES_MAX = 4_096;
const ORIGIN = 'onecard-gateway';
/** C2SP signed-note: algorithm byte of Ed25519. */
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const SIGNATURE_MARK = '— ';

const BODY = new RegExp(
  [
    '^onecard-gateway/([a-z0-9][a-z0-9.-]{0,62})/([0-9a-f]{16})\n',
    '(0|[1-9]\\d{0,15})\n',
    '([A-Za-z0-9+/]{43}=)\n',
    'journal-key ([0-9a-f]{16})\n',
    'time (0|[1-9]\\d{0,15})\n',
    '(?:begins ([1-9]\\d{0,15})\n)?',
    '(stopped\n)?$',
  ].join(''),
);

export function originOf({ gatewayId, epoch }: Pick<JournalIdentity, 'gatewayId' | 'epoch'>): string {
  return `${ORIGIN}/${gatewayId}/${epoch}`;
}

/** The checkpoint with its note, signed. */
export function signCheckpoint(
  checkpoint: Checkpoint,
  key: KeyObject,
  publicKey: Uint8Array,
): SignedCheckpoint {
  const { size, root, keyFingerprint, atMs, begins, isStop } = checkpoint;
  const origin = originOf(checkpoint);
  const lines = [
    origin,
    String(size),
    Buffer.from(root).toString('base64'),
    `journal-key ${keyFingerprint}`,
    `time ${atMs}`,
    ...(begins > 1 ? [`begins ${begins}`] : []),
    ...(isStop ? ['stopped'] : []),
  ];
  const body = `${lines.join('\n')}\n`;
  const signature = Buffer.concat([keyId(origin, publicKey), sign(null, Buffer.from(body, 'utf8'), key)]);
  return { ...checkpoint, text: `${body}\n${SIGNATURE_MARK}${origin} ${signature.toString('base64')}\n` };
}

/** What a note says; null when it is no checkpoint of a gateway's journal. Its signature is not looked at. */
export function readCheckpoint(text: string): SignedCheckpoint | null {
  if (text.length > NOTE_BYTES_MAX) return null;
  const split = text.indexOf('\n\n');
  const body = BODY.exec(text.slice(0, split + 1));
  if (split === -1 || !body) return null;
  const [, gatewayId = '', epoch = '', size = '', root = '', keyFingerprint = '', atMs = '', begins, stop] =
    body;
  const signatures = text.slice(split + 2);
  if (!/^(— \S+ [A-Za-z0-9+/]+={0,2}\n)+$/.test(signatures)) return null;
  const hash = Buffer.from(root, 'base64');
  if (hash.length !== HASH_BYTES || hash.toString('base64') !== root) return null;
  return {
    gatewayId,
    epoch,
    size: Number(size),
    root: hash,
    keyFingerprint,
    atMs: Number(atMs),
    begins: Number(begins ?? 1),
    isStop: stop !== undefined,
    text,
  };
}

/** Whether one of the note's signatures is the key's. Others are ignored, as signed-note asks. */
export function isSignedBy(checkpoint: SignedCheckpoint, key: KeyObject, publicKey: Uint8Array): boolean {
  const { text } = checkpoint;
  const origin = originOf(checkpoint);
  const split = text.indexOf('\n\n');
  const body = Buffer.from(text.slice(0, split + 1), 'utf8');
  const id = keyId(origin, publicKey);
  return text
    .slice(split + 2)
    .split('\n')
    .filter((line) => line.startsWith(`${SIGNATURE_MARK}${origin} `))
    .map((line) => Buffer.from(line.slice(SIGNATURE_MARK.length + origin.length + 1), 'base64'))
    .some(
      (bytes) =>
        bytes.length === KEY_ID_BYTES + SIGNATURE_BYTES &&
        bytes.subarray(0, KEY_ID_BYTES).equals(id) &&
        verify(null, body, key, bytes.subarray(KEY_ID_BYTES)),
    );
}

/** C2SP signed-note: NAME+KEY ID+KEY, by which other tools know the key of an epoch's checkpoints. */
export function verifierKey(
  identity: Pick<JournalIdentity, 'gatewayId' | 'epoch'>,
  publicKey: Uint8Array,
): string {
  const origin = originOf(identity);
  const key = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64');
  return `${origin}+${keyId(origin, publicKey).toString('hex')}+${key}`;
}

/** C2SP signed-note: the first four bytes of SHA-256 over name, newline, algorithm and key. */
export function keyId(name: string, publicKey: Uint8Array): Buffer {
  const digest = createHash('sha256')
    .update(`${name}\n`, 'utf8')
    .update(Buffer.of(ED25519))
    .update(publicKey);
  return digest.digest().subarray(0, KEY_ID_BYTES);
}
