/** A ride code as most clients send it, packed straight from the bytes of the message. */
import { type MsgpackCursor, textBytes } from '../../codecs/msgpack-cursor.ts';
import { MsgpackWriter } from '../../codecs/msgpack-writer.ts';
import type { DirectlyPacked } from '../family.ts';
import { FAMILY_NAME } from './trust.ts';

const CODE = textBytes('code');
const CONTEXT = textBytes('context');
const writer = new MsgpackWriter();

export function packRideCode(cursor: MsgpackCursor, bytesMax: number): DirectlyPacked | null {
  if (cursor.map() !== 1 || !cursor.is(CODE)) return null;
  const start = cursor.at;
  if (!cursor.bin(bytesMax)) return null;
  const end = cursor.at;
  if (!cursor.is(CONTEXT) || cursor.map() !== 0) return null;
  return { packedInput: writer.reset().rawRange(cursor.bytes, start, end).pooled(), costKey: FAMILY_NAME };
}
