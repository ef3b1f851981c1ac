/** Every publication so far, on disk, so that a platform that starts again goes on at the same chain. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TrustDocument } from '../workers/trust/document.ts';
import type { CardChange, Replacement } from './cards/ledger.ts';
import type { City } from './city.ts';
import { type JournalFile, openJournalFile } from './journal-file.ts';
import type { Link } from './lists/card-chain.ts';
import type { NamedLists } from './lists/named-lists.ts';

export interface CardChanges {
  readonly cards: readonly CardChange[];
  readonly replace: readonly Replacement[];
}

export type LogEntry =
  /** The first: whose publications these are. */
  | { readonly kind: 'city'; readonly city: string }
  /** A snapshot of the card list was published, at the revision so far. */
  | { readonly kind: 'snapshot'; readonly file: string }
  | {
      readonly kind: 'publication';
      readonly changes: readonly CardChanges[];
      /** Of the chain of profile `international`; none where it is not signed. */
      readonly deltas: readonly Link[];
      /** Of that of profile `sm`, where it is. */
      readonly smDeltas?: readonly Link[];
      readonly trust: TrustDocument | null;
      readonly named: NamedLists;
      /** Not there: as before; null: none any more. */
      readonly city?: unknown;
    };

export class PublicationLog {
  readonly entries: readonly LogEntry[];
  readonly #file: JournalFile;

  private constructor(file: JournalFile, entries: readonly LogEntry[]) {
    this.#file = file;
    this.entries = entries;
  }

  /** Throws RangeError when the folder is another city's, and what the system says. */
  static async open(folder: string, city: City): Promise<PublicationLog> {
    const entries: LogEntry[] = [];
    const file = await openJournalFile(join(folder, 'publications.jsonl'), (line) =>
      entries.push(JSON.parse(line) as LogEntry),
    );
    const log = new PublicationLog(file, entries.slice(1));
    const digest = createHash('sha256').update(`${city.seed}\0${city.region}\0${city.size}`).digest('hex');
    const [first] = entries;
    if (first === undefined) await log.append({ kind: 'city', city: digest });
    else if (first.kind !== 'city' || first.city !== digest) {
      await file.close();
      throw new RangeError(`${folder} holds the publications of another city`);
    }
    return log;
  }

  /** Resolves when it is on disk. */
  append(entry: LogEntry): Promise<void> {
    return this.#file.append([JSON.stringify(entry)]);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
