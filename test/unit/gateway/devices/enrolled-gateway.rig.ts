/** A device store in a folder of its own, with devices and their keys, and a clock that stands still. */
import { onTestFinished } from 'vitest';
import type { TakenProfiles } from '../../../../config/crypto-settings.ts';
import { jwkOf } from '../../../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../../../crypto/signature/key-files.ts';
import type { SigningKey } from '../../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../../crypto/uses.ts';
import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
} from '../../../../gateway/devices/auth.ts';
import { type DeviceStore, openDeviceStore } from '../../../../gateway/devices/device-store.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../../crypto-profile.rig.ts';

export const GATEWAY_ID = 'gw-1';
export const NOW_MS = Date.UTC(2026, 10, 20, 8);

export const LIMITS = {
  token_lifetime_ms: 120_000,
  clock_tolerance_ms: 10_000,
  session_lifetime_ms: 900_000,
  sessions: 3,
  sessions_per_device: 3,
  used_tokens: 50,
  used_tokens_per_device: 50,
};

export const CRYPTO = TEST_CRYPTO;
export const INTERNATIONAL: TakenProfiles = { profile: 'international', changing_over: false };

/** A key of the profile under test. */
export const ownKey = (): SigningKey => makeSigningKey(algorithmFor('device-token', TEST_PROFILE));
export const p256 = (): SigningKey => makeSigningKey('ES256');
export const ed25519 = (): SigningKey => makeSigningKey('Ed25519');
export const sm2 = (): SigningKey => makeSigningKey('SM2');

export interface Gateway {
  readonly store: DeviceStore;
  readonly auth: DeviceAuth;
  readonly clock: { nowMs: number };
  enrol(deviceId: string, key: SigningKey, enrolledAtMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Authentication by a store, under a clock that stands still. */
export function authOf(
  store: DeviceStore,
  onUnsaid?: DeviceAuthOptions['onUnsaid'],
  crypto = CRYPTO,
): DeviceAuth {
  return createDeviceAuth({
    registry: store.registry,
    usedTokens: store.usedTokens,
    gatewayId: GATEWAY_ID,
    limits: LIMITS,
    crypto,
    now: () => NOW_MS,
    monotonic: () => NOW_MS,
    ...(onUnsaid && { onUnsaid }),
  });
}

export function openGateway(folder: string, limits: Partial<typeof LIMITS> = {}, crypto = CRYPTO): Gateway {
  const store = openDeviceStore(folder);
  const clock = { nowMs: NOW_MS };
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await store.close();
  };
  onTestFinished(close);
  return {
    store,
    clock,
    auth: createDeviceAuth({
      registry: store.registry,
      usedTokens: store.usedTokens,
      gatewayId: GATEWAY_ID,
      limits: { ...LIMITS, ...limits },
      crypto,
      now: () => clock.nowMs,
      monotonic: () => clock.nowMs,
    }),
    enrol: async (deviceId, { publicKey }, enrolledAtMs = NOW_MS) => {
      await store.registry.enrol(
        {
          deviceId,
          class: 'gate',
          scenes: ['29/gate', '29/exit'],
          publicKeyJwk: jwkOf(publicKey),
          enrolledAtMs,
        },
        true,
      );
    },
    close,
  };
}
