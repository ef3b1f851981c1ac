/** `POST /v1/sessions`: a device token, which is good once, for a session token, which is good for a while. */
import type { DeviceAuth } from '../../devices/auth.ts';
import type { Exchange } from '../exchange.ts';

export async function openSession(devices: DeviceAuth, exchange: Exchange): Promise<void> {
  const { bearer } = exchange;
  if (bearer === null) return exchange.refuse('auth.missing');
  const authenticated = await devices.authenticateToken(bearer);
  if (!authenticated.ok) return exchange.refuse(authenticated.code);
  const { device } = authenticated;
  const session = devices.openSession(device);
  if ('code' in session) return exchange.refuse(session.code, session.retryAfterMs);
  exchange.json(201, {
    token: session.token,
    expires_at_ms: session.expiresAtMs,
    device: device.deviceId,
    class: device.class,
    scenes: device.scenes,
  });
}
