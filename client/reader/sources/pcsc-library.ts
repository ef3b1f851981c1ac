/**
 * As much of the library of smart-card services (`pcsc-mini`) as the agent uses. It is installed beside the package where a reader
 * is, and nowhere else: its prebuilt parts are not there for every platform.
 */
export interface Pcsc {
  readonly Client: new () => Client;
  readonly CardMode: { readonly SHARED: number };
  readonly CardDisposition: { readonly LEAVE: number; readonly RESET: number };
  readonly ReaderStatus: { readonly PRESENT: number };
}

export interface Client {
  on(event: 'reader', listener: (reader: Reader) => void): void;
  on(event: 'error', listener: () => void): void;
  removeAllListeners(): void;
  /** Throws where no service runs. */
  start(): void;
  stop(): void;
}

export interface Reader {
  name(): string;
  on(event: 'change', listener: (status: { has(flag: number): boolean }) => void): void;
  on(event: 'disconnect', listener: () => void): void;
  connect(mode: number): Promise<Card>;
}

export interface Card {
  transaction(): Promise<{ end(disposition: number): Promise<unknown> }>;
  transmit(command: Uint8Array): Promise<Uint8Array>;
  disconnect(disposition: number): Promise<unknown>;
}

/** Of what it rejects with: PC/SC's name of the fault. */
export interface PcscFault {
  readonly code: string;
}

// By a name that is no literal: the compiler needs no types of what is not installed.
const LIBRARY: string = 'pcsc-mini';

/** Rejects where it is not installed, or cannot be loaded. */
export async function loadPcsc(): Promise<Pcsc> {
  const loaded = (await import(LIBRARY)) as Pcsc & { readonly default?: Pcsc };
  return loaded.default ?? loaded;
}
