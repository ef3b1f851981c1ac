/** Errors as problem documents (RFC 9457), by the one table of codes. */
import type { Code } from '../../config/codes.ts';
import { OnecardError } from '../../config/onecard-error.ts';

export class Problem extends OnecardError {
  override readonly name = 'Problem';
  readonly code: Code;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: Code, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.headers = headers;
  }
}
