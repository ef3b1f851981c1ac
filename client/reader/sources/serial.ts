/** A scanner on a serial port (USB-CDC as well), which hands over bytes as they are. The library is loaded when it is needed. */
import type { SerialPort } from 'serialport';
import { CardError } from '../card/card-error.ts';
import type { ReaderFault } from '../wire.ts';
import { ScanFrames } from './scan-frames.ts';
import type { OpenCard, ReaderSource, SourceEvents } from './source.ts';

export interface SerialOptions {
  /** Such as /dev/ttyACM0 or COM3. */
  readonly path: string;
  readonly baud: number;
}

const AGAIN_MS = 2_000;

export class SerialSource implements ReaderSource {
  readonly #options: SerialOptions;
  readonly #frames: ScanFrames;
  #events: SourceEvents | null = null;
  #port: SerialPort | null = null;
  #again: NodeJS.Timeout | null = null;
  #wasUnusable = false;

  constructor(options: SerialOptions) {
    this.#options = options;
    this.#frames = new ScanFrames((code) => this.#events?.scanned(options.path, code));
  }

  start(events: SourceEvents): void {
    this.#events = events;
    void this.#open();
  }

  async open(): Promise<OpenCard> {
    throw new CardError('card.unreadable', 'a scanner reads no chips');
  }

  async stop(): Promise<void> {
    this.#events = null;
    if (this.#again) clearTimeout(this.#again);
    this.#frames.stop();
    const port = this.#port;
    this.#port = null;
    if (port?.isOpen) await new Promise((resolve) => port.close(resolve));
  }

  async #open(): Promise<void> {
    this.#again = null;
    const { path, baud: baudRate } = this.#options;
    try {
      const { SerialPort: Port } = await import('serialport');
      const port = new Port({ path, baudRate, autoOpen: false });
      await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
      if (this.#events === null) {
        port.close();
        return;
      }
      this.#port = port;
      this.#wasUnusable = false;
      port.on('data', (piece: Buffer) => this.#frames.push(Uint8Array.from(piece)));
      port.on('error', () => {});
      port.once('close', () => this.#gone('it was unplugged'));
      this.#tell(null);
    } catch (cause) {
      this.#gone((cause as Error).message);
    }
  }

  /** It is tried again until it is there; said once. */
  #gone(why: string): void {
    this.#port = null;
    this.#frames.stop();
    if (this.#events === null) return;
    if (!this.#wasUnusable) this.#events.said(`${this.#options.path} cannot be used: ${why}`);
    this.#wasUnusable = true;
    this.#tell('port_unusable');
    this.#again = setTimeout(() => void this.#open(), AGAIN_MS);
  }

  #tell(fault: ReaderFault | null): void {
    const here = { name: this.#options.path, kind: 'scanner' as const, card: null };
    this.#events?.changed(fault === null ? [here] : [], fault);
  }
}
