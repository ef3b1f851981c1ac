/** Who an export is for, as the command line has them: texts of age, or files with keys or certificates. */
import { readFileSync } from 'node:fs';
import { RECIPIENTS_MAX } from '../../crypto/sealing/sealed-file.ts';
import type { ExportForm } from '../../hotel/register/keeping/export-form.ts';
import { UnusableError } from '../unusable.ts';

/** Recipients without a fault. Throws UnusableError, which names what was given. */
export function recipientsOf(given: readonly string[], form: ExportForm): readonly string[] {
  if (given.length === 0) throw new UnusableError(`--recipient is needed: a ${form.recipient}`);
  if (given.length > RECIPIENTS_MAX)
    throw new UnusableError(`--recipient is given ${RECIPIENTS_MAX} times at most`);
  return given.map((each) => {
    const recipient = form.isInFile ? textOf(each) : each;
    const fault = form.fault(recipient);
    if (fault !== null) throw new UnusableError(`${each} is no ${form.recipient}: ${fault}`);
    return recipient;
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    throw new UnusableError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
