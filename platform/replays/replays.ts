/**
 * Finds what was accepted twice, over the journals of all gateways: records that share a name in the cluster and are not one
 * tap. It always runs, also where gateways ask a store before they accept: a store that failed over has forgotten the last
 * second, and a gateway that was cut off decided alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OUTAGE_GAP_MS } from '../../config/outage-gap.ts';
import {
  type Acceptance,
  inDoubles,
  judgePresentation,
  type PresentationJudged,
} from '../../reports/accepted-again.ts';
import { areOne, joined, type Outage } from '../../reports/outages.ts';
import { type NamedAcceptance, readAcceptance } from './read-acceptance.ts';
import { type FoundDoubles, type Presentation, ReplayTables } from './replay-tables.ts';

export interface ReplaysOptions {
  /** Of the platform; null: what is found is forgotten with the platform. */
  readonly folder: string | null;
  readonly now: () => number;
  /** Longest time for which a journal may be on its way. A presentation is forgotten so long after its end. */
  readonly journalsWaitMs: number;
  /** Presentations that are remembered at most; above, those that end first are forgotten. */
  readonly presentationsMax?: number;
}

export interface ReplayCounts {
  /** Acceptances with a name in the cluster. */
  readonly acceptances: number;
  /** Of those: decided alone, since the store did not answer. */
  readonly alone: number;
  /** One presentation, two taps, both accepted. */
  readonly doubles: number;
  /** Taps that were decided at a second gateway, since their gate had moved. No doubles. */
  readonly moved: number;
  /** Came when their presentation was forgotten already, and were held against nothing. */
  readonly tooLate: number;
  /** Presentations that were forgotten before their time for want of room. */
  readonly forgottenEarly: number;
  /** Presentations remembered now. */
  readonly remembered: number;
}

/** Records of one upload that were not there before. */
export interface KeptUpload {
  readonly gateway: string;
  readonly epoch: string;
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

export const JOURNALS_WAIT_MS = 72 * 3_600_000;
const PRESENTATIONS_MAX = 50_000_000;
/** Of one presentation; more are counted as acceptances and not kept. */
const ACCEPTANCES_MAX = 1_024;
/** Kept for good; above, the oldest go. */
const DOUBLES_MAX = 1_000_000;
const OUTAGES_MAX = 100_000;
/** Whatever end a record names. */
const LIFE_MS_MAX = 30 * 86_400_000;
/** Forgotten in one step. */
const FORGOTTEN_MAX = 4_096;
const NOTHING: ReplayCounts = {
  ...{ acceptances: 0, alone: 0, doubles: 0, moved: 0, tooLate: 0, forgottenEarly: 0, remembered: 0 },
};

export class Replays {
  readonly #options: ReplaysOptions;
  /** Null until there is something to keep. */
  #tables: ReplayTables | null = null;
  #counts: Record<keyof ReplayCounts, number> = { ...NOTHING };
  #next = 1;
  #readFrames = 0;

  /** Throws what LMDB or the system says. */
  constructor(options: ReplaysOptions) {
    this.#options = options;
    const { folder } = options;
    if (folder === null || !existsSync(this.#path(folder))) return;
    const tables = this.#opened();
    this.#restore(tables);
  }

  /** How many frames of the journal's file are in what is known. */
  get readFrames(): number {
    return this.#readFrames;
  }

  /** The journal's file is shorter than what was read of it: it is another one, and is read from its beginning. */
  startOver(): void {
    this.#readFrames = 0;
  }

  /** What frame `frame` of the journal's file holds. Throws what LMDB says; then nothing of it is taken. */
  take(upload: KeptUpload | null, frame: number): void {
    const { gateway = '', epoch = '', first = 0, records = [] } = upload ?? {};
    const named = records.flatMap(
      (stored, i) => readAcceptance({ gateway, epoch, position: first + i }, stored) ?? [],
    );
    if (upload === null || (named.length === 0 && this.#tables === null)) {
      this.#readFrames = frame;
      return;
    }
    const tables = this.#opened();
    try {
      tables.step(() => {
        for (const each of named) this.#accept(tables, each);
        this.#forget(tables);
        this.#readFrames = frame;
        tables.putState('counts', this.#counts);
        tables.putState('next', this.#next);
        tables.putState('frames', frame);
      });
    } catch (error) {
      this.#restore(tables);
      throw error;
    }
  }

  counts(): ReplayCounts {
    return { ...this.#counts };
  }

  /** What was accepted more than once, in the order it was first seen; `number`s behind `after`. */
  *doubles(after = 0): Generator<readonly [number: number, found: FoundDoubles]> {
    if (this.#tables !== null) yield* this.#tables.doublesAfter(after);
  }

  *outages(): Generator<Outage> {
    if (this.#tables !== null) yield* this.#tables.outages();
  }

  /** The newest first. */
  outagesOf(gateway: string, limit: number): Outage[] {
    return this.#tables?.outagesBefore(gateway, Number.MAX_SAFE_INTEGER, limit) ?? [];
  }

  async close(): Promise<void> {
    await this.#tables?.close();
  }

  #path(folder: string): string {
    return join(folder, 'replays');
  }

  #opened(): ReplayTables {
    const { folder } = this.#options;
    this.#tables ??= new ReplayTables(folder === null ? null : this.#path(folder));
    return this.#tables;
  }

  #restore(tables: ReplayTables): void {
    this.#counts = { ...NOTHING, ...tables.state<ReplayCounts>('counts') };
    this.#next = tables.state<number>('next') ?? 1;
    this.#readFrames = tables.state<number>('frames') ?? 0;
  }

  #accept(tables: ReplayTables, { acceptance, names }: NamedAcceptance): void {
    const numbers = [...new Set(names.flatMap((name) => tables.numberOf(name) ?? []))].sort((a, b) => a - b);
    const known = numbers.flatMap((number) => tables.presentation(number) ?? []);
    const acceptances = known.flatMap((each) => each.acceptances);
    if (acceptances.some(({ gateway, id }) => gateway === acceptance.gateway && id === acceptance.id)) return;
    this.#counts.acceptances += 1;
    if (acceptance.scope === 'local') this.#alone(tables, acceptance);
    const nowMs = this.#options.now();
    const endMs = Math.floor(Math.min(acceptance.untilMs, nowMs + LIFE_MS_MAX));
    if (endMs + this.#options.journalsWaitMs <= nowMs) {
      this.#counts.tooLate += 1;
      return;
    }
    if (acceptances.length >= ACCEPTANCES_MAX) return;
    const [first = this.#next, ...others] = numbers;
    if (first === this.#next) this.#next += 1;
    const now: Presentation = {
      names: unique([...known.flatMap((each) => each.names), ...names]),
      acceptances: [...acceptances, acceptance],
      endMs: Math.max(endMs, ...known.map((each) => each.endMs)),
    };
    const before = known.map((each) => judgePresentation(each.acceptances));
    for (const number of others) {
      tables.removePresentation(number, []);
      tables.removeDoubles(number);
    }
    tables.putPresentation(first, now);
    tables.putEnd(now.endMs, first);
    this.#counts.remembered += 1 - numbers.length;
    this.#judged(tables, first, before, judgePresentation(now.acceptances));
  }

  /** Puts the difference that an acceptance made where it is shown. */
  #judged(
    tables: ReplayTables,
    number: number,
    before: readonly PresentationJudged[],
    after: PresentationJudged,
  ): void {
    const sum = (read: (judged: PresentationJudged) => number) =>
      before.reduce((total, judged) => total + read(judged), 0);
    this.#counts.doubles += after.doubles.length - sum(({ doubles }) => doubles.length);
    this.#counts.moved += after.moved - sum(({ moved }) => moved);
    const [was, is] = [new Map<string, Acceptance>(), new Map<string, Acceptance>()];
    for (const judged of before) for (const each of inDoubles(judged)) was.set(nameOf(each), each);
    for (const each of inDoubles(after)) is.set(nameOf(each), each);
    for (const [name, each] of is) if (!was.has(name)) this.#turnedOut(tables, each, 1);
    for (const [name, each] of was) if (!is.has(name)) this.#turnedOut(tables, each, -1);
    const { doubles } = after;
    if (doubles.length === 0) {
      tables.removeDoubles(number);
      return;
    }
    const foundAtMs = tables.doublesOf(number)?.foundAtMs ?? this.#options.now();
    tables.putDoubles(number, { doubles, foundAtMs }, DOUBLES_MAX);
  }

  #alone(tables: ReplayTables, { gateway, atMs }: Acceptance): void {
    this.#counts.alone += 1;
    let outage: Outage = { gateway, fromMs: atMs, toMs: atMs, accepted: 1, doubles: 0 };
    // Those that begin within the gap behind it, and the one before it, may be one with it now.
    for (const each of tables.outagesBefore(gateway, atMs + OUTAGE_GAP_MS + 1, 2)) {
      if (!areOne(each, outage)) break;
      tables.removeOutage(each);
      outage = joined(each, outage);
    }
    tables.putOutage(outage, OUTAGES_MAX);
  }

  #turnedOut(tables: ReplayTables, { gateway, scope, atMs }: Acceptance, by: 1 | -1): void {
    if (scope !== 'local') return;
    const [outage] = tables.outagesBefore(gateway, atMs + 1, 1);
    if (outage) tables.putOutage({ ...outage, doubles: outage.doubles + by }, OUTAGES_MAX);
  }

  #forget(tables: ReplayTables): void {
    const { now, journalsWaitMs, presentationsMax = PRESENTATIONS_MAX } = this.#options;
    for (let looked = 0; looked < FORGOTTEN_MAX; looked += 1) {
      const isOver = this.#counts.remembered > presentationsMax;
      const end = tables.takeEnd(isOver ? Number.MAX_SAFE_INTEGER : now() - journalsWaitMs);
      if (end === null) return;
      const presentation = tables.presentation(end.number);
      // Joined to another, or forgotten.
      if (presentation === null) continue;
      // One that was accepted again is looked at again at that acceptance's end.
      if (presentation.endMs > end.atMs) continue;
      tables.removePresentation(end.number, presentation.names);
      this.#counts.remembered -= 1;
      if (end.atMs + journalsWaitMs > now()) this.#counts.forgottenEarly += 1;
    }
  }
}

const nameOf = ({ gateway, id }: Acceptance) => `${gateway} ${id}`;

function unique(names: readonly Uint8Array[]): Uint8Array[] {
  const byText = new Map(names.map((name) => [Buffer.from(name).toString('hex'), name]));
  return [...byText.values()];
}
