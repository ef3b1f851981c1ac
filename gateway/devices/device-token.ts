/**
 * Device tokens: short-lived JWTs (RFC 7519) that a device signs with its enrolled key for one gateway, or for those of a cluster. Checked as
 * RFC 8725 advises: one algorithm, which the enrolled key decides; an explicit type; every claim present and exact.
 */
import { decodeProtectedHeader } from 'jose';
import type { Code } from '../../config/codes.ts';
import type { TakenProfiles } from '../../config/crypto-settings.ts';
import type { Limits } from '../../config/settings.ts';
import { isAccepted } from '../../crypto/accepted.ts';
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { signatureAlgorithmOf } from '../../crypto/signature/jose.ts';
import { keyFor } from './enrolled-device.ts';
import { type DeviceRegistry, type EnrolledDevice, isDeviceId } from './registry.ts';
import { strangerKey } from './stranger-key.ts';
import { readClaims } from './token-claims.ts';
import { tokenNames } from './token-names.ts';
import { signedPayload } from './token-signature.ts';

export const DEVICE_TOKEN_TYPE = 'onecard-device+jwt';
/** A token of the longest device and gateway names stays well below. */
export const TOKEN_CHARACTERS_MAX = 2_048;

export interface TokenSetting {
  readonly registry: DeviceRegistry;
  readonly gatewayId: string;
  /** The name of the cluster, which tokens may be for in place of the gateway's; null: it is in none. */
  readonly cluster: string | null;
  readonly limits: Pick<Limits, 'token_lifetime_ms' | 'clock_tolerance_ms'>;
  readonly crypto: TakenProfiles;
}

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly device: EnrolledDevice;
      /** Name the token among those used. */
      readonly useKeys: readonly Buffer[];
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
  // Told before any device is looked for: it is the gateway's own setting, and says nothing of them.
  if (!isAccepted(algorithm, setting.crypto)) return refused('auth.other_profile');
  const device = setting.registry.findSteadily(deviceId);
  // Whatever the token names, one key is read and one signature of its algorithm verified: the time tells nothing.
  const key = device && keyFor(device, algorithm);
  const signed = await signedPayload(token, key ?? strangerKey(algorithm));
  if (device === null || key === null)
    return unsaid(device === null ? 'no such device' : WRONG_KEY, deviceId);
  if (!signed.ok) return signed.why === 'wrong_key' ? unsaid(WRONG_KEY, deviceId) : refused('auth.invalid');
  const { gatewayId, cluster, limits } = setting;
  const audiences = cluster === null ? [gatewayId] : [gatewayId, cluster];
  const read = readClaims(signed.payload, { deviceId, audiences, limits }, nowMs);
  if (!read.ok) return read.why === 'invalid' ? refused('auth.invalid') : untimely(deviceId, read.issuedAtMs);
  // Told only to who holds the key.
  if (device.revokedAtMs !== null) return refused('auth.device_revoked');
  const { issuedAtMs, expiresAtMs, audience, tokenId } = read.claims;
  return {
    ok: true,
    device,
    useKeys: tokenNames(device.deviceId, tokenId, setting.crypto),
    forgetAtMs: expiresAtMs + limits.clock_tolerance_ms,
    issuedAtMs,
    clusterTokenId: audience === gatewayId ? null : tokenId,
  };
}

/** The device a token says it is from, and how it is signed; null when its header is not that of a device token. */
function namedDevice(
  token: string,
): { readonly deviceId: string; readonly algorithm: SignatureAlgorithm } | null {
  try {
    const { alg, typ, kid, crit } = decodeProtectedHeader(token);
    const algorithm = signatureAlgorithmOf(alg);
    if (algorithm === null || typ !== DEVICE_TOKEN_TYPE || crit !== undefined) return null;
    return typeof kid === 'string' ? { deviceId: kid, algorithm } : null;
  } catch {
    return null;
  }
}

const WRONG_KEY = 'not signed with its key';

function unsaid(why: UnsaidRefusal['why'], deviceId: string): Refused {
  return { ...refused('auth.invalid'), unsaid: { why, deviceId: isDeviceId(deviceId) ? deviceId : null } };
}

function refused(code: Code): Refused {
  return { ok: false, code };
}

function untimely(deviceId: string, issuedAtMs: number | null): Refused {
  return {
    ...refused('auth.expired'),
    ...(issuedAtMs !== null && { untimely: { deviceId, issuedAtMs } }),
  };
}
