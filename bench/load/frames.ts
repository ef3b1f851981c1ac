/** WebSocket frames as a client writes and reads them (RFC 6455 clause 5.2), for messages of at most 64 KiB. */
const MASK_BYTES = 4;
const FIN_BINARY = 0x82;
const FIN_PONG = 0x8a;
const OPCODE_CLOSE = 8;
const OPCODE_PING = 9;

/** A binary message in one masked frame. `mask`: 32 bits. */
export function binaryFrame(payload: Uint8Array, mask: number): Uint8Array {
  return maskedFrame(FIN_BINARY, payload, mask);
}

export function pongFrame(payload: Uint8Array): Uint8Array {
  return maskedFrame(FIN_PONG, payload, 0);
}

function maskedFrame(head: number, payload: Uint8Array, mask: number): Uint8Array {
  const { length } = payload;
  if (length > 0xffff) throw new RangeError('a message of the load has at most 64 KiB');
  const short = length < 126;
  const frame = Buffer.allocUnsafe((short ? 2 : 4) + MASK_BYTES + length);
  frame[0] = head;
  frame[1] = 0x80 | (short ? length : 126);
  if (!short) frame.writeUInt16BE(length, 2);
  const start = short ? 2 : 4;
  frame.writeUInt32BE(mask >>> 0, start);
  const body = start + MASK_BYTES;
  for (let i = 0; i < length; i++) {
    frame[body + i] = (payload[i] as number) ^ (frame[start + (i % MASK_BYTES)] as number);
  }
  return frame;
}

export interface FrameEvents {
  /** One binary message: `bytes` from `start` to `end`, good until the call returns. */
  message(bytes: Buffer, start: number, end: number): void;
  ping(payload: Uint8Array): void;
  close(reason: string): void;
}

/** Cuts a stream of bytes from a server into frames; keeps what is not whole yet. */
export class FrameReader {
  readonly #events: FrameEvents;
  #rest: Buffer = Buffer.alloc(0);

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f;
      if (short === 127) throw new Error('a frame of more than 64 KiB');
      const head = short === 126 ? 4 : 2;
      if (bytes.length - at < head) break;
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
      const end = at + head + length;
      if (end > bytes.length) break;
      this.#frame(bytes, at, at + head, end);
      at = end;
    }
    this.#rest = at === bytes.length ? EMPTY : bytes.subarray(at);
  }

  #frame(bytes: Buffer, at: number, start: number, end: number): void {
    const head = bytes[at] as number;
    const opcode = head & 0x0f;
    if (head === FIN_BINARY) this.#events.message(bytes, start, end);
    else if (opcode === OPCODE_PING) this.#events.ping(bytes.subarray(start, end));
    else if (opcode === OPCODE_CLOSE) this.#events.close(bytes.toString('utf8', start + 2, end));
    else throw new Error(`an unexpected frame: ${head}`);
  }
}

const EMPTY = Buffer.alloc(0);
