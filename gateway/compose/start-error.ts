/** The gateway cannot start; the message says what to mend. */
export class GatewayStartError extends Error {
  override readonly name = 'GatewayStartError';
}
