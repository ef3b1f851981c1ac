/** A device store in a folder of its own, with devices and their keys, and a clock that stands still. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
} from '../../../../gateway/devices/auth.ts';
import { checkDeviceJwk } from '../../../../gateway/devices/device-key.ts';
import { type DeviceStore, openDeviceStore } from '../../../../gateway/devices/device-store.ts';

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

export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const p256 = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ed25519 = (): Keys => generateKeyPairSync('ed25519');

export interface Gateway {
  readonly store: DeviceStore;
  readonly auth: DeviceAuth;
  readonly clock: { nowMs: number };
  enrol(deviceId: string, keys: Keys, enrolledAtMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Authentication by a store, under a clock that stands still. */
export function authOf(store: DeviceStore, onUnsaid?: DeviceAuthOptions['onUnsaid']): DeviceAuth {
  return createDeviceAuth({
    registry: store.registry,
    usedTokens: store.usedTokens,
    gatewayId: GATEWAY_ID,
    limits: LIMITS,
    now: () => NOW_MS,
    monotonic: () => NOW_MS,
    ...(onUnsaid && { onUnsaid }),
  });
}

export function openGateway(folder: string, limits: Partial<typeof LIMITS> = {}): Gateway {
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
      now: () => clock.nowMs,
      monotonic: () => clock.nowMs,
    }),
    enrol: async (deviceId, { publicKey }, enrolledAtMs = NOW_MS) => {
      await store.registry.enrol(
        {
          deviceId,
          class: 'gate',
          scenes: ['29/gate', '29/exit'],
          publicKeyJwk: checkDeviceJwk(publicKey.export({ format: 'jwk' })),
          enrolledAtMs,
        },
        true,
      );
    },
    close,
  };
}
