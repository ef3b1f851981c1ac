/** One device as it is enrolled, and as it is stored. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../../config/onecard-error.ts';
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../verification.ts';
import { algorithmOf, type DeviceJwk } from './device-key.ts';

/** Scenes one device may be enrolled for. */
const SCENES_MAX = 64;
const DEVICE_ID = '^[a-z0-9][a-z0-9._-]{0,62}$';
const deviceIdPattern = new RegExp(DEVICE_ID);

export interface EnrolledDevice {
  readonly deviceId: string;
  readonly class: DeviceClass;
  readonly scenes: readonly string[];
  readonly publicKeyJwk: DeviceJwk;
  /** A second key, of the other profile: while its gateways change over. */
  readonly otherKeyJwk?: DeviceJwk;
  readonly enrolledAtMs: number;
  /** Null while the device may be used. */
  readonly revokedAtMs: number | null;
  /** From 1 on; each change of what is known under the name has a higher one than that before. */
  readonly revision: number;
}

const closed = { additionalProperties: false } as const;
const jwk = Type.Union([
  Type.Object(
    {
      kty: Type.Literal('EC'),
      crv: Type.Union([Type.Literal('P-256'), Type.Literal('SM2')]),
      x: Type.String(),
      y: Type.String(),
    },
    closed,
  ),
  Type.Object({ kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: Type.String() }, closed),
]);
const properties = {
  deviceId: Type.String({ pattern: DEVICE_ID }),
  class: Type.Union(DEVICE_CLASSES.map((each) => Type.Literal(each))),
  scenes: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: SCENES_MAX }),
  publicKeyJwk: jwk,
  otherKeyJwk: Type.Optional(jwk),
  enrolledAtMs: Type.Number(),
  revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
};
const revision = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

const enrolledDevice = Compile(Type.Object({ ...properties, revision }, closed));
/** Those of before there were clusters have no revision: it is their first. */
const stored = Compile(Type.Object({ ...properties, revision: Type.Optional(revision) }, closed));

/** What was asked of the registry cannot be done; the message is fit to be shown to the operator. */
export class RegistryError extends OnecardError {
  override readonly name = 'RegistryError';
  readonly code = 'registry_refused';
}

export function isDeviceId(text: string): boolean {
  return deviceIdPattern.test(text);
}

/**
 * Names one enrolment: the device, when it was enrolled, and its key. Whoever is enrolled anew under the name, with this
 * key or another, has another one.
 */
export function enrolmentOf({ deviceId, enrolledAtMs, publicKeyJwk }: EnrolledDevice): string {
  const { crv, x } = publicKeyJwk;
  const point = 'y' in publicKeyJwk ? `${x}.${publicKeyJwk.y}` : x;
  return `${deviceId} ${enrolledAtMs} ${crv} ${point}`;
}

/** What is wrong with a device; none: it can be enrolled. */
export function deviceFaults(device: EnrolledDevice): string[] {
  return enrolledDevice.Errors(device).map((e) => `${e.instancePath} ${e.message}`);
}

export function isEnrolledDevice(value: unknown): value is EnrolledDevice {
  return enrolledDevice.Check(value);
}

/** The key that a token of this algorithm is verified with; null: the device has none. */
export function keyFor(
  { publicKeyJwk, otherKeyJwk }: EnrolledDevice,
  algorithm: SignatureAlgorithm,
): DeviceJwk | null {
  if (algorithmOf(publicKeyJwk) === algorithm) return publicKeyJwk;
  return otherKeyJwk && algorithmOf(otherKeyJwk) === algorithm ? otherKeyJwk : null;
}

/** The same bytes for the same device, whoever made it. */
export function storedDevice(device: EnrolledDevice): Buffer {
  const { deviceId, class: deviceClass, scenes, publicKeyJwk, otherKeyJwk } = device;
  const { enrolledAtMs, revokedAtMs, revision } = device;
  const keys = {
    publicKeyJwk: orderedJwk(publicKeyJwk),
    ...(otherKeyJwk && { otherKeyJwk: orderedJwk(otherKeyJwk) }),
  };
  const ordered = { deviceId, class: deviceClass, scenes, ...keys, enrolledAtMs, revokedAtMs };
  return Buffer.from(JSON.stringify({ ...ordered, revision }));
}

function orderedJwk(key: DeviceJwk): object {
  const { kty, crv, x } = key;
  return { kty, crv, x, ...('y' in key && { y: key.y }) };
}

/** Throws RegistryError. */
export function readStoredDevice(value: Uint8Array): EnrolledDevice {
  let device: unknown = null;
  try {
    device = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    // Told below, as any other wrong content.
  }
  if (!stored.Check(device)) throw new RegistryError('a device is not stored as one');
  return { revision: 1, ...(device as Omit<EnrolledDevice, 'revision'>) };
}
