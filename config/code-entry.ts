/** What the tables of codes say of each. */
export type CodeKind = 'decision' | 'proof' | 'refusal' | 'connection';

export interface CodeEntry {
  readonly kind: CodeKind;
  readonly outcome: 'allow' | 'deny' | 'refer' | 'none';
  /** HTTP status of the problem document (RFC 9457) or of the answer that carries the code. */
  readonly http: number;
  /** Whether sending the same again later can help. */
  readonly retry: boolean;
  readonly meaning: string;
}
