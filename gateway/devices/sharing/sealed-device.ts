/**
 * A device on its way to the other gateways: sealed with HMAC (RFC 2104), of SHA-256 or of SM3, under each of the cluster's keys
 * in force, so that who may write to the servers of the bus can make no gateway know a device.
 */
import { timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { macOf } from '../../../crypto/digest.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import type { ClusterKey, ClusterKeys } from '../../cluster/cluster-keys.ts';
import { checkDeviceJwk } from '../device-key.ts';
import { type EnrolledDevice, isEnrolledDevice, storedDevice } from '../enrolled-device.ts';

/** A device of 64 scenes with long names has about 5,000 bytes. */
export const SEALED_BYTES_MAX = 16_384;
const DOMAIN = 'onecard.device.v1';
const JSON_LIMITS = { depth: 4, entries: 80 } as const;

const closed = { additionalProperties: false } as const;
const sealedSchema = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      /** JSON of the device, as it is stored, in base64url. */
      device: Type.String({ pattern: '^[A-Za-z0-9_-]+$' }),
      seals: Type.Array(
        Type.Object(
          {
            key: Type.String({ pattern: '^[0-9a-f]{8}$' }),
            /** Absent: HMAC-SHA-256. */
            alg: Type.Optional(Type.Literal('HMAC-SM3')),
            mac: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
          },
          closed,
        ),
        { minItems: 1, maxItems: 4 },
      ),
    },
    closed,
  ),
);

/**
 * Why what the cluster has is not taken. `torn`: it is not of this form. `forged`: it names a key of ours and is not sealed
 * with it. `unknown_key`: none of its keys is known here. `misplaced`: it is another device's.
 */
export type SealFault = 'torn' | 'forged' | 'unknown_key' | 'misplaced';

export type Opened =
  /** `isCurrent`: it is sealed with every key that is in force here. */
  | { readonly ok: true; readonly device: EnrolledDevice; readonly isCurrent: boolean }
  | { readonly ok: false; readonly fault: SealFault };

export interface SealSetting {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly keys: ClusterKeys;
}

export function sealDevice(device: EnrolledDevice, { cluster, keys }: SealSetting): Uint8Array {
  const content = storedDevice(device);
  const seals = keys.map((key) => ({
    key: key.id,
    ...algName(key),
    mac: sealOf(key, cluster, content).toString('base64url'),
  }));
  return Buffer.from(JSON.stringify({ v: 1, device: content.toString('base64url'), seals }));
}

/** `deviceId`: the one it is kept under. Never throws for any bytes. */
export function openDevice(value: Uint8Array, deviceId: string, { cluster, keys }: SealSetting): Opened {
  const sealed = read(value);
  if (sealed === null) return { ok: false, fault: 'torn' };
  const content = Buffer.from(sealed.device, 'base64url');
  const seals = new Map(sealed.seals.map((seal) => [seal.key, seal]));
  let verified = 0;
  for (const key of keys) {
    const seal = seals.get(key.id);
    if (seal === undefined) continue;
    // One that is wrong spoils all: nobody who has the key makes one. The key decides the algorithm.
    const isNamed = seal.alg === algName(key).alg;
    const mac = Buffer.from(seal.mac, 'base64url');
    if (!isNamed || !timingSafeEqual(mac, sealOf(key, cluster, content)))
      return { ok: false, fault: 'forged' };
    verified += 1;
  }
  if (verified === 0) return { ok: false, fault: 'unknown_key' };
  const device = deviceIn(content);
  if (device === null) return { ok: false, fault: 'torn' };
  if (device.deviceId !== deviceId) return { ok: false, fault: 'misplaced' };
  return { ok: true, device, isCurrent: verified === keys.length };
}

function read(value: Uint8Array) {
  if (value.length > SEALED_BYTES_MAX) return null;
  const parsed = parseStrictJson(Buffer.from(value).toString('utf8'), JSON_LIMITS);
  return parsed.ok && sealedSchema.Check(parsed.value) ? parsed.value : null;
}

function deviceIn(content: Buffer): EnrolledDevice | null {
  const parsed = parseStrictJson(content.toString('utf8'), JSON_LIMITS);
  if (!parsed.ok || !isEnrolledDevice(parsed.value)) return null;
  try {
    const { publicKeyJwk, otherKeyJwk } = parsed.value;
    for (const jwk of [publicKeyJwk, ...(otherKeyJwk ? [otherKeyJwk] : [])]) checkDeviceJwk(jwk);
  } catch {
    return null;
  }
  return parsed.value;
}

const algorithmOf = ({ profile }: ClusterKey) => algorithmFor('cluster-device', profile);

/** Absent where it is that of the seals that named none. */
function algName(key: ClusterKey): { readonly alg?: 'HMAC-SM3' } {
  const alg = algorithmOf(key);
  return alg === 'HMAC-SM3' ? { alg } : {};
}

function sealOf(key: ClusterKey, cluster: string, content: Buffer): Buffer {
  return macOf(
    algorithmOf(key),
    key.of.registry,
    Buffer.concat([Buffer.from(`${DOMAIN}\0${cluster}\0`), content]),
  );
}
