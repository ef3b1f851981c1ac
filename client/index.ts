/** `onecard-gateway/client`: taps from Node to a gateway, with reconnect and resend. */
import { GateClient, type GateClientOptions } from './gate-client.ts';

export type { Answer, DecisionAnswer, RefusalAnswer } from './answer.ts';
export { createDeviceToken, type DevicePrivateKey, type DeviceTokenOptions } from './device-token.ts';
export {
  type GateClient,
  GateClientError,
  type GateClientOptions,
  type GateClientState,
} from './gate-client.ts';
export type { Challenge, ChallengeWish, Tap, Welcome } from './messages.ts';

/** Makes a client that connects at once and stays connected until it is closed. */
export function createGateClient(options: GateClientOptions): GateClient {
  return new GateClient(options);
}
