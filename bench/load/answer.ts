/**
 * Just enough of an answer of `onecard.gate.v1`: its number and its code. The gateway writes its keys in a fixed order
 * (docs/protocol.md); anything before the code is stepped over.
 */

export interface AnswerHead {
  /** -1 for what is no answer to a tap. */
  seq: number;
  code: string;
}

const head: AnswerHead = { seq: -1, code: '' };
/** fixstr "t", and the first letters of the two answers with their lengths. */
const MAP_16 = 0xde;
const T = 0xa1;
const DECISION = 0xa8;
const REFUSAL = 0xa7;
const CODE = 0x636f6465;

/** The head of the message in `bytes` from `start` to `end`; the same object each time. */
export function answerHead(bytes: Buffer, start: number, end: number): AnswerHead {
  head.seq = -1;
  head.code = '';
  // The map's head is of one byte or, from writers that always leave room, of three.
  const first = start + (bytes[start] === MAP_16 ? 3 : 1);
  const kind = bytes[first + 2];
  if (bytes[first] !== T || bytes[first + 1] !== 0x74 || (kind !== DECISION && kind !== REFUSAL)) return head;
  const isAnswer = bytes.readUInt32BE(first + 3) === (kind === DECISION ? 0x64656369 : 0x72656675);
  if (!isAnswer) return head;
  // Key "seq" and its number follow the kind.
  let at = first + 3 + (kind - 0xa0) + 4;
  const number = bytes[at] as number;
  const width = number < 0x80 ? 0 : 1 << ((number - 0xcc) & 3);
  if (number === 0xc0) return head;
  head.seq = width === 0 ? number : bytes.readUIntBE(at + 1 + Math.max(0, width - 6), Math.min(width, 6));
  at += 1 + width;
  while (at < end) {
    const key = (bytes[at] as number) & 0x1f;
    const isCode = key === 4 && bytes.readUInt32BE(at + 1) === CODE;
    at += 1 + key;
    const [from, to] = textAt(bytes, at);
    if (isCode) {
      head.code = bytes.toString('latin1', from, to);
      return head;
    }
    at = to;
  }
  return head;
}

/** Where a text value lies; the keys before the code have texts as values. */
function textAt(bytes: Buffer, at: number): readonly [number, number] {
  const byte = bytes[at] as number;
  const long = byte === 0xd9;
  const from = at + (long ? 2 : 1);
  return [from, from + (long ? (bytes[at + 1] as number) : byte & 0x1f)];
}
