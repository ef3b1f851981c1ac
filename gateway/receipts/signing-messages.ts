/** What the thread that signs receipts is asked, and says. */
import type { ReceiptAlgorithm, ReceiptStatement } from './receipt.ts';

export interface SigningData {
  /** The file of keys. */
  readonly keysFile: string;
  /** Folder of the journal's log. */
  readonly logFolder: string;
}

export interface SigningJob {
  readonly alg: ReceiptAlgorithm;
  readonly statement: ReceiptStatement;
  readonly position: number;
  /** Of the record, 32 bytes. */
  readonly leafHash: Uint8Array;
  /** The note that covers it. */
  readonly checkpoint: string;
}

export interface ToSigning {
  readonly number: number;
  readonly job: SigningJob;
}

export type FromSigning =
  | { readonly number: number; readonly jws: string }
  /** To be signed by whoever holds the key of this name. */
  | { readonly number: number; readonly signingInput: string; readonly kid: string }
  /** `no_proof`: the log does not give one. `failed`: keys, files, or a fault of ours. */
  | { readonly number: number; readonly fault: 'no_proof' | 'failed'; readonly message: string };
