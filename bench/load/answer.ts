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
const MAP_16 = 0xde;
/** fixstr "t", and the two answers' kinds as fixstr, each with fixstr "seq" behind. */
const TO_DECISION = Buffer.from('\xa1t\xa8decision\xa3seq', 'latin1');
const TO_REFUSAL = Buffer.from('\xa1t\xa7refusal\xa3seq', 'latin1');
const CODE = 0x636f6465;

/**
 * The head of the message in `bytes` from `start` to `end`; the same object each time. Never throws: of what is cut
 * short or no answer there is no number.
 */
export function answerHead(bytes: Buffer, start: number, end: number): AnswerHead {
  head.seq = -1;
  head.code = '';
  // The map's head is of one byte or, from writers that always leave room, of three.
  const first = start + (bytes[start] === MAP_16 ? 3 : 1);
  const before = bytes[first + 2] === TO_DECISION[2] ? TO_DECISION : TO_REFUSAL;
  const number = first + before.length;
  if (number >= end || !beginsWith(bytes, first, before)) return head;
  const width = numberBytes(bytes[number] as number);
  let at = number + 1 + width;
  if (width < 0 || at > end) return head;
  const seq = width === 0 ? (bytes[number] as number) : unsigned(bytes, number + 1, width);
  if (!Number.isSafeInteger(seq)) return head;
  while (at < end) {
    const key = (bytes[at] as number) & 0x1f;
    const isCode = key === 4 && at + 5 <= end && bytes.readUInt32BE(at + 1) === CODE;
    at += 1 + key;
    if (at + 1 >= end) return head;
    // The keys before the code have texts as values.
    const long = bytes[at] === 0xd9;
    const from = at + (long ? 2 : 1);
    const to = from + (long ? (bytes[at + 1] as number) : (bytes[at] as number) & 0x1f);
    if (to > end) return head;
    if (isCode) {
      head.seq = seq;
      head.code = bytes.toString('latin1', from, to);
      return head;
    }
    at = to;
  }
  return head;
}

function beginsWith(bytes: Buffer, at: number, what: Buffer): boolean {
  for (let i = 0; i < what.length; i += 1) if (bytes[at + i] !== what[i]) return false;
  return true;
}

/** Bytes behind the head of a number that is not negative; -1 for anything else. */
function numberBytes(head: number): number {
  if (head < 0x80) return 0;
  // uint 8 to 64; int 64, which the gateway writes for wide ones whatever their sign.
  if (head >= 0xcc && head <= 0xcf) return 1 << (head - 0xcc);
  return head === 0xd3 ? 8 : -1;
}

function unsigned(bytes: Buffer, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + (bytes[at + i] as number);
  return value;
}
