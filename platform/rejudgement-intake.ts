/**
 * Takes what gateways decided offline and would now decide otherwise. Each is kept once: by gateway, record and the
 * revision it was judged again with.
 */
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { JournalFullError } from './journal/intake.ts';
import { type JournalFile, openJournalFile } from './journal-file.ts';

export const REJUDGEMENTS_MAX = 1_000_000;

const text = (max: number) => Type.String({ minLength: 1, maxLength: max });
const Decided = Type.Object(
  {
    outcome: Type.Union([Type.Literal('allow'), Type.Literal('deny'), Type.Literal('refer')]),
    code: text(64),
    list_revision: Type.Union([text(64), Type.Null()]),
  },
  { additionalProperties: false },
);
const ItemSchema = Type.Object(
  { id: text(128), judged_at_ms: Type.Integer({ minimum: 0 }), was: Decided, now: Decided },
  { additionalProperties: false },
);
export const RejudgementUploadSchema = Type.Object(
  {
    gateway: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
    items: Type.Array(ItemSchema, { minItems: 1, maxItems: 1_000 }),
  },
  { additionalProperties: false },
);

export const UnjudgedUploadSchema = Type.Object(
  {
    gateway: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
    items: Type.Array(Type.Object({ id: text(128), why: text(64) }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 1_000,
    }),
  },
  { additionalProperties: false },
);

export type UnjudgedUpload = Static<typeof UnjudgedUploadSchema>;
export type Rejudgement = Static<typeof ItemSchema>;
export type RejudgementUpload = Static<typeof RejudgementUploadSchema>;

export interface RejudgementAnswer {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface RejudgementSummary {
  readonly items: number;
  readonly duplicates: number;
  /** By `was>now`, such as `allow>deny`. */
  readonly changes: Readonly<Record<string, number>>;
  readonly gateways: Readonly<Record<string, number>>;
  /** Decisions that no list can judge again, by why. */
  readonly unjudged: Readonly<Record<string, number>>;
}

export class RejudgementIntake {
  /** Why, by gateway and record. */
  readonly #unjudged = new Map<string, string>();
  readonly #kept = new Map<string, Rejudgement & { readonly gateway: string }>();
  readonly #max: number;
  #file: JournalFile | null = null;
  #unjudgedFile: JournalFile | null = null;
  #duplicates = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(max: number) {
    this.#max = max;
  }

  /** `folder`: where they are kept; null: in memory. Throws when the folder cannot be used. */
  static async open(folder: string | null, max = REJUDGEMENTS_MAX): Promise<RejudgementIntake> {
    const intake = new RejudgementIntake(max);
    if (folder !== null) {
      intake.#file = await openJournalFile(join(folder, 'rejudgements.jsonl'), (line) => {
        const { gateway, items } = JSON.parse(line) as RejudgementUpload;
        for (const item of items) intake.#kept.set(name(gateway, item), { gateway, ...item });
      });
      intake.#unjudgedFile = await openJournalFile(join(folder, 'unjudged.jsonl'), (line) => {
        const { gateway, items } = JSON.parse(line) as UnjudgedUpload;
        for (const { id, why } of items) intake.#unjudged.set(`${gateway}\0${id}`, why);
      });
    }
    return intake;
  }

  /** Resolves when every one is kept. Throws JournalFullError, or what the disk said; then none is. */
  accept(upload: RejudgementUpload): Promise<RejudgementAnswer> {
    return this.#inTurn(() => this.#accept(upload));
  }

  /** Each is kept once, by gateway and record. Resolves and throws as `accept`. */
  acceptUnjudged(upload: UnjudgedUpload): Promise<RejudgementAnswer> {
    return this.#inTurn(() => this.#acceptUnjudged(upload));
  }

  #inTurn(work: () => Promise<RejudgementAnswer>): Promise<RejudgementAnswer> {
    const answer = this.#last.catch(() => {}).then(work);
    this.#last = answer;
    return answer;
  }

  async #acceptUnjudged({ gateway, items }: UnjudgedUpload): Promise<RejudgementAnswer> {
    const fresh = new Map<string, UnjudgedUpload['items'][number]>();
    for (const item of items) {
      const key = `${gateway}\0${item.id}`;
      if (!this.#unjudged.has(key)) fresh.set(key, item);
    }
    if (this.#unjudged.size + fresh.size > this.#max) throw new JournalFullError('no room for more');
    if (fresh.size > 0)
      await this.#unjudgedFile?.append([JSON.stringify({ gateway, items: [...fresh.values()] })]);
    for (const [key, { why }] of fresh) this.#unjudged.set(key, why);
    return { accepted: fresh.size, duplicates: items.length - fresh.size };
  }

  async #accept({ gateway, items }: RejudgementUpload): Promise<RejudgementAnswer> {
    const fresh = new Map<string, Rejudgement>();
    for (const item of items) if (!this.#kept.has(name(gateway, item))) fresh.set(name(gateway, item), item);
    if (this.#kept.size + fresh.size > this.#max) throw new JournalFullError('no room for more');
    if (fresh.size > 0) await this.#file?.append([JSON.stringify({ gateway, items: [...fresh.values()] })]);
    for (const [key, item] of fresh) this.#kept.set(key, { gateway, ...item });
    const duplicates = items.length - fresh.size;
    this.#duplicates += duplicates;
    return { accepted: fresh.size, duplicates };
  }

  /** All of them, in the order they came. */
  get items(): readonly (Rejudgement & { readonly gateway: string })[] {
    return [...this.#kept.values()];
  }

  summary(): RejudgementSummary {
    const changes: Record<string, number> = {};
    const gateways: Record<string, number> = {};
    for (const { gateway, was, now } of this.#kept.values()) {
      const change = `${was.outcome}>${now.outcome}`;
      changes[change] = (changes[change] ?? 0) + 1;
      gateways[gateway] = (gateways[gateway] ?? 0) + 1;
    }
    const unjudged: Record<string, number> = {};
    for (const why of this.#unjudged.values()) unjudged[why] = (unjudged[why] ?? 0) + 1;
    return { items: this.#kept.size, duplicates: this.#duplicates, changes, gateways, unjudged };
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file?.close();
    await this.#unjudgedFile?.close();
  }
}

function name(gateway: string, { id, now }: Rejudgement): string {
  return `${gateway}\0${id}\0${now.list_revision ?? ''}`;
}
