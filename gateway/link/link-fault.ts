/** What a failure of the link is called in metrics and logs: one of the closed sets of the parts that refuse. */
import { ListFileError } from '../../lists/list-file-error.ts';
import { TrustUpdateError } from '../knowledge/trust/trust-update-error.ts';
import { PlatformError } from '../outbound/platform-error.ts';

/** `internal`: a fault of our own. */
export function linkFault(error: unknown): string {
  const refused =
    error instanceof PlatformError || error instanceof TrustUpdateError || error instanceof ListFileError;
  if (refused) return error.fault;
  return error instanceof Error && 'syscall' in error ? 'storage' : 'internal';
}
