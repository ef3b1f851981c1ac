/** Credentials that are text in either form of a message, such as what a QR code holds. */
import { type TSchema, Type } from 'typebox';

/**
 * Text of at most so many bytes of UTF-8. A character may have three of them, and it is bytes that are copied, packed and
 * proven.
 */
export function textSchema(maxBytes: number, description: string): TSchema {
  return Type.Refine(
    Type.String({ maxLength: maxBytes, description }),
    (value) => typeof value === 'string' && Buffer.byteLength(value) <= maxBytes,
    () => `must be text of at most ${maxBytes} bytes`,
  );
}
