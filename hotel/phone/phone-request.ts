/** A request for a phone document, from the code on the clerk's screen to what became of it. */
import type { Code } from '../../config/codes.ts';
import type { Actor } from '../people/actor.ts';
import type { Bound } from './answer.ts';
import type { PhoneQuery } from './query.ts';

export type PhoneState =
  /** The code is shown. */
  | 'made'
  /** A wallet has the request, or the browser does. */
  | 'fetched'
  /** An answer came, and is being judged. */
  | 'answered'
  /** The gateway decided: `verification` says what. */
  | 'judged'
  /** Nothing came of it: `code` says why. */
  | 'failed'
  | 'expired';

export type PhoneMode = 'qr' | 'dc_api';

/** Who asked, and where: whoever reads it must be the same. */
export type PhoneOwner = Pick<Actor, 'kind' | 'id' | 'session'> & { readonly desk: string };

export interface PhoneRequest {
  readonly requestId: string;
  /** Other than the request's: who sees the code on the screen cannot answer. */
  readonly answerId: string;
  readonly owner: PhoneOwner;
  readonly scene: string;
  readonly mode: PhoneMode;
  readonly query: PhoneQuery;
  readonly expiresAtMs: number;
  readonly state: PhoneState;
  /** Null unless it failed. */
  readonly code: Code | null;
  /** As the desk answers a verification; null unless it was judged. */
  readonly verification: unknown;
  /** Null before it was fetched and after the answer was read: a key opens one answer. */
  readonly bound: Bound | null;
}

/** Whether something can still become of it. */
export function isOpen({ state }: Pick<PhoneRequest, 'state'>): boolean {
  return state === 'made' || state === 'fetched' || state === 'answered';
}

/** Whether a clerk may see it: whoever asked, at that workplace. */
export function isOf({ owner }: PhoneRequest, asking: PhoneOwner): boolean {
  return owner.kind === asking.kind && owner.id === asking.id && owner.desk === asking.desk;
}
