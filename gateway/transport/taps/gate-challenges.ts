/** The message `challenge` of `onecard.gate.v1`. */
import type { Device } from '../../verification.ts';
import type { TransportOptions } from '../transport.ts';
import { type AskChallenge, encodeChallenge, encodeNoChallenge } from './gate-protocol.ts';

/** What is answered to a gate that asks for a challenge: one, or why there is none. */
export function issueToGate(
  { challenges, metrics }: Pick<TransportOptions, 'challenges' | 'metrics'>,
  device: Device,
  { id, scene, bytes }: AskChallenge,
): Uint8Array {
  const issued = challenges.issue(device, { scene: scene ?? null, bytes });
  if (!('code' in issued)) return encodeChallenge(id, issued);
  metrics.connectionRefused(issued.code);
  return encodeNoChallenge(id, issued.code, issued.retryAfterMs);
}
