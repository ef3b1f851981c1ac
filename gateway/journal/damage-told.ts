/** Tells of each damaged record once, however often it is read. */
import type { JournalError } from './journal-error.ts';
import type { OnDamaged } from './journal-reader.ts';

export function toldOnce(tell: OnDamaged): OnDamaged {
  const told = new Set<string>();
  return (error: JournalError) => {
    if (told.has(error.message)) return;
    told.add(error.message);
    tell(error);
  };
}
