/** Unpadded base64url (RFC 4648 clause 5), strictly: one spelling for each string of bytes. */

/**
 * The bytes, or null where the text is empty or not the one spelling of any: a character outside the alphabet, padding, a
 * length that no bytes have, or bits behind the last byte that are not zero. Never throws for any text.
 */
export function base64urlBytes(text: string): Buffer | null {
  // What is decoded laxly and spelled anew is equal to what was spelled rightly, and to nothing else.
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : null;
}
