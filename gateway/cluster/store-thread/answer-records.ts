/** What the thread of the store tells the main thread, as bytes of a ring: what taps took, and how the store answered. */
import type { StoreEvents } from '../store/store.ts';
import type { Taken } from '../store/taking.ts';
import type { RingWriter } from './byte-ring.ts';

const [TAKEN, EVENT] = [1, 2] as const;
const SHOWINGS = ['first', 'same', 'seen', 'no_answer', 'not_wanted'] as const satisfies Taken['showing'][];
const EVENTS = ['answered', 'late', 'failed', 'refused'] as const satisfies (keyof StoreEvents)[];
/** Kind, which event, count, number; an event's time takes the place of what was taken. */
const HEAD_BYTES = 8;
const EVENT_BYTES = HEAD_BYTES + 12;
/** How a showing was, and uses of the card. */
const TAKEN_BYTES = 5;
const NOT_COUNTED = -1;

/** Bytes that stand in a ring while so many taps wait, each asked for by itself, and the events of each. */
export function answerBytesMax(taps: number): number {
  return 2 * taps * (HEAD_BYTES + EVENT_BYTES + 12);
}

/** Throws RangeError where there is no room: there are more than may be asked for. */
export function writeTaken(ring: RingWriter, number: number, all: readonly Taken[]): void {
  const from = opened(ring, HEAD_BYTES + TAKEN_BYTES * all.length);
  const { bytes } = ring;
  bytes[from] = TAKEN;
  bytes.writeUInt16LE(all.length, from + 2);
  let at = bytes.writeUInt32LE(number, from + 4);
  for (let i = 0; i < all.length; i += 1) {
    const { showing, cardTaps } = all[i] as Taken;
    bytes[at] = SHOWINGS.indexOf(showing);
    at = bytes.writeInt32LE(cardTaps ?? NOT_COUNTED, at + 1);
  }
  ring.close(at - from);
}

export function writeEvent(ring: RingWriter, event: keyof StoreEvents, count: number, elapsedMs = 0): void {
  const from = opened(ring, EVENT_BYTES);
  const { bytes } = ring;
  bytes[from] = EVENT;
  bytes[from + 1] = EVENTS.indexOf(event);
  bytes.writeUInt32LE(count, from + HEAD_BYTES);
  ring.close(bytes.writeDoubleLE(elapsedMs, from + HEAD_BYTES + 4) - from);
}

/** Keeps nothing of `bytes`. */
export function readAnswer(
  bytes: Buffer,
  from: number,
  onTaken: (number: number, all: readonly Taken[]) => void,
  events: StoreEvents,
): void {
  if (bytes[from] === EVENT) {
    const event = EVENTS[bytes[from + 1] ?? 0] ?? 'failed';
    events[event](bytes.readUInt32LE(from + HEAD_BYTES), bytes.readDoubleLE(from + HEAD_BYTES + 4));
    return;
  }
  const count = bytes.readUInt16LE(from + 2);
  const all: Taken[] = [];
  for (let i = 0, at = from + HEAD_BYTES; i < count; i += 1, at += TAKEN_BYTES) {
    const cardTaps = bytes.readInt32LE(at + 1);
    all.push({
      // What is none of these is no answer: it never counts as first.
      showing: SHOWINGS[bytes[at] ?? 0xff] ?? 'no_answer',
      cardTaps: cardTaps === NOT_COUNTED ? null : cardTaps,
    });
  }
  onTaken(bytes.readUInt32LE(from + 4), all);
}

function opened(ring: RingWriter, bytes: number): number {
  const from = ring.open(bytes);
  if (from < 0) throw new RangeError('the ring of answers is full');
  return from;
}
