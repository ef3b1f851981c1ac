/** Trust that may be used now, and until when. */
import type { TrustDocument } from '../../../workers/trust/document.ts';

export interface TrustInForce {
  readonly revision: string;
  readonly document: TrustDocument;
  /** Earliest expiry of the metadata it came with, milliseconds since 1970 UTC; infinite for trust from a file. */
  readonly expiresAtMs: number;
  /** Past expiry it is used until then, and every decision says so. */
  readonly graceUntilMs: number;
}
