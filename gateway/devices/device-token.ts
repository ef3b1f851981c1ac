/**
 * Device tokens: short-lived JWTs (RFC 7519) that a device signs with its enrolled key for one gateway, or for those of a cluster. Checked as
 * RFC 8725 advises: one algorithm, which the enrolled key decides; an explicit type; every claim present and exact.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Code } from '../../config/codes.ts';
import type { Limits } from '../../config/settings.ts';
import { algorithmOf, type DeviceAlgorithm, type DeviceJwk, importDeviceKey } from './device-key.ts';
import { type DeviceRegistry, type EnrolledDevice, isDeviceId } from './registry.ts';
import { strangerKey } from './stranger-key.ts';

export const DEVICE_TOKEN_TYPE = 'onecard-device+jwt';
/** A token of the longest device and gateway names stays well below. */
export const TOKEN_CHARACTERS_MAX = 2_048;
const TOKEN_ID_CHARACTERS_MAX = 128;

export interface TokenSetting {
  readonly registry: DeviceRegistry;
  readonly gatewayId: string;
  /** The name of the cluster, which tokens may be for in place of the gateway's; null: it is in none. */
  readonly cluster: string | null;
  readonly limits: Pick<Limits, 'token_lifetime_ms' | 'clock_tolerance_ms'>;
}

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly device: EnrolledDevice;
      /** Names the token among those used. */
      readonly useKey: Buffer;
      /** When it is past even for the slowest clock that is tolerated. */
      readonly forgetAtMs: number;
      readonly issuedAtMs: number;
      /** Of the token; null where it is for this gateway alone. */
      readonly clusterTokenId: string | null;
    }
  | Refused;

interface Refused {
  readonly ok: false;
  readonly code: Code;
  /** Only there when the token is rightly signed and all that is wrong with it is its time. */
  readonly untimely?: { readonly deviceId: string; readonly issuedAtMs: number };
  readonly unsaid?: UnsaidRefusal;
}

/**
 * Why a token was refused, where its bearer is told `auth.invalid` alone: whoever has no key learns nothing of which devices
 * there are.
 */
export interface UnsaidRefusal {
  readonly why: 'no such device' | 'not signed with its key';
  /** Null where what the token names can name no device. */
  readonly deviceId: string | null;
}

/** Checks everything but whether the token was used before. Never throws for any text. */
export async function checkDeviceToken(
  token: string,
  setting: TokenSetting,
  nowMs: number,
): Promise<TokenVerdict> {
  if (token.length > TOKEN_CHARACTERS_MAX) return refused('auth.invalid');
  const named = namedDevice(token);
  if (named === null) return refused('auth.invalid');
  const { deviceId, algorithm } = named;
  const device = setting.registry.findSteadily(deviceId);
  // Whatever the token names, one key is read and one signature of its algorithm verified: the time tells nothing.
  const fits = device !== null && algorithmOf(device.publicKeyJwk) === algorithm;
  const key = fits ? device.publicKeyJwk : strangerKey(algorithm);
  const verified = await verifySignature(token, { deviceId, key }, setting, nowMs);
  if (device === null || !fits) return unsaid(device === null ? 'no such device' : WRONG_KEY, deviceId);
  if (!verified.ok) return verified;
  const code = checkTimes(verified.payload, setting.limits, nowMs);
  if (code === 'auth.expired') return untimely(deviceId, verified.payload);
  if (code !== null) return refused(code);
  // Told only to who holds the key.
  if (device.revokedAtMs !== null) return refused('auth.device_revoked');
  const { aud, iat = 0, exp = 0, jti = '' } = verified.payload;
  return {
    ok: true,
    device,
    useKey: createHash('sha256').update(`${device.deviceId}\0${jti}`).digest().subarray(0, 16),
    forgetAtMs: exp * 1_000 + setting.limits.clock_tolerance_ms,
    issuedAtMs: iat * 1_000,
    clusterTokenId: aud === setting.gatewayId ? null : jti,
  };
}

/** The device a token says it is from, and how it is signed; null when its header is not that of a device token. */
function namedDevice(
  token: string,
): { readonly deviceId: string; readonly algorithm: DeviceAlgorithm } | null {
  try {
    const { alg, typ, kid } = decodeProtectedHeader(token);
    if ((alg !== 'ES256' && alg !== 'EdDSA') || typ !== DEVICE_TOKEN_TYPE) return null;
    return typeof kid === 'string' ? { deviceId: kid, algorithm: alg } : null;
  } catch {
    return null;
  }
}

const WRONG_KEY = 'not signed with its key';

function unsaid(why: UnsaidRefusal['why'], deviceId: string): Refused {
  return { ...refused('auth.invalid'), unsaid: { why, deviceId: isDeviceId(deviceId) ? deviceId : null } };
}

type Verified = { readonly ok: true; readonly payload: JWTPayload } | Refused;

async function verifySignature(
  token: string,
  { deviceId, key }: { readonly deviceId: string; readonly key: DeviceJwk },
  { gatewayId, cluster, limits }: TokenSetting,
  nowMs: number,
): Promise<Verified> {
  const audiences = cluster === null ? [gatewayId] : [gatewayId, cluster];
  try {
    const { payload } = await jwtVerify(token, importDeviceKey(key), {
      algorithms: [algorithmOf(key)],
      typ: DEVICE_TOKEN_TYPE,
      issuer: deviceId,
      subject: deviceId,
      audience: audiences,
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti'],
      clockTolerance: Math.floor(limits.clock_tolerance_ms / 1_000),
      currentDate: new Date(nowMs),
    });
    // RFC 7519 clause 4.1.3 also allows a list; one good at several gateways could be used once at each.
    const isText = typeof payload.aud === 'string';
    if (!isText || !isTokenId(payload.jti)) return refused('auth.invalid');
    return { ok: true, payload };
  } catch (error) {
    // Its signature and every other claim were looked at before these two.
    const early = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf';
    if (early || error instanceof errors.JWTExpired) return untimely(deviceId, error.payload);
    if (error instanceof errors.JWSSignatureVerificationFailed) return unsaid(WRONG_KEY, deviceId);
    return refused('auth.invalid');
  }
}

function checkTimes(
  { iat = Number.NaN, exp = Number.NaN }: JWTPayload,
  limits: TokenSetting['limits'],
  nowMs: number,
): Code | null {
  // Whole seconds, though RFC 7519 clause 2 allows parts: so that "expired" and "may be forgotten" never overlap.
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return 'auth.invalid';
  const [issuedAtMs, expiresAtMs] = [iat * 1_000, exp * 1_000];
  if (expiresAtMs <= issuedAtMs || expiresAtMs - issuedAtMs > limits.token_lifetime_ms) return 'auth.invalid';
  return issuedAtMs > nowMs + limits.clock_tolerance_ms ? 'auth.expired' : null;
}

function isTokenId(jti: unknown): boolean {
  return typeof jti === 'string' && jti.length > 0 && jti.length <= TOKEN_ID_CHARACTERS_MAX;
}

function refused(code: Code): Refused {
  return { ok: false, code };
}

function untimely(deviceId: string, { iat }: JWTPayload): Refused {
  const issuedAtMs = Math.floor(Number(iat) * 1_000);
  const said = Number.isSafeInteger(issuedAtMs) ? { untimely: { deviceId, issuedAtMs } } : {};
  return { ok: false, code: 'auth.expired', ...said };
}

export interface TokenRequest {
  readonly privateKey: KeyObject;
  readonly algorithm: DeviceAlgorithm;
  readonly deviceId: string;
  readonly gatewayId: string;
  readonly issuedAtMs: number;
  readonly lifetimeMs: number;
  /** Never the same twice. */
  readonly tokenId: string;
}

/** A token as a device makes it. */
export function signDeviceToken(request: TokenRequest): Promise<string> {
  const { privateKey, algorithm, deviceId, gatewayId, issuedAtMs, lifetimeMs, tokenId } = request;
  const issuedAt = Math.floor(issuedAtMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: DEVICE_TOKEN_TYPE, kid: deviceId })
    .setIssuer(deviceId)
    .setSubject(deviceId)
    .setAudience(gatewayId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.floor(lifetimeMs / 1_000))
    .setJti(tokenId)
    .sign(privateKey);
}
