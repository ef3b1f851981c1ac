/** What a proving thread is asked and says beside batches, and what the module does that runs on it. */
import type { Loading } from './trust/loading.ts';

/** A revision of trust on its way to threads. */
export interface TrustDelivery {
  readonly revision: string;
  /** The document as JSON in UTF-8, in memory that all threads share. */
  readonly json: Uint8Array;
}

/** Batches go as packed bytes (`packing.ts`); null ends the thread. */
export type ToThread =
  | Uint8Array
  /** Takes the place of whatever was being loaded. */
  | { readonly kind: 'load'; readonly trust: TrustDelivery }
  /** Only this revision is needed from now on; what was being loaded is not. */
  | { readonly kind: 'keep'; readonly revision: string }
  | null;

/** Replies to batches go as packed bytes (`reply-packing.ts`), in the order of the batches; the rest comes in between. */
export type FromThread =
  | Uint8Array
  /** `tid`: as the system names the thread (gettid(2)); null where it does not say. */
  | { readonly kind: 'started'; readonly tid: number | null }
  | { readonly kind: 'loaded'; readonly revision: string }
  /** What was known before stays. */
  | { readonly kind: 'not_loaded'; readonly revision: string; readonly message: string };

/** Default export of the module that runs on a proving thread. */
export interface ThreadEntry {
  /** Throws RangeError on trust it does not know. */
  prove(packed: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Throws TrustError, now or in a step, on trust that cannot be used. */
  load(trust: TrustDelivery): Loading<unknown>;
  keepOnly(revision: string): void;
}
