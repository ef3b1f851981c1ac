/** What was answered under an idempotency key (draft-ietf-httpapi-idempotency-key-header), kept with what it did. */
export interface KeptAnswer {
  /** Keyed hash of who asked, method, path and key. */
  readonly keyDigest: string;
  /** Keyed hash of the body. */
  readonly bodyDigest: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly atMs: number;
}
