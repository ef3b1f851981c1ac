/** The text in which the gateway gives a challenge, and in which a wallet signs it. */
import { base64urlBytes } from '../codecs/base64url.ts';

/** Of 64 bytes. */
const CHARACTERS_MAX = 86;

/**
 * The bytes of a challenge in base64url; null where the text is none. Strictly: a challenge that could be written twice could
 * be used twice.
 */
export function challengeIn(text: string | null): Uint8Array | null {
  return text === null || text.length > CHARACTERS_MAX ? null : base64urlBytes(text);
}
