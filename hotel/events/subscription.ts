/** Who is told of events by webhook. */
import type { EventKind } from './event.ts';

export interface Subscription {
  readonly subscriptionId: string;
  readonly url: string;
  /** Empty: all kinds. */
  readonly kinds: readonly EventKind[];
  /** Key that deliveries are signed with: 32 random bytes as base64url. Said when it is made, and by nothing later. */
  readonly secret: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** Since when deliveries fail; null: the last one was taken. Nothing is discarded. */
  readonly failingSinceMs: number | null;
  /** The last event that was delivered, or passed over since it is of another kind. */
  readonly deliveredSeq: number;
}
