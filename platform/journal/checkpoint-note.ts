/** Checkpoints of gateways' journals (docs/journal.md): C2SP signed notes, read strictly and verified. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { sm2Verifies } from '../sm2.ts';

/** What a tree is hashed with. */
export type TreeHash = 'SHA-256' | 'SM3';

export interface CheckpointNote {
  readonly text: string;
  readonly origin: string;
  readonly gateway: string;
  readonly epoch: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly atMs: number;
  /** Position of the first record that is in the tree with its bytes. */
  readonly begins: number;
  readonly tree: TreeHash;
  /** The key that goes on where this tree is closed; null: it is not. */
  readonly goesOn: string | null;
}

/** A key as it is shown: 32 bytes of Ed25519 in base64, or `SM2:` and 64 bytes. */
export const KEY_PATTERN = '^(?:[A-Za-z0-9+/]{43}=|SM2:[A-Za-z0-9+/]{86}==)$';
const SM2_MARK = 'SM2:';
const ED25519_TYPE = Uint8Array.of(1);
const SM2_TYPE = Buffer.from('\xffonecard-gateway/sm2-sm3', 'latin1');
const SIGNATURE_BYTES = 64;
const NOTE = new RegExp(
  [
    '^((onecard-gateway/([a-z0-9][a-z0-9.-]{0,62})/([0-9a-f]{16}))\n',
    '(0|[1-9]\\d{0,14})\n',
    '([A-Za-z0-9+/]{43}=)\n',
    'journal-key (?:sm3:)?[0-9a-f]{16}\n',
    'time (0|[1-9]\\d{0,14})\n',
    '(?:begins ([1-9]\\d{0,14})\n)?',
    '(?:tree (SM3)\n)?',
    '(?:follows [0-9a-f]{16} (?:0|[1-9]\\d{0,14}) (?:SHA-256|SM3) [A-Za-z0-9+/]{43}=\n)?',
    '(?:goes-on (\\S{1,128})\n)?',
    '(?:stopped\n)?)\n',
    '((?:— \\S+ [A-Za-z0-9+/=]+\n){1,8})$',
  ].join(''),
);

/** Null when the text is no checkpoint, or none of its signatures is the key's. */
export function verifiedNote(text: string, key: string): CheckpointNote | null {
  const found = NOTE.exec(text);
  if (found === null) return null;
  const [, body = '', origin = '', gateway = '', epoch = '', size, root = '', atMs, begins, tree] = found;
  const [goesOn, signatures = ''] = found.slice(10);
  const isSigned = signatures.split('\n').some((line) => {
    const [mark, name, value = ''] = line.split(' ');
    const bytes = Buffer.from(value, 'base64');
    // Base64 with bits behind the last byte would be a second text of the same note.
    if (mark !== '—' || name !== origin || bytes.toString('base64') !== value) return false;
    return isOfKey(key, origin, Buffer.from(body), bytes);
  });
  if (!isSigned) return null;
  return {
    ...{ text, origin, gateway, epoch, root },
    size: Number(size),
    atMs: Number(atMs),
    begins: Number(begins ?? 1),
    tree: tree === 'SM3' ? 'SM3' : 'SHA-256',
    goesOn: goesOn ?? null,
  };
}

/** The key decides the algorithm. `signed`: four bytes of key ID, and the signature. */
function isOfKey(key: string, origin: string, body: Uint8Array, signed: Uint8Array): boolean {
  const isSm2 = key.startsWith(SM2_MARK);
  const bytes = Buffer.from(isSm2 ? key.slice(SM2_MARK.length) : key, 'base64');
  const id = createHash(isSm2 ? 'sm3' : 'sha256')
    .update(`${origin}\n`)
    .update(isSm2 ? SM2_TYPE : ED25519_TYPE)
    .update(bytes)
    .digest()
    .subarray(0, 4);
  const signature = signed.subarray(4);
  if (!id.equals(signed.subarray(0, 4)) || signature.length !== SIGNATURE_BYTES) return false;
  if (isSm2) return sm2Verifies(bytes, body, signature);
  const x = bytes.toString('base64url');
  return verify(
    null,
    body,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
}
