/** When each revision of trust expires that a batch may have been proven with: the newest, and those just before. */
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';

/** A batch in flight was proven with one of the last few. */
const REVISIONS = 16;

export class TrustExpiries {
  readonly #expiresAtMs = new Map<string, number>();

  /** This trust is in force from now on; the same revision may be good for longer. */
  note({ revision, expiresAtMs }: TrustInForce): void {
    this.#expiresAtMs.delete(revision);
    this.#expiresAtMs.set(revision, expiresAtMs);
    if (this.#expiresAtMs.size <= REVISIONS) return;
    for (const oldest of this.#expiresAtMs.keys()) {
      this.#expiresAtMs.delete(oldest);
      return;
    }
  }

  /** Milliseconds since 1970 UTC; null: it is not known any more. */
  of(revision: string): number | null {
    return this.#expiresAtMs.get(revision) ?? null;
  }
}
