/** Misuse of an engine: throws before anything is computed. Bad signatures are no misuse. */
import {
  CURVES,
  type CurveName,
  DIGEST_BYTES,
  type Job,
  type MessageJob,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  SM2_ID_BYTES_MAX,
} from './job.ts';

export function assertJob(job: Job): void {
  assertCurve(job.curve);
  assertWidth('publicKey', job.publicKey, PUBLIC_KEY_BYTES);
  assertWidth('signature', job.signature, SIGNATURE_BYTES);
  if (job.digest !== null) assertWidth('digest', job.digest, DIGEST_BYTES);
  else assertMessage(job);
}

export function assertCurve(curve: CurveName): void {
  if (!Object.hasOwn(CURVES, curve)) throw new TypeError(`no such curve: ${String(curve)}`);
}

export function assertWidth(name: string, bytes: Uint8Array, width: number): void {
  assertBytes(name, bytes);
  if (bytes.length !== width) throw new RangeError(`${name} must be ${width} bytes, not ${bytes.length}`);
}

function assertBytes(name: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`);
}

/** Of another curve a message says nothing: which hash is to be made is not told. */
function assertMessage({ curve, id, message, appended }: MessageJob): void {
  if (curve !== 'sm2') throw new TypeError('only SM2 makes its digest of a message');
  assertBytes('message', message);
  assertBytes('appended', appended);
  assertBytes('id', id);
  if (id.length > SM2_ID_BYTES_MAX) throw new RangeError(`an SM2 ID is at most ${SM2_ID_BYTES_MAX} bytes`);
}
