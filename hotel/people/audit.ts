/** Hash-chained log of every look at personal data and every change of it, with who and why. It names ids, never persons. */

export interface AuditEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  /** Ids of what was looked at or changed. */
  readonly subjects: readonly string[];
  readonly reason: string | null;
}

export interface AuditLog {
  /** On disk when it resolves. What cannot be written is not shown: rejects with HotelError `store_unavailable`. */
  append(entry: AuditEntry): Promise<void>;
}
