/** The two forms of a byte string in a message: hex or base64 text in JSON, `bin` in MessagePack. */
import { Type } from 'typebox';
import { fromMatchedHex, HEX_PATTERN } from '../codecs/hex.ts';
import type { ByteForm } from './family.ts';

/** Hex text of either case, no separators; `maxBytes` counts bytes, not characters. */
export const hexForm: ByteForm = {
  name: 'hex',
  schema: (maxBytes) =>
    Type.String({
      pattern: HEX_PATTERN,
      maxLength: maxBytes * 2,
      description: `Hexadecimal text of at most ${maxBytes} bytes`,
    }),
  read: (value) => {
    if (typeof value !== 'string') throw new TypeError('the schema lets hex text pass only');
    return fromMatchedHex(value);
  },
  base64Schema: (maxBytes) =>
    Type.String({
      pattern: BASE64_PATTERN,
      // Whole groups of three bytes, so that the length of the text says it all.
      maxLength: Math.floor(maxBytes / 3) * 4,
      description: `Base64 of at most ${maxBytes} bytes (RFC 4648, clause 4)`,
    }),
  readBase64: (value) => {
    if (typeof value !== 'string') throw new TypeError('the schema lets base64 text pass only');
    return new Uint8Array(Buffer.from(value, 'base64'));
  },
};

/** A MessagePack `bin`, as it is: the decoder gave it bytes of its own. */
export const binForm: ByteForm = {
  name: 'bin',
  schema: (maxBytes) =>
    Type.Refine(
      Type.Unsafe<Uint8Array>({ description: `MessagePack bin of at most ${maxBytes} bytes` }),
      (value) => value instanceof Uint8Array && value.byteLength <= maxBytes,
      () => `must be bin of at most ${maxBytes} bytes`,
    ),
  read: (value) => {
    if (!(value instanceof Uint8Array)) throw new TypeError('the schema lets bytes pass only');
    return value;
  },
  base64Schema: (maxBytes) => binForm.schema(maxBytes),
  readBase64: (value) => binForm.read(value),
};

/** The bits behind the last byte are zero: one text per byte string. */
const BASE64_PATTERN =
  '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$';
