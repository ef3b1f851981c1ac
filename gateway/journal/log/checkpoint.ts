/**
 * Checkpoints of a journal's log: what a gateway holds itself to, in the text form of C2SP tlog-checkpoint and
 * signed-note, so that other tools read it. Signed under the name that is its first line (`checkpoint-signature.ts`).
 *
 *     onecard-gateway/GATEWAY/EPOCH
 *     size of the tree, which is the position of the newest record it covers
 *     root hash, base64
 *     journal-key FINGERPRINT
 *     time MS
 *     begins POSITION        only where the log, or this tree of it, began later than the journal
 *     tree SM3               only where it is not hashed with SHA-256
 *     follows EPOCH SIZE ALGORITHM ROOT   only where it follows a tree of another algorithm: how that was closed
 *     goes-on KEY            only where it closes its tree: what the tree that follows is signed with
 *     stopped                only when the gateway stopped and nothing comes behind until it starts again
 */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { HeldSigningKey, VerifyingKey } from '../../../crypto/signature/keys.ts';
import { FINGERPRINT, type JournalIdentity } from '../journal-identity.ts';
import { keyOfText, textOfKey } from './checkpoint-key-text.ts';
import { originOf, signatureLine } from './checkpoint-signature.ts';
import { HASH_BYTES } from './tree.ts';

export interface Checkpoint extends JournalIdentity {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** Position of the first record that is in the tree with its bytes; those before it are leaves without any. */
  readonly begins: number;
  /** What the tree is hashed with. */
  readonly tree: DigestAlgorithm;
  /** The tree before this one, which records before `begins` are in; null: there is none. */
  readonly follows: ClosedTree | null;
  /** The key that vouches for what comes after this tree: this one is closed. Null: it is not. */
  readonly goesOn: VerifyingKey | null;
  readonly isStop: boolean;
}

export interface ClosedTree {
  readonly epoch: string;
  readonly size: number;
  readonly tree: DigestAlgorithm;
  readonly root: Uint8Array;
}

export interface SignedCheckpoint extends Checkpoint {
  /** The whole note, as it is kept, sent and shown. */
  readonly text: string;
}

export const NOTE_BYTES_MAX = 4_096;
const WHOLE = '(0|[1-9]\\d{0,15})';
const HASH = '([A-Za-z0-9+/]{43}=)';

const BODY = new RegExp(
  [
    '^onecard-gateway/([a-z0-9][a-z0-9.-]{0,62})/([0-9a-f]{16})\n',
    `${WHOLE}\n`,
    `${HASH}\n`,
    `journal-key (${FINGERPRINT})\n`,
    `time ${WHOLE}\n`,
    '(?:begins ([1-9]\\d{0,15})\n)?',
    '(?:tree (SM3)\n)?',
    `(?:follows ([0-9a-f]{16}) ${WHOLE} (SHA-256|SM3) ${HASH}\n)?`,
    '(?:goes-on (\\S{1,128})\n)?',
    '(stopped\n)?$',
  ].join(''),
);

/** The checkpoint with its note, signed. Rejects as `HeldSigningKey.sign`. */
export async function signCheckpoint(checkpoint: Checkpoint, key: HeldSigningKey): Promise<SignedCheckpoint> {
  const { size, root, keyFingerprint, atMs, begins, tree, follows, goesOn, isStop } = checkpoint;
  const origin = originOf(checkpoint);
  const lines = [
    origin,
    String(size),
    base64(root),
    `journal-key ${keyFingerprint}`,
    `time ${atMs}`,
    ...(begins > 1 ? [`begins ${begins}`] : []),
    ...(tree === 'SM3' ? ['tree SM3'] : []),
    ...(follows ? [`follows ${follows.epoch} ${follows.size} ${follows.tree} ${base64(follows.root)}`] : []),
    ...(goesOn ? [`goes-on ${textOfKey(goesOn)}`] : []),
    ...(isStop ? ['stopped'] : []),
  ];
  const body = `${lines.join('\n')}\n`;
  return { ...checkpoint, text: `${body}\n${await signatureLine(origin, body, key)}` };
}

/** What a note says; null when it is no checkpoint of a gateway's journal. Its signature is not looked at. */
export function readCheckpoint(text: string): SignedCheckpoint | null {
  if (text.length > NOTE_BYTES_MAX) return null;
  const split = text.indexOf('\n\n');
  const body = BODY.exec(text.slice(0, split + 1));
  if (split === -1 || !body) return null;
  const [, gatewayId = '', epoch = '', size = '', root = '', keyFingerprint = '', atMs = '', begins, tree] =
    body;
  const [formerEpoch, formerSize, formerTree, formerRoot, goesOn, stop] = body.slice(9);
  if (!/^(— \S+ [A-Za-z0-9+/]+={0,2}\n)+$/.test(text.slice(split + 2))) return null;
  const hash = hashOf(root);
  const formerHash = formerRoot === undefined ? null : hashOf(formerRoot);
  const key = goesOn === undefined ? null : keyOfText(goesOn);
  if (hash === null || (formerRoot !== undefined && formerHash === null)) return null;
  if (goesOn !== undefined && key === null) return null;
  return {
    gatewayId,
    epoch,
    size: Number(size),
    root: hash,
    keyFingerprint,
    atMs: Number(atMs),
    begins: Number(begins ?? 1),
    tree: tree === 'SM3' ? 'SM3' : 'SHA-256',
    follows: formerHash && {
      epoch: formerEpoch ?? '',
      size: Number(formerSize),
      tree: formerTree === 'SM3' ? 'SM3' : 'SHA-256',
      root: formerHash,
    },
    goesOn: key,
    isStop: stop !== undefined,
    text,
  };
}

/** Null unless the text is the one form of 32 bytes. */
function hashOf(text: string): Buffer | null {
  const hash = Buffer.from(text, 'base64');
  return hash.length === HASH_BYTES && hash.toString('base64') === text ? hash : null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
