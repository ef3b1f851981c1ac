/** Where cards and codes come from: readers of one kind, which come and go. */
import type { CardPort } from '../card/apdu.ts';
import type { ReaderFault, ReaderState } from '../wire.ts';

export interface OpenCard extends CardPort {
  /** Lets go of the card. Never rejects. */
  close(): Promise<void>;
}

export interface SourceEvents {
  /** Readers came or went, or a card did: all that this source has now. */
  changed(readers: readonly ReaderState[], fault: ReaderFault | null): void;
  /** A scanner read something, whole. */
  scanned(reader: string, bytes: Uint8Array): void;
  /** For the person who runs the agent: one line, without a value of a card. */
  said(line: string): void;
}

export interface ReaderSource {
  /** Begins to watch. What is not there yet is waited for: it never throws. */
  start(events: SourceEvents): void;
  /** The card on a reader. Rejects with CardError. */
  open(reader: string): Promise<OpenCard>;
  stop(): Promise<void>;
}
