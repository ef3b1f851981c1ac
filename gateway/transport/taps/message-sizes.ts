/**
 * How large one presentation may be: by class of device. A desk may send a portrait, a gate may not, and who is not let in
 * yet has what a gate has.
 */
import type { Limits } from '../../../config/settings.ts';
import type { MsgpackLimits } from '../../../workers/codecs/strict-msgpack.ts';
import type { DeviceClass } from '../../verification.ts';

export type FrameLimits = Pick<Limits, 'frame_bytes' | 'frame_desk_bytes' | 'frame_batch_bytes'>;

/** A message above what its class may send, but below this many times the smallest limit, is refused by code. */
const PAYLOAD_MARGIN = 4;

/** One message of the gate protocol, bytes. Null: of one who is not let in. */
export function frameBytesOf(limits: FrameLimits, deviceClass: DeviceClass | null): number {
  switch (deviceClass) {
    case 'desk':
      return limits.frame_desk_bytes;
    case 'batch':
      return limits.frame_batch_bytes;
    default:
      return limits.frame_bytes;
  }
}

/** What one message of the gate protocol may have. */
export function messageLimitsOf(
  limits: FrameLimits & Pick<Limits, 'nesting_depth' | 'map_entries'>,
  deviceClass: DeviceClass | null,
): MsgpackLimits {
  const { nesting_depth: depth, map_entries: entries } = limits;
  return { depth, entries, bytes: frameBytesOf(limits, deviceClass) };
}

/** Above it the library cuts the socket without a code: it knows no classes, and holds what it has not read to the end. */
export function payloadBytesMax(limits: FrameLimits): number {
  const { frame_bytes, frame_desk_bytes, frame_batch_bytes } = limits;
  return Math.max(frame_bytes * PAYLOAD_MARGIN, frame_desk_bytes, frame_batch_bytes);
}
