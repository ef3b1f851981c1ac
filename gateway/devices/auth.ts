/** Who is asking: a device, by a token it signs and uses once, or by a session it opened with one. */
import type { Code } from '../../config/codes.ts';
import type { Limits } from '../../config/settings.ts';
import type { Device } from '../tap/tap.ts';
import { checkDeviceToken } from './device-token.ts';
import type { DeviceRegistry, EnrolledDevice } from './registry.ts';
import { SESSION_PREFIX, Sessions } from './sessions.ts';
import type { UsedTokens } from './used-tokens.ts';

export type AuthResult =
  | { readonly ok: true; readonly device: Device }
  | { readonly ok: false; readonly code: Code };

/** What a transport needs of device authentication. */
export interface DeviceAuth {
  /** A device token, used once, or a session token, told at once; null where the request carried none. */
  authenticate(bearer: string | null): AuthResult | Promise<AuthResult>;
  /** A device token only, as in hello. */
  authenticateToken(token: string): Promise<AuthResult>;
  /** Exchanges an authenticated device for a session token for HTTP. */
  openSession(
    device: Device,
  ): { readonly token: string; readonly expiresAtMs: number } | { readonly code: Code };
}

export interface DeviceAuthOptions {
  readonly registry: DeviceRegistry;
  readonly usedTokens: UsedTokens;
  readonly gatewayId: string;
  readonly limits: Pick<
    Limits,
    'token_lifetime_ms' | 'clock_tolerance_ms' | 'session_lifetime_ms' | 'sessions' | 'used_tokens'
  >;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Up to when used tokens are forgotten, milliseconds since 1970 UTC. Default: `now`. */
  readonly forgetMs?: () => number;
  /** Never set, milliseconds: sessions live by it. */
  readonly monotonic: () => number;
  /** When a device, by its own clock, signed a token that was good but for its time, or altogether. */
  readonly onToken?: (deviceId: string, issuedAtMs: number, accepted: boolean) => void;
}

export function createDeviceAuth(options: DeviceAuthOptions): DeviceAuth {
  const { registry, usedTokens, limits, now, forgetMs = now, monotonic, onToken } = options;
  const sessions = new Sessions(limits.sessions);

  const authenticateToken = async (token: string): Promise<AuthResult> => {
    const nowMs = now();
    const verdict = await checkDeviceToken(token, options, nowMs);
    if (!verdict.ok) {
      if (verdict.untimely) onToken?.(verdict.untimely.deviceId, verdict.untimely.issuedAtMs, false);
      return { ok: false, code: verdict.code };
    }
    const { useKey: key, forgetAtMs, device, issuedAtMs } = verdict;
    const taking = { key, forgetAtMs, forgetMs: forgetMs(), nowMs, maxEntries: limits.used_tokens };
    const use = await usedTokens.take(taking);
    if (use === 'first') onToken?.(device.deviceId, issuedAtMs, true);
    if (use === 'first') return accepted(device);
    return { ok: false, code: use === 'used' ? 'auth.token_reused' : 'auth.busy' };
  };

  const authenticateSession = (token: string): AuthResult => {
    const session = sessions.find(token, monotonic());
    if (session === null) return { ok: false, code: 'auth.invalid' };
    if (session === 'expired') return { ok: false, code: 'auth.expired' };
    const device = registry.find(session.deviceId);
    if (device && device.revokedAtMs === null && device.enrolledAtMs === session.enrolledAtMs) {
      return accepted(device);
    }
    sessions.end(token);
    if (device === null) return { ok: false, code: 'auth.unknown_device' };
    return { ok: false, code: device.revokedAtMs === null ? 'auth.expired' : 'auth.device_revoked' };
  };

  return {
    authenticateToken,
    authenticate: (bearer) => {
      if (bearer === null || bearer === '') return { ok: false, code: 'auth.missing' };
      return bearer.startsWith(SESSION_PREFIX) ? authenticateSession(bearer) : authenticateToken(bearer);
    },
    openSession: ({ deviceId }) => {
      const device = registry.find(deviceId);
      if (device === null) return { code: 'auth.unknown_device' };
      if (device.revokedAtMs !== null) return { code: 'auth.device_revoked' };
      const [at, { enrolledAtMs }] = [monotonic(), device];
      const token = sessions.open({ deviceId, enrolledAtMs, endsAt: at + limits.session_lifetime_ms }, at);
      if (token === null) return { code: 'auth.busy' };
      return { token, expiresAtMs: now() + limits.session_lifetime_ms };
    },
  };
}

function accepted({ deviceId, class: deviceClass, scenes }: EnrolledDevice): AuthResult {
  return { ok: true, device: { deviceId, class: deviceClass, scenes } };
}
