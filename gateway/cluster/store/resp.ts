/**
 * The protocol of Redis, version 2 (redis.io, "Redis serialization protocol specification"), as far as the store is spoken to: a
 * command goes out as an array of bulk strings, and a simple string, an error, an integer or a bulk string comes back. Whatever
 * else comes, or is larger than it can be, is no reply, and ends the connection.
 */
import { OnecardError } from '../../../config/onecard-error.ts';
import type { StoreQuestion } from './store.ts';

/** The server refused a command. No Error: as many may come as are asked, and nobody reads where they were made. */
export class ErrorReply {
  /** Begins with its kind in capitals. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export type Reply = string | number | null | ErrorReply;

/** What came is no reply. */
export class NoReplyError extends OnecardError {
  override readonly name = 'NoReplyError';
  readonly code = 'no_reply';
}

const LINE_BYTES_MAX = 512;
/** Digits that surely fit a number. */
const DIGITS_MAX = 15;
const [CR, LF, PLUS, MINUS, COLON, DOLLAR, ZERO] = [13, 10, 43, 45, 58, 36, 48] as const;

/** The text of a command whose words are ASCII: one character is one byte of Latin-1. */
export function commandText({ command, args }: StoreQuestion): string {
  let text = `*${args.length + 1}\r\n$${command.length}\r\n${command}\r\n`;
  for (let i = 0; i < args.length; i += 1) {
    const word = args[i] as string;
    text += `$${word.length}\r\n${word}\r\n`;
  }
  return text;
}

export class ReplyReader {
  /** Of a bulk string. */
  bulkBytesMax: number;
  /** The beginning of a reply whose end has not come; shorter than the longest reply. */
  #held: Buffer | null = null;

  constructor(bulkBytesMax: number) {
    this.bulkBytesMax = bulkBytesMax;
  }

  /** Calls back for each reply that is whole now. Keeps nothing of `chunk`. Throws NoReplyError. */
  read(chunk: Buffer, onReply: (reply: Reply) => void): void {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = null;
    let at = 0;
    while (at < bytes.length) {
      const end = lineEnd(bytes, at);
      if (end < 0) break;
      let next = end + 2;
      switch (bytes[at]) {
        case DOLLAR: {
          const length = integer(bytes, at + 1, end);
          if (length === -1) {
            onReply(null);
            break;
          }
          if (length < 0 || length > this.bulkBytesMax) throw new NoReplyError('a reply is too large');
          const to = next + length;
          next = to + 2;
          if (next > bytes.length) {
            this.#held = Buffer.from(bytes.subarray(at));
            return;
          }
          if (bytes[to] !== CR || bytes[to + 1] !== LF) throw new NoReplyError('a reply has no end');
          onReply(bytes.toString('latin1', to - length, to));
          break;
        }
        case COLON:
          onReply(integer(bytes, at + 1, end));
          break;
        case PLUS:
          onReply(bytes.toString('latin1', at + 1, end));
          break;
        case MINUS:
          onReply(new ErrorReply(bytes.toString('latin1', at + 1, end)));
          break;
        default:
          throw new NoReplyError('a reply is of no known kind');
      }
      at = next;
    }
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at));
  }
}

/** Where CR LF begins; -1: it has not come. */
function lineEnd(bytes: Buffer, from: number): number {
  const last = Math.min(bytes.length, from + LINE_BYTES_MAX);
  let at = from;
  while (at < last && bytes[at] !== CR) at += 1;
  if (at === from + LINE_BYTES_MAX) throw new NoReplyError('a reply is too large');
  if (at + 1 >= bytes.length) return -1;
  if (bytes[at + 1] !== LF) throw new NoReplyError('a reply has no end');
  return at;
}

function integer(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (first === to || to - first > DIGITS_MAX) throw new NoReplyError('a reply is no number');
  let value = 0;
  for (let at = first; at < to; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new NoReplyError('a reply is no number');
    value = 10 * value + digit;
  }
  return isNegative ? -value : value;
}
