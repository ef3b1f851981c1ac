/** The two forms of a byte string in a message: hex text in JSON, `bin` in MessagePack. */
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
};
