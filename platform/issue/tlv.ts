/** BER-TLV as chip cards write it (EMV Book 3, annex B). */
import { joined } from '../bytes.ts';

/** Tag, length, value; tag in hex, values up to 255 bytes. */
export function tlv(tag: string, value: Uint8Array): Uint8Array {
  if (value.length > 255) throw new RangeError('a value has up to 255 bytes here');
  const length = value.length < 128 ? [value.length] : [0x81, value.length];
  return joined(new Uint8Array(Buffer.from(tag, 'hex')), Uint8Array.from(length), value);
}
