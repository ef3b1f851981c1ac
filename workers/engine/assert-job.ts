/** Misuse of an engine: throws before anything is computed. Bad signatures are no misuse. */
import {
  CURVES,
  type CurveName,
  DIGEST_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureJob,
} from './job.ts';

export function assertJob(job: SignatureJob): void {
  assertCurve(job.curve);
  assertWidth('publicKey', job.publicKey, PUBLIC_KEY_BYTES);
  assertWidth('digest', job.digest, DIGEST_BYTES);
  assertWidth('signature', job.signature, SIGNATURE_BYTES);
}

export function assertCurve(curve: CurveName): void {
  if (!Object.hasOwn(CURVES, curve)) throw new TypeError(`no such curve: ${String(curve)}`);
}

export function assertWidth(name: string, bytes: Uint8Array, width: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`);
  if (bytes.length !== width) throw new RangeError(`${name} must be ${width} bytes, not ${bytes.length}`);
}
