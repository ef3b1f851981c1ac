/**
 * What a reader's agent and a desk say to each other over WebSocket, one JSON object a message (subprotocol
 * `onecard.reader.v1`). The agent speaks first; the desk alone decides when a card is read.
 */
import { CARD_FAULTS, type CardFault } from './card/card-error.ts';

export const READER_SUBPROTOCOL = 'onecard.reader.v1';
/** Of one message, in either direction. */
export const MESSAGE_BYTES_MAX = 65_536;
export const READERS_MAX = 16;
export const READER_NAME_CHARACTERS_MAX = 128;
/** More than the largest QR code holds (ISO/IEC 18004: 7,089 digits). */
export const SCANNED_BYTES_MAX = 8_192;

export const READING_STEPS = ['selecting', 'reading', 'signing'] as const;
export type ReadingStep = (typeof READING_STEPS)[number];

/** Why there is no reader, though the agent runs. */
export const READER_FAULTS = ['no_service', 'no_library', 'no_reader', 'port_unusable'] as const;
export type ReaderFault = (typeof READER_FAULTS)[number];

export interface ReaderState {
  readonly name: string;
  readonly kind: 'chip' | 'scanner';
  /** Counts cards that were put on it; null: none is on it. */
  readonly card: number | null;
}

/** `fault`: null where all is well. */
export interface ReadersSaid {
  readonly readers: readonly ReaderState[];
  readonly fault: ReaderFault | null;
}

export type FromAgent =
  | ({ readonly t: 'hello'; readonly token: string } & ReadersSaid)
  | ({ readonly t: 'readers' } & ReadersSaid)
  | { readonly t: 'step'; readonly reading: string; readonly step: ReadingStep }
  /** Of `chip-oda`, bytes in hex. */
  | { readonly t: 'read'; readonly reading: string; readonly credential: unknown; readonly context: unknown }
  | { readonly t: 'failed'; readonly reading: string; readonly code: CardFault }
  | { readonly t: 'scanned'; readonly reader: string; readonly hex: string };

export type FromDesk =
  | { readonly t: 'welcome'; readonly desk: string; readonly beat_ms: number }
  /** The card on this reader is to be read, and to sign `challenge`: four bytes in hex. */
  | {
      readonly t: 'read';
      readonly reading: string;
      readonly reader: string;
      readonly challenge: string;
      readonly timeout_ms: number;
    }
  | { readonly t: 'beat' };

/** Codes of a close that the agent acts on (RFC 6455 clause 7.4.2: for private use). */
export const CLOSES = {
  /** What was said breaks the protocol. */
  malformed: 4400,
  /** The desk does not know the reader, or knows it no more. */
  unknownReader: 4401,
  /** Another agent came with the same token. */
  replaced: 4409,
} as const;

/** Null where it is no message of a desk that is known here: later versions may say more. */
export function readFromDesk(text: string): FromDesk | null {
  const { t, desk, beat_ms, reading, reader, challenge, timeout_ms } = record(parsed(text)) ?? {};
  if (t === 'beat') return { t };
  if (t === 'welcome') return typeof desk === 'string' && isWhole(beat_ms) ? { t, desk, beat_ms } : null;
  if (t !== 'read' || typeof reading !== 'string' || typeof reader !== 'string') return null;
  const isChallenge = typeof challenge === 'string' && /^[0-9a-f]{8}$/.test(challenge);
  return isChallenge && isWhole(timeout_ms) ? { t, reading, reader, challenge, timeout_ms } : null;
}

/** Null where it is no message of an agent. What a card said stays unread: the gateway reads it. */
export function readFromAgent(text: string): FromAgent | null {
  const value = record(parsed(text));
  if (value === null) return null;
  const { t, token, reading, reader, hex, step, code, credential, context } = value;
  if (t === 'hello' || t === 'readers') {
    const said = readersSaid(value);
    if (said === null) return null;
    if (t === 'readers') return { t, ...said };
    return typeof token === 'string' ? { t, token, ...said } : null;
  }
  if (t === 'scanned') {
    const isHex = typeof hex === 'string' && /^(?:[0-9a-f]{2}){1,8192}$/.test(hex);
    return typeof reader === 'string' && isHex ? { t, reader, hex } : null;
  }
  if (typeof reading !== 'string') return null;
  if (t === 'step') {
    const known = READING_STEPS.find((each) => each === step);
    return known === undefined ? null : { t, reading, step: known };
  }
  if (t === 'failed') {
    const known = CARD_FAULTS.find((each) => each === code);
    return known === undefined ? null : { t, reading, code: known };
  }
  const isShown = t === 'read' && record(credential) !== null && record(context) !== null;
  return isShown ? { t, reading, credential, context } : null;
}

function readersSaid({ readers, fault }: Readonly<Record<string, unknown>>): ReadersSaid | null {
  const known = fault === null ? null : READER_FAULTS.find((each) => each === fault);
  if (known === undefined || !Array.isArray(readers) || readers.length > READERS_MAX) return null;
  const read = readers.map((each): ReaderState | null => {
    const { name, kind, card } = record(each) ?? {};
    const isNamed = typeof name === 'string' && name.length > 0 && name.length <= READER_NAME_CHARACTERS_MAX;
    if (!isNamed || (kind !== 'chip' && kind !== 'scanner')) return null;
    return card === null || isWhole(card) ? { name, kind, card } : null;
  });
  const whole = read.filter((each) => each !== null);
  return whole.length === read.length ? { readers: whole, fault: known } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : null;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
