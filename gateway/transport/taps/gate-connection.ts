/** State of one gate's connection. It outlives its socket: an answer may come after the socket is gone. */
import type * as uWS from 'uWebSockets.js';
import type { Code } from '../../../config/codes.ts';
import type { MsgpackLimits } from '../../../workers/codecs/strict-msgpack.ts';
import type { Answer, DecisionAnswer, Device } from '../../verification.ts';
import type { OtherMessageCount } from './other-messages.ts';
import type { Unread } from './unread-answers.ts';

export type GateSocketHandle = uWS.WebSocket<GateConnection>;

/** Frames' worth kept while the token is checked, and messages; more are refused with `tap.too_many_in_flight`. */
const WAITING_FRAMES_MAX = 4;
const WAITING_MESSAGES_MAX = 256;

export class GateConnection {
  /** Where it comes from, as `addressKey` tells addresses apart. */
  readonly address: string;
  /** Null before it opened and after it closed. */
  socket: GateSocketHandle | null = null;
  /** `again`: its first hello was refused in a way that a second one may be said. */
  state: 'new' | 'authenticating' | 'again' | 'ready' = 'new';
  /** Null until hello was accepted. */
  device: Device | null = null;
  /** Hex; empty until hello was accepted. */
  stream = '';
  /** What its messages may have; by its class once hello was accepted. */
  messageLimits: MsgpackLimits;
  helloTimer: NodeJS.Timeout | null = null;
  /** Messages that came while the token was being checked. */
  waiting: Uint8Array[] = [];
  waitingBytes = 0;
  /** Whether it was asked for a second hello. */
  wasAskedAgain = false;
  /** Taps handed on and not answered. */
  unanswered = 0;
  /** The client has said bye: it closes when nothing is unanswered. */
  leaving = false;
  /** Takes the answer of any of its taps. */
  reply: (answer: Answer) => void = () => {};
  /** To send at the end of this turn of the event loop; decisions become bytes only then. */
  outbox: (Uint8Array | DecisionAnswer)[] = [];
  /** Messages that were no taps; null: there were none. */
  others: OtherMessageCount | null = null;
  /** What it has let lie; null: nothing. */
  unread: Unread | null = null;

  constructor(address: string, messageLimits: MsgpackLimits) {
    this.address = address;
    this.messageLimits = messageLimits;
  }
}

/** Keeps a message until the token is checked; false: there is no room. No method: the library copies what is the connection's own. */
export function keepWaiting(connection: GateConnection, bytes: Uint8Array): boolean {
  connection.waitingBytes += bytes.length;
  const bytesMax = connection.messageLimits.bytes * WAITING_FRAMES_MAX;
  if (connection.waitingBytes > bytesMax || connection.waiting.length >= WAITING_MESSAGES_MAX) return false;
  connection.waiting.push(new Uint8Array(bytes));
  return true;
}

/** What uWebSockets.js says to `close` when it cuts a socket by itself for what came in, and the code it counts under. */
export const CUT_BY_LIBRARY: ReadonlyMap<string, Code> = new Map([
  ['Received too big message', 'request.too_large'],
  ['Received invalid WebSocket frame', 'request.malformed'],
]);
