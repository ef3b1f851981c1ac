/** Waiting for LMDB to commit, but not for ever. */
import { commitFailure } from '../storage/lmdb-environment.ts';
import { JournalError } from './journal-error.ts';

/**
 * Resolves, to what LMDB says of it, when LMDB has kept what it was given. Rejects with JournalError: `io` when the system refused and nothing was
 * kept, `failed` when nobody knows, or when it takes longer than `stallMs`.
 */
export async function commitEnd<T>(written: Promise<T>, stallMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new JournalError('failed', `a commit did not end within ${stallMs} ms`));
    }, stallMs);
  });
  try {
    return await Promise.race([written, stalled]);
  } catch (rejection) {
    if (rejection instanceof JournalError) throw rejection;
    const { code, error } = await commitFailure(rejection);
    // LMDB's own codes are negative: it does not trust its state. The system's are positive: nothing was kept.
    if (code !== null && code > 0) {
      throw new JournalError('io', `the journal could not be written: ${error.message}`, { cause: error });
    }
    throw new JournalError('failed', `the journal is in doubt: ${error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
