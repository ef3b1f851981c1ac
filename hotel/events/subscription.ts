/** Who is told of events, and what is on its way to them. */
import type { EventKind } from './event.ts';

export interface Subscription {
  readonly subscriptionId: string;
  readonly url: string;
  /** Empty: all kinds. */
  readonly kinds: readonly EventKind[];
  /** HMAC-SHA-256 key that deliveries are signed with, 32 bytes in base64url. Said once, when the subscription is made. */
  readonly secret: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** Set after deliveries failed for long: an alarm. Nothing is discarded. */
  readonly failingSinceMs: number | null;
  /** The last event that was delivered. */
  readonly deliveredSeq: number;
}

export interface Delivery {
  readonly deliveryId: string;
  readonly subscriptionId: string;
  readonly seq: number;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
}
