/**
 * Reads what gateways hand in by the stream of journals, by a cursor kept beside the journals themselves, gives it to the
 * intake that HTTP gives to, and says on `confirm.<gateway>` what became of it once that is on disk. What cannot be kept
 * now is not passed by: it is read again, and the stream holds what comes behind it.
 */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers } from '@nats-io/transport-node';
import { codeEntry } from '../../config/codes.ts';
import type { BusSession } from '../../gateway/cluster/bus/connect.ts';
import type { CursorNews, CursorPlace } from '../../gateway/cluster/bus/cursor-place.ts';
import { type CursorMessage, OwnCursor } from '../../gateway/cluster/bus/own-cursor.ts';
import type { Profiles } from '../authority/profiles.ts';
import type { FaultSwitch } from '../faults.ts';
import { Problem } from '../http/problem.ts';
import { reply } from '../http/reply.ts';
import { SEAL_HEADER, type Sealer } from '../http/sealer.ts';
import { type Takers, takeUpload } from '../take-upload.ts';
import { GatewayAnswers, journalSubject, uploadDigests } from './journal-messages.ts';
import type { PlatformBus } from './platform-bus.ts';

export interface BusJournalsOptions {
  readonly bus: Pick<PlatformBus, 'attend' | 'names'>;
  readonly takers: Takers;
  /** Whose digests what is handed in is named with. */
  readonly profiles: Profiles;
  readonly sealer: Sealer;
  readonly faults: Pick<FaultSwitch, 'isDown'>;
  /** Where the cursor is kept; null: it begins at the first message with each start. */
  readonly folder: string | null;
  /** It is tried again. */
  readonly onFault: (error: Error) => void;
}

export interface BusJournalSummary {
  /** Messages read, the same again among them. */
  readonly messages: number;
  /** Of those, how many were refused. */
  readonly refused: number;
  /** What happened to the stream, by kind (see CursorNews). */
  readonly news: Readonly<Partial<Record<CursorNews['kind'], number>>>;
}

/** In the platform's folder. */
const PLACE_FILE = 'bus-journals.json';
/** Gateways that are answered; of more, those that said nothing for longest are forgotten. */
const GATEWAYS_MAX = 10_000;
const PURGE_EVERY_MS = 2_000;
const AGAIN_MS = 200;

export class BusJournals {
  readonly #options: BusJournalsOptions;
  readonly #cursor: OwnCursor;
  readonly #gateways = new Map<string, GatewayAnswers>();
  /** Gateways that something is to be said to. */
  readonly #unsaid = new Set<string>();
  readonly #saying = new Set<string>();
  readonly #news = new Map<CursorNews['kind'], number>();
  #session: BusSession | null = null;
  #isClosing = false;
  #messages = 0;
  #refused = 0;
  #purgeTimer: NodeJS.Timeout | null = null;

  constructor(options: BusJournalsOptions) {
    this.#options = options;
    const { bus, folder, onFault } = options;
    bus.attend((session) => this.#begin(session));
    this.#cursor = new OwnCursor({
      bus: {
        attend(work) {
          bus.attend(work);
          return () => {};
        },
      },
      stream: bus.names.journals,
      place: folder === null ? null : placeIn(folder),
      beginsAt: 'first',
      take: (message) => this.#take(message),
      keep: (place) => this.#keep(place),
      onNews: (news) => this.#count(news),
      onFault,
    });
  }

  summary(): BusJournalSummary {
    return { messages: this.#messages, refused: this.#refused, news: Object.fromEntries(this.#news) };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#cursor.close();
    if (this.#purgeTimer !== null) clearTimeout(this.#purgeTimer);
  }

  /** What was said may have been lost with the servers' last messages: it is said again. */
  #begin(session: BusSession): void {
    this.#session = session;
    session.signal.addEventListener('abort', () => {
      if (this.#session === session) this.#session = null;
    });
    for (const gateway of this.#gateways.keys()) this.#say(gateway);
  }

  /** Rejects with what keeps it from being kept now. */
  async #take({ subject, data, sequence }: CursorMessage): Promise<void> {
    while (this.#options.faults.isDown && !this.#isClosing) await sleep(AGAIN_MS);
    const of = journalSubject(this.#options.bus.names, subject);
    if (of === null) {
      this.#messages += 1;
      this.#refused += 1;
      return;
    }
    const { status, answer } = await this.#answerTo(of, data);
    this.#messages += 1;
    if (status !== 200) this.#refused += 1;
    const answers = this.#answersTo(of.gateway);
    const { profiles } = this.#options;
    const { made = '' } = this.#cursor.state.place ?? {};
    answers.put(made, { sequence, ...uploadDigests(profiles, subject, data), status, answer });
    this.#say(of.gateway);
  }

  async #answerTo(
    { gateway, kind }: NonNullable<ReturnType<typeof journalSubject>>,
    body: Uint8Array,
  ): Promise<{ readonly status: number; readonly answer: unknown }> {
    try {
      const isOf = (named: string) => named === gateway;
      return { status: 200, answer: await takeUpload(this.#options.takers, { kind, body, isOf }) };
    } catch (error) {
      if (!(error instanceof Problem) || error.code === 'platform.journal_full') throw error;
      return { status: codeEntry(error.code).http ?? 400, answer: { code: error.code } };
    }
  }

  #answersTo(gateway: string): GatewayAnswers {
    const answers = this.#gateways.get(gateway) ?? new GatewayAnswers(gateway);
    this.#gateways.delete(gateway);
    this.#gateways.set(gateway, answers);
    const [oldest] = this.#gateways.keys();
    if (this.#gateways.size > GATEWAYS_MAX && oldest !== undefined) this.#gateways.delete(oldest);
    return answers;
  }

  /** One word to a gateway at a time: what comes meanwhile is in the next. */
  #say(gateway: string): void {
    this.#unsaid.add(gateway);
    if (this.#saying.has(gateway)) return;
    this.#saying.add(gateway);
    void this.#sayAll(gateway).finally(() => {
      this.#saying.delete(gateway);
      if (this.#unsaid.has(gateway) && this.#session !== null) this.#say(gateway);
    });
  }

  async #sayAll(gateway: string): Promise<void> {
    const { bus, sealer, onFault } = this.#options;
    while (this.#unsaid.has(gateway) && this.#session !== null) {
      const answers = this.#gateways.get(gateway);
      this.#unsaid.delete(gateway);
      if (answers === undefined) return;
      const subject = bus.names.confirm(gateway);
      const question = { path: subject, body: Buffer.alloc(0) };
      const said = sealer.seal(question, reply(answers.confirmation, 'application/json'));
      try {
        const sealed = headers();
        const seal = said.headers[SEAL_HEADER];
        if (seal !== undefined) sealed.set(SEAL_HEADER, seal);
        const body = 'bytes' in said.content ? said.content.bytes : new Uint8Array();
        await this.#session.jetstream.publish(subject, body, { headers: sealed });
      } catch (error) {
        this.#unsaid.add(gateway);
        // At the next session all is said again.
        if (this.#session === null) return;
        onFault(error as Error);
        await sleep(AGAIN_MS);
      }
    }
  }

  async #keep(place: CursorPlace): Promise<void> {
    const { folder } = this.#options;
    if (folder !== null) {
      const file = join(folder, PLACE_FILE);
      await writeFile(`${file}.new`, JSON.stringify(place), { mode: 0o600 });
      await rename(`${file}.new`, file);
    }
    this.#purgeTimer ??= setTimeout(() => this.#purge(), PURGE_EVERY_MS).unref();
  }

  /** What was read makes room. Nobody else needs it: gateways keep what is not confirmed. */
  #purge(): void {
    const { bus, onFault } = this.#options;
    const session = this.#session;
    const { sequence = 0 } = this.#cursor.state.place ?? {};
    this.#purgeTimer = null;
    if (session === null || sequence === 0) return;
    // What is not purged now is with the next.
    session.manager.streams.purge(bus.names.journals, { seq: sequence + 1 }).catch((error: Error) => {
      if (!session.signal.aborted) onFault(error);
    });
  }

  #count(news: CursorNews): void {
    this.#news.set(news.kind, (this.#news.get(news.kind) ?? 0) + 1);
  }
}

/** Where the cursor stood; null: it is not known, and all that is in the stream is read. */
function placeIn(folder: string): CursorPlace | null {
  try {
    const { made, sequence } = JSON.parse(readFileSync(join(folder, PLACE_FILE), 'utf8')) as CursorPlace;
    return typeof made === 'string' && Number.isSafeInteger(sequence) ? { made, sequence } : null;
  } catch {
    // None was kept, or not whole.
    return null;
  }
}
