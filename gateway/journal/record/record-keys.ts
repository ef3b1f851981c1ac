/** Keys of the journal's two databases. Big-endian, so that the order of bytes is the order of numbers. */
import { fromHex, toHex } from '../../../workers/codecs/hex.ts';
import type { TapId } from '../../verification.ts';

const NUMBER_BYTES = 8;
const STREAM_BYTES = 16;
const NUL = 0;

export function positionKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(NUMBER_BYTES);
  writeNumber(key, position, 0);
  return key;
}

export function readPosition(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}

/** `positionKey` into memory that is there: every record is stored under one. */
export function writePositionKey(target: Buffer, position: number): void {
  writeNumber(target, position, 0);
}

/** Keys of taps of one stream, whose prefix is made once. */
export function streamKeys(deviceId: string, stream: string): (seq: number) => Buffer {
  const prefix = streamPrefix(deviceId, stream);
  return (seq) => {
    const key = Buffer.allocUnsafe(prefix.length + NUMBER_BYTES);
    key.set(prefix);
    writeNumber(key, seq, prefix.length);
    return key;
  };
}

/** Device ‖ 00 ‖ stream ‖ sequence number. A device's name holds no zero byte, so no key is the start of another's. */
export function tapKey(tap: TapId): Buffer {
  return streamKeys(tap.deviceId, tap.stream)(tap.seq);
}

/** What all taps of one stream have in common; sorts before every one of them. */
export function streamPrefix(deviceId: string, stream: string): Buffer {
  if (stream.length !== STREAM_BYTES * 2) throw new TypeError('a stream is named by 16 bytes in hex');
  const name = Buffer.from(deviceId, 'utf8');
  if (name.length === 0 || name.includes(NUL)) throw new TypeError('a device has a name without zero bytes');
  return Buffer.concat([name, Buffer.of(NUL), fromHex(stream)]);
}

export function readTapKey(key: Uint8Array): TapId {
  const nul = key.length - STREAM_BYTES - NUMBER_BYTES - 1;
  return {
    deviceId: Buffer.from(key.subarray(0, nul)).toString('utf8'),
    stream: toHex(key.subarray(nul + 1, nul + 1 + STREAM_BYTES)),
    seq: readPosition(key.subarray(nul + 1 + STREAM_BYTES)),
  };
}

function writeNumber(target: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a whole number');
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  target.writeUInt32BE(value % 0x1_0000_0000, offset + 4);
}
