/**
 * MessagePack from a stranger: bounded in bytes, nesting and entries, and read strictly
 * (`workers/codecs/msgpack-reader.ts`).
 */
import { type MsgpackBounds, type MsgpackResult, readMsgpack } from './msgpack-reader.ts';

export type { MsgpackResult };

export interface MsgpackLimits extends MsgpackBounds {
  /** Length of the whole message. */
  readonly bytes: number;
}

/**
 * Parses one message. Never throws for any bytes; the cost is linear in their length. Every `bin` of the value is a
 * view into one private copy of the message, so the caller's buffer may be reused or detached at once.
 */
export function parseStrictMsgpack(bytes: Uint8Array, limits: MsgpackLimits): MsgpackResult {
  if (bytes.length > limits.bytes) return { ok: false, code: 'request.too_large' };
  // A plain Uint8Array, never a Buffer, whose memory is a pool shared with everything else.
  return readMsgpack(new Uint8Array(bytes), limits);
}

/** As parseStrictMsgpack, but every `bin` is a view of `bytes` itself: to be used up before their owner goes on. */
export function viewStrictMsgpack(bytes: Uint8Array, limits: MsgpackLimits): MsgpackResult {
  return bytes.length > limits.bytes ? { ok: false, code: 'request.too_large' } : readMsgpack(bytes, limits);
}
