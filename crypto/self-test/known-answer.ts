/** Known answers: what an algorithm gives is held against what its standard says, before anything is made with it. */
import type { Algorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';

export interface KnownAnswer {
  readonly algorithm: Algorithm | 'SM4';
  /** Where the answer is written, or how it was made. */
  readonly source: string;
  /** What is given here, made by the code that makes it for the gateway. */
  readonly given: () => Uint8Array | Promise<Uint8Array>;
  /** Hex. */
  readonly answer: string;
}

/** As an answer: one octet a check, 01 where it held. */
export function checks(...held: readonly boolean[]): Uint8Array {
  return Uint8Array.from(held, Number);
}

/** `text`: hex, in groups as standards print it. */
export function octets(...text: readonly string[]): Buffer {
  return Buffer.from(text.join('').replaceAll(' ', ''), 'hex');
}

/** `count` octets, each one more than that before it. */
export function rising(first: number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, i) => first + i));
}

/** Rejects with CryptoError `self_test`, which names the algorithm, at the first that gives another answer, or none. */
export async function assertKnownAnswers(answers: readonly KnownAnswer[]): Promise<void> {
  for (const { algorithm, source, given, answer } of answers) {
    let found: string;
    try {
      found = Buffer.from(await given()).toString('hex');
    } catch (cause) {
      throw failed(algorithm, source, 'gives none', { cause });
    }
    if (found !== answer) throw failed(algorithm, source, 'gives another');
  }
}

function failed(algorithm: string, source: string, how: string, options?: ErrorOptions): CryptoError {
  return new CryptoError(
    'self_test',
    `${algorithm} ${how}: its known answer is that of ${source}. Nothing can be trusted that this process would sign, seal ` +
      'or hash: install Node.js and the gateway anew, and look at the memory of this machine',
    options,
  );
}
