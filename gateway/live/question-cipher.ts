/**
 * Encrypts questions for live status to the key that trust names for that, so that whoever stands between learns no
 * card number. JWE in compact form (RFC 7516); the key says how: agreement on P-256 with AES, or a key encrypted by SM2 with SM4.
 *
 * Always encrypted, also where the list has a key of the card: that key follows from the card number and a key that is
 * in the published list, so whoever passes the list on could find the number by trying, and would see a card come again.
 */
import type { EncryptionKey } from '../../crypto/sealing/encryption-key.ts';
import { agreeOnAesKey } from './ecdh-envelope.ts';
import { encryptSm4Key } from './sm2-envelope.ts';

/** A content key that whoever holds the private key has as well. */
export interface Envelope {
  /** Compact JWE of a text. */
  seal(text: string): string;
}

/** How long, and how often, one key is used: making it costs more than everything else about a question. */
const KEY_MS = 60_000;
/** Far below the 2^32 random initialisation vectors that one key may have (NIST SP 800-38D, 8.3). */
const KEY_USES = 1 << 20;

const ENVELOPES = { 'ECDH-ES-P-256': agreeOnAesKey, 'SM2-encryption': encryptSm4Key } as const;

interface InUse {
  readonly to: EncryptionKey;
  readonly untilAt: number;
  readonly envelope: Envelope;
  uses: number;
}

export class QuestionCipher {
  readonly #now: () => number;
  #inUse: InUse | null = null;

  /** `now`: monotonic, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Compact JWE of a text. */
  encrypt(text: string, to: EncryptionKey): string {
    return this.#envelopeTo(to).seal(text);
  }

  #envelopeTo(to: EncryptionKey): Envelope {
    const last = this.#inUse;
    const isGood = last !== null && last.to === to && this.#now() < last.untilAt && last.uses < KEY_USES;
    const inUse = isGood
      ? last
      : { to, untilAt: this.#now() + KEY_MS, envelope: ENVELOPES[to.algorithm](to), uses: 0 };
    inUse.uses += 1;
    this.#inUse = inUse;
    return inUse.envelope;
  }
}
