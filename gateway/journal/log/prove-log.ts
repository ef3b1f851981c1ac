/** Proofs from a journal's log, in the text forms of C2SP and as JSON. Each is checked before it is given out. */
import { OnecardError } from '../../../config/onecard-error.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import type { LogHashes } from './log-hashes.ts';
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  isSame,
  leafHash,
  rootFromInclusion,
} from './tree.ts';

export interface InclusionProof {
  readonly position: number;
  /** The record as it is stored: the leaf's data. Null when it was trimmed. */
  readonly record: Uint8Array | null;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: SignedCheckpoint;
}

export interface ConsistencyProof {
  readonly older: SignedCheckpoint;
  readonly newer: SignedCheckpoint;
  readonly hashes: readonly Uint8Array[];
}

/** There is no such proof: the records are not those that the checkpoint covers, or a hash is no longer kept. */
export class ProofError extends OnecardError {
  override readonly name = 'ProofError';
  readonly code = 'no_proof';
}

export type StoredAt = (position: number) => Uint8Array | null;

/** Throws ProofError. */
export function proveInclusion(
  hashes: LogHashes,
  storedAt: StoredAt,
  position: number,
  checkpoint: SignedCheckpoint,
): InclusionProof {
  const { size, root } = checkpoint;
  const { algorithm } = hashes;
  if (position < 1 || position > size) {
    throw new ProofError(`the checkpoint covers the positions 1 to ${size}, not ${position}`);
  }
  const record = storedAt(position);
  const subtrees = hashes.subtrees((index) => leafAt(algorithm, storedAt, index));
  const leaf = record ? leafHash(algorithm, record) : proving(() => subtrees(0, position - 1));
  const proof = proving(() => inclusionProof(algorithm, subtrees, position - 1, size));
  const shown = rootFromInclusion(algorithm, leaf, position - 1, size, proof);
  if (shown === null || !isSame(shown, root)) {
    throw new ProofError(
      `the record at position ${position} is not the one that the checkpoint covers, or another was changed: ` +
        '"onecard journal verify" says which',
    );
  }
  return { position, record, hashes: proof, checkpoint };
}

/** Throws ProofError. */
export function proveConsistency(
  hashes: LogHashes,
  storedAt: StoredAt,
  older: SignedCheckpoint,
  newer: SignedCheckpoint,
): ConsistencyProof {
  if (older.size > newer.size) {
    throw new ProofError(
      `the log here ends at ${newer.size}, before the ${older.size} of the older checkpoint`,
    );
  }
  const { algorithm } = hashes;
  const subtrees = hashes.subtrees((index) => leafAt(algorithm, storedAt, index));
  const proof =
    older.size === 0 ? [] : proving(() => consistencyProof(algorithm, subtrees, older.size, newer.size));
  if (!isConsistent(algorithm, older, newer, proof)) {
    throw new ProofError('the log here does not go on from the older checkpoint: records were changed since');
  }
  return { older, newer, hashes: proof };
}

/** C2SP tlog-proof. */
export function inclusionText({ position, hashes, checkpoint }: InclusionProof): string {
  const lines = ['c2sp.org/tlog-proof@v1', `index ${position - 1}`, ...hashes.map(base64)];
  return `${lines.join('\n')}\n\n${checkpoint.text}`;
}

/** As C2SP tlog-witness takes a checkpoint that goes on from an older one. */
export function consistencyText({ older, newer, hashes }: ConsistencyProof): string {
  return `${[`old ${older.size}`, ...hashes.map(base64)].join('\n')}\n\n${newer.text}`;
}

export function inclusionJson({ position, record, hashes, checkpoint }: InclusionProof): object {
  return {
    position,
    index: position - 1,
    record: record && base64(record),
    proof: hashes.map(base64),
    ...headJson(checkpoint),
  };
}

export function consistencyJson({ older, newer, hashes }: ConsistencyProof): object {
  return {
    older: { size: older.size, root: base64(older.root) },
    proof: hashes.map(base64),
    ...headJson(newer),
  };
}

function headJson({ size, root, text }: SignedCheckpoint): object {
  return { size, root: base64(root), checkpoint: text };
}

function leafAt(algorithm: DigestAlgorithm, storedAt: StoredAt, index: number): Uint8Array | null {
  const record = storedAt(index + 1);
  return record && leafHash(algorithm, record);
}

function proving<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof RangeError) throw new ProofError(cause.message, { cause });
    throw cause;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
