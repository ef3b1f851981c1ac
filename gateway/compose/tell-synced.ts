/** Tells the link what is on disk: soon after there is more, and never while there is not. */
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { PlatformLink } from '../link/link.ts';

/** Commits of this time are told together. */
const TOGETHER_MS = 100;

/** Returns what ends it. */
export function tellSynced(
  journal: Pick<LmdbJournal, 'followed' | 'syncedPosition'>,
  link: Pick<PlatformLink, 'synced'>,
): () => void {
  let timer: NodeJS.Timeout | null = null;
  const tell = () => {
    timer = null;
    link.synced(journal.syncedPosition);
  };
  journal.followed.onSynced(() => {
    timer ??= setTimeout(tell, TOGETHER_MS);
  });
  tell();
  return () => {
    journal.followed.onSynced(() => {});
    if (timer !== null) clearTimeout(timer);
  };
}
