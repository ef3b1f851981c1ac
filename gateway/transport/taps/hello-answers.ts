/** What is answered to a hello: welcome, or what the next one must be made by. */
import type { Code } from '../../../config/codes.ts';
import type { Limits } from '../../../config/settings.ts';
import type { Device } from '../../verification.ts';
import { encodeNoWelcome, encodeWelcome } from './gate-protocol.ts';

export interface HelloAnswering {
  readonly gatewayId: string;
  readonly limits: Limits;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Whether it may be said again on the same connection: behind one address the next may lead to another gateway. */
export function mayBeSaidAgain(code: Code): boolean {
  return code === 'auth.cluster_unreachable';
}

export function welcomeTo(
  { deviceId, class: deviceClass, scenes }: Device,
  maxFrameBytes: number,
  { gatewayId, limits, now }: HelloAnswering,
): Uint8Array {
  return encodeWelcome({
    ...{ gatewayId, serverTimeMs: now(), heartbeatMs: limits.heartbeat_ms, deviceId, scenes },
    ...{ maxInFlight: limits.in_flight_per_device, maxFrameBytes },
    deadlineMs: limits[`deadline_${deviceClass}_ms`],
  });
}

/** For a device whose clock is off, or whose token is for all gateways and cannot be told used; null: nothing is to be said. */
export function noWelcome(
  code: Code,
  retryAfterMs: number,
  { gatewayId, now }: HelloAnswering,
): Uint8Array | null {
  if (mayBeSaidAgain(code)) return encodeNoWelcome(code, 0, { gateway: gatewayId });
  return code === 'auth.expired' ? encodeNoWelcome(code, retryAfterMs, { server_time_ms: now() }) : null;
}
