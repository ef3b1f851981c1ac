/** Checkpoints of gateways' journals (docs/journal.md): C2SP signed notes, read strictly and verified. */
import { createHash, createPublicKey, verify } from 'node:crypto';

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
}

const ED25519 = 1;
const NOTE =
  /^((onecard-gateway\/([a-z0-9][a-z0-9.-]{0,62})\/([0-9a-f]{16}))\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\njournal-key [0-9a-f]{16}\ntime (0|[1-9]\d{0,14})\n(?:begins ([1-9]\d{0,14})\n)?(?:stopped\n)?)\n((?:— \S+ [A-Za-z0-9+/=]+\n){1,8})$/;

/** Null when the text is no checkpoint, or none of its signatures is the key's; `key`: 32 bytes of Ed25519. */
export function verifiedNote(text: string, key: Uint8Array): CheckpointNote | null {
  const [, body = '', origin = '', gateway = '', epoch = '', size, root = '', atMs, begins, signatures = ''] =
    NOTE.exec(text) ?? [];
  if (body === '') return null;
  const id = createHash('sha256').update(`${origin}\n`).update(Uint8Array.of(ED25519)).update(key).digest();
  const x = Buffer.from(key).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const isSigned = signatures.split('\n').some((line) => {
    const [mark, name, value = ''] = line.split(' ');
    const bytes = Buffer.from(value, 'base64');
    return (
      mark === '—' &&
      name === origin &&
      bytes.subarray(0, 4).equals(id.subarray(0, 4)) &&
      verify(null, Buffer.from(body), publicKey, bytes.subarray(4))
    );
  });
  if (!isSigned) return null;
  return {
    ...{ text, origin, gateway, epoch, root },
    size: Number(size),
    atMs: Number(atMs),
    begins: Number(begins ?? 1),
  };
}
