/** How a signature goes into the list of checks. */
import type { Code } from '../../../config/codes.ts';
import type { Verification } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';

/** Whether it is still open or held: false for one that cannot be verified at all. */
export function recordSignature(
  list: CheckList,
  check: string,
  code: Code,
  verification: Verification,
): boolean {
  switch (verification.kind) {
    case 'job':
      list.verify(check, code, verification.job);
      return true;
    case 'slow':
      list.verifySlowly(check, code, verification.slow);
      return true;
    case 'refused':
      return list.require(check, verification.code, false);
  }
}
