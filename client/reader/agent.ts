/**
 * The agent beside a reader: it tells its desk which readers there are and that a card lies on one, and reads it when the desk
 * asks. It decides nothing and keeps nothing.
 */
import { CardError } from './card/card-error.ts';
import { ChipReader } from './card/chip-reader.ts';
import { fromHex } from './card/tlv.ts';
import { DeskLink } from './desk-link.ts';
import type { ReaderSource } from './sources/source.ts';
import { type FromDesk, READERS_MAX, type ReaderFault, type ReaderState, type ReadersSaid } from './wire.ts';

export interface ReaderAgentOptions {
  /** Base address of the desk. */
  readonly url: string;
  readonly token: string;
  readonly sources: readonly ReaderSource[];
  /** For the person who runs it: never a value of a card. */
  readonly say: (line: string) => void;
  /** The desk does not know the reader any more. */
  readonly onRefused: () => void;
  /** Milliseconds since 1970 UTC. Default: this machine's clock, which nothing is judged by. */
  readonly now?: () => number;
  readonly pauses?: { readonly firstPauseMs: number; readonly longestPauseMs: number };
}

interface Said {
  readonly readers: readonly ReaderState[];
  readonly fault: ReaderFault | null;
}

export class ReaderAgent {
  readonly #options: ReaderAgentOptions;
  readonly #said: Map<ReaderSource, Said>;
  readonly #link: DeskLink;
  /** One card at a time. */
  #reading: string | null = null;

  constructor(options: ReaderAgentOptions) {
    this.#options = options;
    const { url, token, sources, say, onRefused, pauses } = options;
    this.#said = new Map(sources.map((source) => [source, { readers: [], fault: null }]));
    for (const source of sources) this.#watch(source);
    this.#link = new DeskLink({
      url,
      ...pauses,
      events: {
        hello: () => ({ t: 'hello', token, ...this.#all() }),
        welcomed: (desk) => say(`connected to the desk ${desk}`),
        asked: (message) => void this.#read(message),
        lost: (why) => say(`no connection to the desk (${why}); it is tried again`),
        refused: () => {
          say('the desk does not know this reader: pair it again');
          onRefused();
        },
      },
    });
  }

  async stop(): Promise<void> {
    this.#link.close();
    await Promise.all(this.#options.sources.map((source) => source.stop()));
  }

  #watch(source: ReaderSource): void {
    source.start({
      changed: (readers, fault) => {
        const before = JSON.stringify(this.#all());
        this.#said.set(source, { readers, fault });
        const after = this.#all();
        if (JSON.stringify(after) !== before) this.#link?.send({ t: 'readers', ...after });
      },
      scanned: (reader, bytes) => {
        this.#options.say(`${reader}: a code of ${bytes.length} bytes`);
        this.#link?.send({ t: 'scanned', reader, hex: Buffer.from(bytes).toString('hex') });
      },
      said: this.#options.say,
    });
  }

  /** Of all sources. A fault of one is told where no other has a reader. */
  #all(): ReadersSaid {
    const all = [...this.#said.values()];
    const readers = all.flatMap((each) => each.readers).slice(0, READERS_MAX);
    const fault = all.find((each) => each.fault !== null)?.fault ?? null;
    return { readers, fault: readers.length > 0 ? null : fault };
  }

  async #read({
    reading,
    reader,
    challenge,
    timeout_ms,
  }: Extract<FromDesk, { readonly t: 'read' }>): Promise<void> {
    if (this.#reading !== null) {
      this.#link.send({ t: 'failed', reading, code: 'card.unreadable' });
      return;
    }
    this.#reading = reading;
    try {
      const source = [...this.#said].find(([, { readers }]) =>
        readers.some(({ name }) => name === reader),
      )?.[0];
      if (source === undefined) throw new CardError('card.removed', 'the reader is gone');
      const { credential, context } = await inTime(
        this.#readFrom(source, reading, reader, challenge),
        timeout_ms,
      );
      this.#options.say(`${reader}: read (${context.mode})`);
      this.#link.send({ t: 'read', reading, credential, context });
    } catch (cause) {
      const error =
        cause instanceof CardError ? cause : new CardError('card.unreadable', 'a fault of the reader');
      this.#options.say(`${reader}: not read: ${error.code}, ${error.message}`);
      this.#link.send({ t: 'failed', reading, code: error.code });
    } finally {
      this.#reading = null;
    }
  }

  async #readFrom(source: ReaderSource, reading: string, reader: string, challenge: string) {
    const card = await source.open(reader);
    try {
      return await new ChipReader(card).read({
        unpredictableNumber: fromHex(challenge),
        nowMs: (this.#options.now ?? Date.now)(),
        onStep: (step) => this.#link.send({ t: 'step', reading, step }),
      });
    } finally {
      await card.close();
    }
  }
}

async function inTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CardError('card.too_slow', 'it was not done in time')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
