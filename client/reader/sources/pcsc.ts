/**
 * Chip readers of the system's smart-card service (PC/SC), with and without contacts. The library is loaded when it is needed:
 * nothing else of the package wants libpcsclite.
 */
import { randomInt } from 'node:crypto';
import { CardError } from '../card/card-error.ts';
import type { ReaderFault } from '../wire.ts';
import { type Client, loadPcsc, type Pcsc, type PcscFault, type Reader } from './pcsc-library.ts';
import type { OpenCard, ReaderSource, SourceEvents } from './source.ts';

export const PCSC_REMEDY: Readonly<Record<'no_library' | 'no_service', string>> = {
  no_library:
    'the library of the smart-card service cannot be loaded: install it (npm install pcsc-mini; Debian: apt-get install pcscd ' +
    'libpcsclite1)',
  no_service:
    'no smart-card service runs: start it (Debian: apt-get install pcscd, systemctl start pcscd.socket; Windows: the service ' +
    '"Smart Card")',
};

interface Slot {
  readonly reader: Reader;
  card: number | null;
}

/** The service is looked for again after this, while there is none. */
const AGAIN_MS = 2_000;

export class PcscSource implements ReaderSource {
  readonly #slots = new Map<string, Slot>();
  #pcsc: Pcsc | null = null;
  #client: Client | null = null;
  #events: SourceEvents | null = null;
  #again: NodeJS.Timeout | null = null;
  #said: ReaderFault | null = null;
  /** From a number drawn at random: no card of another run has the number of one of this. */
  #cards = randomInt(2 ** 31);

  start(events: SourceEvents): void {
    this.#events = events;
    void this.#begin();
  }

  async open(name: string): Promise<OpenCard> {
    const pcsc = this.#pcsc;
    const slot = this.#slots.get(name);
    if (pcsc === null || slot === undefined) throw new CardError('card.removed', 'the reader is gone');
    try {
      const card = await slot.reader.connect(pcsc.CardMode.SHARED);
      // Nobody else speaks to the card in between.
      const held = await card.transaction();
      return {
        transmit: async (command) => {
          try {
            return await card.transmit(command);
          } catch (cause) {
            throw cardError(cause);
          }
        },
        async close() {
          await held.end(pcsc.CardDisposition.LEAVE).catch(() => {});
          await card.disconnect(pcsc.CardDisposition.RESET).catch(() => {});
        },
      };
    } catch (cause) {
      throw cardError(cause);
    }
  }

  async stop(): Promise<void> {
    if (this.#again) clearTimeout(this.#again);
    this.#events = null;
    this.#end();
  }

  async #begin(): Promise<void> {
    this.#again = null;
    try {
      this.#pcsc = await loadPcsc();
    } catch {
      this.#failed('no_library');
      return;
    }
    if (this.#events === null) return;
    const client = new this.#pcsc.Client();
    this.#client = client;
    client.on('reader', (reader) => this.#came(reader));
    client.on('error', () => this.#failed('no_service'));
    try {
      client.start();
      this.#said = null;
      this.#tell();
    } catch {
      this.#failed('no_service');
    }
  }

  #came(reader: Reader): void {
    const name = reader.name();
    const slot: Slot = { reader, card: null };
    this.#slots.set(name, slot);
    reader.on('change', (status) => {
      const present = this.#pcsc !== null && status.has(this.#pcsc.ReaderStatus.PRESENT);
      if (present === (slot.card !== null)) return;
      this.#cards += present ? 1 : 0;
      slot.card = present ? this.#cards : null;
      this.#tell();
    });
    reader.on('disconnect', () => {
      this.#slots.delete(name);
      this.#tell();
    });
    this.#tell();
  }

  /** It is tried again until there is one; said once. */
  #failed(fault: 'no_library' | 'no_service'): void {
    this.#end();
    if (this.#events === null) return;
    if (this.#said !== fault) this.#events.said(PCSC_REMEDY[fault]);
    this.#said = fault;
    this.#tell();
    this.#again ??= setTimeout(() => void this.#begin(), AGAIN_MS);
  }

  #end(): void {
    const client = this.#client;
    this.#client = null;
    this.#slots.clear();
    client?.removeAllListeners();
    // The service may be gone already.
    client?.on('error', () => {});
    try {
      client?.stop();
    } catch {}
  }

  #tell(): void {
    const readers = [...this.#slots].map(([name, { card }]) => ({ name, kind: 'chip' as const, card }));
    this.#events?.changed(readers, this.#said ?? (readers.length === 0 ? 'no_reader' : null));
  }
}

const GONE: ReadonlySet<string> = new Set([
  'RemovedCard',
  'NoSmartCard',
  'ResetCard',
  'ReaderUnavailable',
  'UnknownReader',
  'NoReadersAvailable',
  'NoService',
  'ServiceStopped',
]);

function cardError(cause: unknown): CardError {
  const { code = '' } = cause as Partial<PcscFault>;
  return GONE.has(code)
    ? new CardError('card.removed', 'the card or its reader is gone', { cause })
    : new CardError('card.unreadable', `the reader says ${code}`, { cause });
}
