/**
 * Reading at the workplaces: a session asks for the next card there, and that one alone is read, for that session. Nothing is
 * read that nobody asked for. The gateway's challenge is asked for when the card lies there, is bound to workplace and scene,
 * and is used for one reading.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { FromAgent, ReadingStep } from '../../client/reader/wire.ts';
import type { DeskCore, DeskPresentation } from '../../gateway/desk/desk-core.ts';
import type { DeskEventName } from '../http/desk-stream.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Actor } from '../people/actor.ts';
import type { ConnectedReader, ReaderHub, Slot } from './reader-hub.ts';
import { type BothWords, READING_WORDS, type ReadingFault } from './words.ts';

export const ARMED_MS = 120_000;
/** A slow card with a long key, through a slow reader. */
const READ_MS = 20_000;
const ID_BYTES = 12;
/** Readers of which it is known which card was read last. */
const READ_MAX = 1_024;

/** Presentation in, what the clerk is told of it out. */
export type Judge = (wish: {
  readonly actor: Actor;
  readonly desk: string;
  readonly scene: string;
  readonly presentation: DeskPresentation;
}) => Promise<unknown>;

export interface DeskReadingOptions {
  readonly hub: ReaderHub;
  readonly core: Pick<DeskCore, 'challenge'>;
  readonly judge: Judge;
  readonly push: (desk: string, event: DeskEventName, data: unknown, session?: string) => void;
  readonly now: () => number;
  readonly onFault: (cause: unknown) => void;
}

export type ReadingState =
  | 'armed'
  /** As armed; what lies there was read, or lay there before. */
  | 'take_card_off'
  | ReadingStep
  | 'judging'
  | 'done'
  | 'failed'
  | 'timed_out'
  | 'disarmed'
  /** Another session at the workplace asked for the next card. */
  | 'taken_over';

export interface ReadingNews {
  readonly state: ReadingState;
  /** Only with `failed`. */
  readonly code?: ReadingFault;
  readonly words?: BothWords;
  /** While it is armed. */
  readonly armed_until_ms?: number;
}

interface Armed {
  readonly actor: Actor;
  readonly desk: string;
  readonly scene: string;
  readonly untilMs: number;
  readonly timer: NodeJS.Timeout;
  reading: Reading | null;
  /** What was read is with the gateway. */
  isJudging: boolean;
}

interface Reading {
  readonly id: string;
  readonly connection: ConnectedReader;
  /** Eight digits of hex. */
  readonly challenge: string;
  readonly timer: NodeJS.Timeout;
}

export class DeskReading {
  readonly #options: DeskReadingOptions;
  readonly #armed = new Map<string, Armed>();
  /** Cards that were read, by reader and the count of cards it gave: they are not read again until they were taken off. */
  readonly #read = new LRUCache<string, number>({ max: READ_MAX });

  constructor(options: DeskReadingOptions) {
    this.#options = options;
  }

  /** Throws ProblemResponse `reader.none` where no reader is connected. */
  arm(actor: Actor, desk: string, scene: string): ReadingNews {
    if (this.#options.hub.slots(desk).length === 0) throw new ProblemResponse('reader.none');
    const before = this.#armed.get(desk);
    if (before !== undefined) this.#end(before, before.actor.session === actor.session ? null : 'taken_over');
    const armed: Armed = {
      ...{ actor, desk, scene, reading: null, isJudging: false },
      untilMs: this.#options.now() + ARMED_MS,
      timer: setTimeout(() => this.#end(armed, 'timed_out'), ARMED_MS),
    };
    armed.timer.unref();
    this.#armed.set(desk, armed);
    return this.#next(armed);
  }

  /** What the session armed, if it did. */
  disarm(session: string, desk: string): void {
    const armed = this.#armed.get(desk);
    if (armed?.actor.session === session) this.#end(armed, 'disarmed');
  }

  /** Whatever a session armed: it is over. */
  endSession(session: string): void {
    for (const armed of this.#armed.values()) if (armed.actor.session === session) this.#end(armed, null);
  }

  close(): void {
    for (const armed of this.#armed.values()) this.#end(armed, null);
  }

  /** Readers or cards of a workplace came or went. */
  changed(desk: string): void {
    const armed = this.#armed.get(desk);
    if (armed === undefined || armed.isJudging) return;
    const { reading } = armed;
    if (
      reading !== null &&
      this.#options.hub.connection(reading.connection.paired.readerId) !== reading.connection
    ) {
      this.#failed(armed, 'reader.lost');
      return;
    }
    if (reading === null) this.#tell(armed, this.#next(armed));
  }

  /** What an agent says of a reading. What nobody waits for is dropped: it is late, of another, or made up. */
  said(connection: ConnectedReader, message: Extract<FromAgent, { readonly reading: string }>): void {
    const armed = this.#armed.get(connection.paired.desk);
    const reading = armed?.reading;
    if (!armed || !reading || reading.id !== message.reading || reading.connection !== connection) return;
    if (message.t === 'step') this.#tell(armed, { state: message.step });
    else if (message.t === 'failed') this.#failed(armed, message.code);
    else if (signedNumber(message.context) !== reading.challenge)
      this.#failed(armed, 'reader.wrong_challenge');
    else {
      const { credential, context } = message;
      this.#judge(armed, { family: 'chip-oda', credential, context });
    }
  }

  /** A scanner read a code. */
  scanned(connection: ConnectedReader, hex: string): void {
    const { desk } = connection.paired;
    const armed = this.#armed.get(desk);
    const isTaken = armed !== undefined && armed.reading === null && !armed.isJudging;
    this.#options.push(desk, 'scanned', { bytes: hex.length / 2, taken: isTaken }, armed?.actor.session);
    if (isTaken) this.#judge(armed, { family: 'scan', credential: { hex }, context: {} });
  }

  /** Begins with a card that lies there and was not read, else says what is waited for. */
  #next(armed: Armed): ReadingNews {
    const slots = this.#options.hub.slots(armed.desk).filter(({ state }) => state.card !== null);
    const fresh = slots.find((slot) => this.#read.get(keyOf(slot)) !== slot.state.card);
    if (fresh === undefined) {
      return { state: slots.length > 0 ? 'take_card_off' : 'armed', armed_until_ms: armed.untilMs };
    }
    void this.#begin(armed, fresh);
    return { state: 'selecting', armed_until_ms: armed.untilMs };
  }

  async #begin(armed: Armed, slot: Slot): Promise<void> {
    const { core } = this.#options;
    const { connection, state } = slot;
    this.#read.set(keyOf(slot), state.card ?? 0);
    const id = randomBytes(ID_BYTES).toString('hex');
    const timer = setTimeout(() => this.#failed(armed, 'card.too_slow'), READ_MS * 1.5);
    timer.unref();
    const placeholder: Reading = { id, connection, challenge: '', timer };
    armed.reading = placeholder;
    try {
      const issued = await core.challenge({ desk: armed.desk, scene: armed.scene, bytes: 4 });
      // Meanwhile it may have been disarmed, or the reader may be gone.
      if (armed.reading !== placeholder) return;
      if (issued.kind === 'refusal') {
        this.#failed(armed, 'reader.not_judged');
        return;
      }
      const challenge = Buffer.from(issued.challenge, 'base64url').toString('hex');
      armed.reading = { ...placeholder, challenge };
      connection.send({ t: 'read', reading: id, reader: state.name, challenge, timeout_ms: READ_MS });
    } catch (cause) {
      this.#options.onFault(cause);
      if (armed.reading === placeholder) this.#failed(armed, 'reader.not_judged');
    }
  }

  #judge(armed: Armed, presentation: DeskPresentation): void {
    const { judge, push, onFault } = this.#options;
    const { actor, desk, scene } = armed;
    this.#release(armed);
    armed.isJudging = true;
    this.#tell(armed, { state: 'judging' });
    judge({ actor, desk, scene, presentation }).then(
      (verification) => {
        push(desk, 'verification', verification, actor.session);
        this.#end(armed, 'done');
      },
      (cause) => {
        if (!(cause instanceof ProblemResponse)) onFault(cause);
        this.#failed(armed, 'reader.not_judged');
      },
    );
  }

  /** It stays armed: the card is put on again. */
  #failed(armed: Armed, code: ReadingFault): void {
    this.#release(armed);
    this.#tell(armed, { state: 'failed', code, words: READING_WORDS[code], armed_until_ms: armed.untilMs });
  }

  #release(armed: Armed): void {
    if (armed.reading !== null) clearTimeout(armed.reading.timer);
    armed.reading = null;
    armed.isJudging = false;
  }

  /** `state`: what the session is told; null: nothing. */
  #end(armed: Armed, state: ReadingState | null): void {
    clearTimeout(armed.timer);
    this.#release(armed);
    if (this.#armed.get(armed.desk) !== armed) return;
    this.#armed.delete(armed.desk);
    if (state !== null)
      this.#options.push(armed.desk, 'reading', { state } satisfies ReadingNews, armed.actor.session);
  }

  #tell(armed: Armed, news: ReadingNews): void {
    if (this.#armed.get(armed.desk) === armed)
      this.#options.push(armed.desk, 'reading', news, armed.actor.session);
  }
}

const keyOf = ({ connection, state }: Slot) => JSON.stringify([connection.paired.readerId, state.name]);

/** The unpredictable number (9F37) that the terminal says it sent. */
function signedNumber(context: unknown): string | null {
  const { terminal } = context as { readonly terminal?: Readonly<Record<string, unknown>> };
  const number = typeof terminal === 'object' && terminal !== null ? terminal['9F37'] : null;
  return typeof number === 'string' ? number.toLowerCase() : null;
}
