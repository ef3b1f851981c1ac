/**
 * Takes the journals of gateways. Records arrive at least once and are kept once: by gateway and record id. With a
 * folder they are on disk before they are confirmed; without one only their ids are remembered.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type JournalFile, openJournalFile } from './journal-file.ts';

export const UPLOAD_RECORDS_MAX = 1_000;
export const RECORDS_MAX = 20_000_000;

const UploadSchema = Type.Object(
  {
    gateway: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
    records: Type.Array(
      // The rest of a record is the gateway's business.
      Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }),
      { maxItems: UPLOAD_RECORDS_MAX },
    ),
  },
  { additionalProperties: false },
);

export type JournalUpload = Static<typeof UploadSchema>;

const compiled = Compile(UploadSchema);

export function isJournalUpload(value: unknown): value is JournalUpload {
  return compiled.Check(value);
}

export interface IntakeAnswer {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface JournalSummary {
  readonly records: number;
  readonly duplicates: number;
  /** Of the duplicates, those that came with other content than the record kept. */
  readonly conflicts: number;
  readonly gateways: Readonly<Record<string, number>>;
}

/** No room for more records. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';
}

export class JournalIntake {
  /** Digest of each record kept, by gateway and id. */
  readonly #kept = new Map<string, string>();
  readonly #gateways = new Map<string, number>();
  readonly #recordsMax: number;
  #file: JournalFile | null = null;
  #duplicates = 0;
  #conflicts = 0;
  /** Uploads are taken one after another, so that a record in two of them is seen by the second. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  /** `folder`: where to keep records; null: only their ids, in memory. Throws when the folder cannot be used. */
  static async open(folder: string | null, recordsMax = RECORDS_MAX): Promise<JournalIntake> {
    const intake = new JournalIntake(recordsMax);
    if (folder !== null) {
      intake.#file = await openJournalFile(join(folder, 'journal.jsonl'), (line) => {
        const { gateway, record } = JSON.parse(line) as { gateway: string; record: { id: string } };
        intake.#keep(gateway, record.id, digest(JSON.stringify(record)));
      });
    }
    return intake;
  }

  /** Resolves when every record is kept. Throws JournalFullError, or what the disk said; then none is. */
  accept(upload: JournalUpload): Promise<IntakeAnswer> {
    const answer = this.#last.catch(() => {}).then(() => this.#accept(upload));
    this.#last = answer;
    return answer;
  }

  async #accept({ gateway, records }: JournalUpload): Promise<IntakeAnswer> {
    const fresh = new Map<string, string>();
    let [duplicates, conflicts] = [0, 0];
    for (const record of records) {
      const text = JSON.stringify(record);
      const known = this.#kept.get(name(gateway, record.id)) ?? digestOf(fresh.get(record.id));
      if (known === null) fresh.set(record.id, text);
      else {
        duplicates += 1;
        if (known !== digest(text)) conflicts += 1;
      }
    }
    if (this.#kept.size + fresh.size > this.#recordsMax) throw new JournalFullError('the journal is full');
    const lines = [...fresh.values()].map(
      (text) => `{"gateway":${JSON.stringify(gateway)},"record":${text}}`,
    );
    if (lines.length > 0) await this.#file?.append(lines);
    for (const [id, text] of fresh) this.#keep(gateway, id, digest(text));
    this.#duplicates += duplicates;
    this.#conflicts += conflicts;
    return { accepted: fresh.size, duplicates };
  }

  has(gateway: string, id: string): boolean {
    return this.#kept.has(name(gateway, id));
  }

  summary(): JournalSummary {
    return {
      records: this.#kept.size,
      duplicates: this.#duplicates,
      conflicts: this.#conflicts,
      gateways: Object.fromEntries(this.#gateways),
    };
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file?.close();
  }

  #keep(gateway: string, id: string, recordDigest: string): void {
    this.#kept.set(name(gateway, id), recordDigest);
    this.#gateways.set(gateway, (this.#gateways.get(gateway) ?? 0) + 1);
  }
}

function name(gateway: string, id: string): string {
  return `${gateway}\0${id}`;
}

function digestOf(text: string | undefined): string | null {
  return text === undefined ? null : digest(text);
}

/** Tells two records apart; 9 bytes are enough for what only counts conflicts. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest().toString('base64', 0, 9);
}
