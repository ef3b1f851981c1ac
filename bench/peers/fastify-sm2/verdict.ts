/** What verifying a presentation comes to. Codes are those of docs/codes.md. */

export interface Proven {
  readonly ok: true;
  readonly issuer: string;
  readonly credentialId: string;
  readonly region: string;
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface Refused {
  readonly ok: false;
  readonly code: string;
}

export type Verdict = Proven | Refused;

export const refused = (code: string): Refused => ({ ok: false, code });

/** A presentation that does not verify, thrown where it is found. Made without a stack, which nobody reads. */
export class Unproven extends Error {
  readonly code: string;

  constructor(code: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(code);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
  }
}

export function demand(holds: boolean, code: string): asserts holds {
  if (!holds) throw new Unproven(code);
}
