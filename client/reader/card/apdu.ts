/** Commands and answers (ISO/IEC 7816-4 clause 5; EMV Book 3 clause 6), over any way to a card. */
import { CardError } from './card-error.ts';

/** The way to a card: one command, one answer with its two status bytes. Rejects with CardError. */
export interface CardPort {
  transmit(command: Uint8Array): Promise<Uint8Array>;
}

export interface Answered {
  readonly data: Uint8Array;
  /** Status bytes, such as 0x9000. */
  readonly status: number;
}

export const OK = 0x9000;
const ANSWER_BYTES_MAX = 4_096;
/** Of one command: pieces that are fetched one after the other. */
const PIECES_MAX = 16;
/** Of one reading: a card with every record of every file has fewer. */
const COMMANDS_MAX = 192;

export class CardChannel {
  readonly #port: CardPort;
  #commands = 0;

  constructor(port: CardPort) {
    this.#port = port;
  }

  /** Sends with Le 00; follows 61xx (more to fetch) and 6Cxx (wrong length) as far as the limits go. Rejects with CardError. */
  async send(
    head: readonly [cla: number, ins: number, p1: number, p2: number],
    data: Uint8Array = NOTHING,
  ): Promise<Answered> {
    if (data.length > 255)
      throw new CardError('card.malformed', 'the card asks for more than a command can carry');
    const body = data.length > 0 ? [data.length, ...data] : [];
    let answer = await this.#exchange([...head, ...body, 0]);
    if (answer.status >> 8 === WRONG_LENGTH)
      answer = await this.#exchange([...head, ...body, answer.status & 0xff]);
    const pieces = [answer.data];
    let bytes = answer.data.length;
    while (answer.status >> 8 === MORE) {
      if (pieces.length === PIECES_MAX) throw endless('more to fetch after every piece');
      answer = await this.#fetch(answer.status & 0xff);
      pieces.push(answer.data);
      bytes += answer.data.length;
      if (bytes > ANSWER_BYTES_MAX) throw endless(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    }
    return { data: joined(pieces), status: answer.status };
  }

  /** GET RESPONSE. */
  async #fetch(length: number): Promise<Answered> {
    const answer = await this.#exchange([0x00, 0xc0, 0x00, 0x00, length]);
    if (answer.status >> 8 !== WRONG_LENGTH) return answer;
    return this.#exchange([0x00, 0xc0, 0x00, 0x00, answer.status & 0xff]);
  }

  async #exchange(command: readonly number[]): Promise<Answered> {
    this.#commands += 1;
    if (this.#commands > COMMANDS_MAX) throw endless(`more than ${COMMANDS_MAX} commands`);
    const answer = await this.#port.transmit(Uint8Array.from(command));
    if (answer.length < 2) throw new CardError('card.unreadable', 'an answer without status bytes');
    if (answer.length > ANSWER_BYTES_MAX) throw endless(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    const end = answer.length - 2;
    return { data: answer.slice(0, end), status: ((answer[end] ?? 0) << 8) | (answer[end + 1] ?? 0) };
  }
}

const NOTHING = new Uint8Array();
const MORE = 0x61;
const WRONG_LENGTH = 0x6c;
const endless = (why: string) => new CardError('card.endless', why);

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
