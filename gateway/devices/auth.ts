/** Who is asking: a device, by a token it signs and uses once, or by a session it opened with one. */
import type { Code } from '../../config/codes.ts';
import type { TakenProfiles } from '../../config/crypto-settings.ts';
import type { Limits } from '../../config/settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { Device } from '../verification.ts';
import { checkDeviceToken, type UnsaidRefusal } from './device-token.ts';
import { type DeviceRegistry, type EnrolledDevice, enrolmentOf } from './registry.ts';
import { SESSION_PREFIX, Sessions } from './sessions.ts';
import { type Enrolled, standingOf } from './standing.ts';
import { TokenShares } from './token-shares.ts';
import type { UsedTokens } from './used-tokens.ts';

export type AuthResult =
  | { readonly ok: true; readonly device: Device }
  | { readonly ok: false; readonly code: Code };

/** A token that is good at all gateways of a cluster. */
export interface ClusterToken {
  readonly deviceId: string;
  readonly tokenId: string;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  /** When no clock that is tolerated still takes it. */
  readonly untilMs: number;
}

/** `unanswered`: whether it was used cannot be told, or not in time. */
export type TokenTaken = 'first' | 'used' | 'unanswered';

export interface ClusterTokens {
  /** What such a token is for. */
  readonly cluster: string;
  /** Takes a token, once in the whole cluster. Never rejects. */
  take(token: ClusterToken): Promise<TokenTaken>;
}

/** What a transport needs of device authentication. */
export interface DeviceAuth {
  /** A device token, used once, or a session token, told at once; null where the request carried none. */
  authenticate(bearer: string | null): AuthResult | Promise<AuthResult>;
  /** A device token only, as in hello. */
  authenticateToken(token: string): Promise<AuthResult>;
  /** Exchanges an authenticated device for a session token for HTTP. */
  openSession(device: Device): OpenedSession | { readonly code: Code; readonly retryAfterMs: number };
  /** Why a device that was authenticated earlier may do no more; null while its enrolment stands. */
  standing(device: Enrolled): Code | null;
}

export interface OpenedSession {
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface DeviceAuthOptions {
  readonly registry: DeviceRegistry;
  readonly usedTokens: UsedTokens;
  readonly gatewayId: string;
  /** Where the gateway is one of many; default: it is not. */
  readonly clusterTokens?: ClusterTokens | undefined;
  readonly limits: Pick<
    Limits,
    | 'token_lifetime_ms'
    | 'clock_tolerance_ms'
    | 'session_lifetime_ms'
    | 'sessions'
    | 'sessions_per_device'
    | 'used_tokens'
    | 'used_tokens_per_device'
  >;
  readonly crypto: TakenProfiles;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Up to when used tokens are forgotten, milliseconds since 1970 UTC. Default: `now`. */
  readonly forgetMs?: () => number;
  /** Never set, milliseconds: sessions live by it. */
  readonly monotonic: () => number;
  /** When a device, by its own clock, signed a token that was good but for its time, or altogether. */
  readonly onToken?: (deviceId: string, issuedAtMs: number, accepted: boolean) => void;
  /** Told of a token that was refused for what its bearer is not told. */
  readonly onUnsaid?: (refusal: UnsaidRefusal) => void;
}

/** How long a bearer waits who was refused for want of room. */
const BUSY_RETRY_MS = 1_000;

export function createDeviceAuth(options: DeviceAuthOptions): DeviceAuth {
  const { registry, usedTokens, limits, now, forgetMs = now, monotonic, onToken, onUnsaid } = options;
  const { gatewayId, clusterTokens, crypto } = options;
  const setting = { registry, gatewayId, cluster: clusterTokens?.cluster ?? null, limits, crypto };
  const sessions = new Sessions({
    maxEntries: limits.sessions,
    maxPerEnrolment: limits.sessions_per_device,
    digest: algorithmFor('session-token', crypto.profile),
  });
  // A token is remembered until it is past even for the slowest clock that is tolerated.
  const rememberedMs = limits.token_lifetime_ms + 2 * limits.clock_tolerance_ms;
  const shares = new TokenShares(limits.used_tokens_per_device, rememberedMs);

  const authenticateToken = async (token: string): Promise<AuthResult> => {
    const nowMs = now();
    const verdict = await checkDeviceToken(token, setting, nowMs);
    if (!verdict.ok) {
      if (verdict.untimely) onToken?.(verdict.untimely.deviceId, verdict.untimely.issuedAtMs, false);
      if (verdict.unsaid) onUnsaid?.(verdict.unsaid);
      return { ok: false, code: verdict.code };
    }
    const { useKeys: keys, forgetAtMs, device, issuedAtMs, clusterTokenId } = verdict;
    if (shares.isSpent(device.deviceId, monotonic())) return { ok: false, code: 'auth.busy' };
    const taking = { keys, forgetAtMs, forgetMs: forgetMs(), nowMs, maxEntries: limits.used_tokens };
    const use = await usedTokens.take(taking);
    if (use !== 'first') return { ok: false, code: use === 'used' ? 'auth.token_reused' : 'auth.busy' };
    const { deviceId } = device;
    const inAll =
      clusterTokenId !== null && clusterTokens
        ? await clusterTokens.take({ deviceId, tokenId: clusterTokenId, issuedAtMs, untilMs: forgetAtMs })
        : 'first';
    if (inAll === 'used') return { ok: false, code: 'auth.token_reused' };
    shares.used(device.deviceId, monotonic());
    if (inAll === 'unanswered') return { ok: false, code: 'auth.cluster_unreachable' };
    onToken?.(device.deviceId, issuedAtMs, true);
    return accepted(device);
  };

  const authenticateSession = (token: string): AuthResult => {
    const session = sessions.find(token, monotonic());
    if (session === null) return { ok: false, code: 'auth.invalid' };
    if (session === 'expired') return { ok: false, code: 'auth.expired' };
    const code = standingOf(registry, session);
    const device = code === null ? registry.find(session.deviceId) : null;
    if (device !== null) return accepted(device);
    sessions.end(token);
    return { ok: false, code: code ?? 'auth.unknown_device' };
  };

  const openSession = (device: Device): ReturnType<DeviceAuth['openSession']> => {
    const code = standingOf(registry, device);
    if (code !== null) return { code, retryAfterMs: 0 };
    const { deviceId, enrolment } = device;
    const at = monotonic();
    const opened = sessions.open({ deviceId, enrolment, endsAt: at + limits.session_lifetime_ms }, at);
    if (typeof opened === 'string') {
      return { token: opened, expiresAtMs: now() + limits.session_lifetime_ms };
    }
    if (opened.full === 'all') return { code: 'auth.busy', retryAfterMs: BUSY_RETRY_MS };
    return { code: 'auth.too_many_sessions', retryAfterMs: opened.endsAt - at };
  };

  return {
    authenticateToken,
    authenticate: (bearer) => {
      if (bearer === null || bearer === '') return { ok: false, code: 'auth.missing' };
      return bearer.startsWith(SESSION_PREFIX) ? authenticateSession(bearer) : authenticateToken(bearer);
    },
    openSession,
    standing: (device) => standingOf(registry, device),
  };
}

function accepted(enrolled: EnrolledDevice): AuthResult {
  const { deviceId, class: deviceClass, scenes } = enrolled;
  return { ok: true, device: { deviceId, class: deviceClass, scenes, enrolment: enrolmentOf(enrolled) } };
}
