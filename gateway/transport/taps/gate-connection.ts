/** State of one gate's connection. It outlives its socket: an answer may come after the socket is gone. */
import type * as uWS from 'uWebSockets.js';
import type { Code } from '../../../config/codes.ts';
import type { MsgpackLimits } from '../../../workers/codecs/strict-msgpack.ts';
import type { Answer, DecisionAnswer, Device } from '../../verification.ts';
import type { OtherMessageCount } from './other-messages.ts';
import type { Unread } from './unread-answers.ts';

export type GateSocketHandle = uWS.WebSocket<GateConnection>;

export class GateConnection {
  /** Where it comes from, as `addressKey` tells addresses apart. */
  readonly address: string;
  /** Null before it opened and after it closed. */
  socket: GateSocketHandle | null = null;
  state: 'new' | 'authenticating' | 'ready' = 'new';
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

/** What uWebSockets.js says to `close` when it cuts a socket by itself for what came in, and the code it counts under. */
export const CUT_BY_LIBRARY: ReadonlyMap<string, Code> = new Map([
  ['Received too big message', 'request.too_large'],
  ['Received invalid WebSocket frame', 'request.malformed'],
]);
