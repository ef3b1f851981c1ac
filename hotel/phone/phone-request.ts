/** A request for a phone document, from the code on the clerk's screen to what became of it. */
import type { Code } from '../../config/codes.ts';
import type { Actor } from '../people/actor.ts';
import type { Verification } from '../verification/verification.ts';
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

/** Who asked, and where. */
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
  readonly verification: Verification | null;
  /** Null before it was fetched and after the answer was read: a key opens one answer. */
  readonly bound: Bound | null;
}

/** Whether something can still become of it. */
export function isOpen({ state }: Pick<PhoneRequest, 'state'>): boolean {
  return state === 'made' || state === 'fetched' || state === 'answered';
}

/** Whether it is of whoever asks for it now. */
export function isOf({ owner }: PhoneRequest, { kind, id }: Pick<Actor, 'kind' | 'id'>): boolean {
  return owner.kind === kind && owner.id === id;
}
