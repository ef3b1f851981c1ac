/** Signatures to verify, for the engines and for OpenSSL, from a seed. One in sixteen is bad. */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { seeded } from '../platform/seed.ts';
import { sm2IdentityDigest, sm2Key, sm2SignDigest, sm3 } from '../platform/sm2.ts';
import type { CurveName, SignatureJob } from '../workers/engine/job.ts';

export type KeyKind = 'plain' | 'repeated' | 'prepared';

export interface BenchJob extends SignatureJob {
  /** What the digest is made from. For SM2 with an empty ID: node:crypto can give OpenSSL no other. */
  readonly message: Uint8Array;
  /** The signature as node:crypto takes it by default. */
  readonly der: Uint8Array;
  /** The public key, imported by OpenSSL. */
  readonly imported: KeyObject;
  readonly verifies: boolean;
}

/** Jobs of a set, a multiple of the largest batch. */
export const JOBS = 256;
/** Issuers that take turns. */
export const PREPARED_KEYS = 4;
/** Distinct keys of a set. */
const KEYS: Readonly<Record<KeyKind, number>> = {
  plain: JOBS,
  repeated: JOBS,
  prepared: PREPARED_KEYS,
};
const BAD_EVERY = 16;
const MESSAGE_BYTES = 100;
const EMPTY_ID = new Uint8Array();

/** SubjectPublicKeyInfo up to the point (RFC 5480). */
const SPKI_HEAD: Readonly<Record<CurveName, Buffer>> = {
  sm2: Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex'),
  p256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
};

interface Signer {
  readonly publicKey: Uint8Array;
  digest(message: Uint8Array): Uint8Array;
  /** r ‖ s. */
  sign(message: Uint8Array): Uint8Array;
}

export function benchJobs(seed: string, curve: CurveName, kind: KeyKind): BenchJob[] {
  const label = `engine ${curve} ${kind}`;
  const signers = Array.from({ length: KEYS[kind] }, (_, i) => {
    const material = seeded(seed, `${label} key`, i, 40);
    const signer = curve === 'sm2' ? sm2Signer(material) : p256Signer(material);
    const key = Buffer.concat([SPKI_HEAD[curve], signer.publicKey]);
    return { signer, imported: createPublicKey({ key, format: 'der', type: 'spki' }) };
  });
  return Array.from({ length: JOBS }, (_, i) => {
    const { signer, imported } = signers[i % signers.length] as (typeof signers)[number];
    const signed = seeded(seed, `${label} message`, i, MESSAGE_BYTES);
    const verifies = i % BAD_EVERY !== BAD_EVERY - 1;
    const message = verifies ? signed : Uint8Array.of(...signed, 0);
    const signature = signer.sign(signed);
    const { publicKey } = signer;
    const digest = signer.digest(message);
    const keyRepeats = kind === 'repeated';
    return {
      curve,
      publicKey,
      digest,
      signature,
      keyRepeats,
      message,
      der: toDer(signature),
      imported,
      verifies,
    };
  });
}

function sm2Signer(material: Uint8Array): Signer {
  const key = sm2Key(material);
  const z = sm2IdentityDigest(key.publicKey, EMPTY_ID);
  const digest = (message: Uint8Array) => sm3(z, message);
  return { publicKey: key.publicKey, digest, sign: (message) => sm2SignDigest(key, digest(message)) };
}

/** OpenSSL draws its nonces, so these signatures differ from run to run; the verdicts do not. */
function p256Signer(material: Uint8Array): Signer {
  const ecdh = createECDH('prime256v1');
  // Below n but for a chance of 2^-32.
  ecdh.setPrivateKey(material.subarray(0, 32));
  const publicKey = new Uint8Array(ecdh.getPublicKey().subarray(1));
  const part = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const [x, y] = [part(publicKey.subarray(0, 32)), part(publicKey.subarray(32))];
  const d = part(material.subarray(0, 32));
  const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
  return {
    publicKey,
    digest: (message) => new Uint8Array(createHash('sha256').update(message).digest()),
    sign: (message) => new Uint8Array(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })),
  };
}

/** SEQUENCE { r INTEGER, s INTEGER }. */
function toDer(signature: Uint8Array): Uint8Array {
  const body = Buffer.concat([toInteger(signature.subarray(0, 32)), toInteger(signature.subarray(32))]);
  return Buffer.concat([Uint8Array.of(0x30, body.length), body]);
}

function toInteger(bytes: Uint8Array): Buffer {
  const digits = bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    ),
  );
  const content = (digits[0] ?? 0) < 0x80 ? digits : Uint8Array.of(0, ...digits);
  return Buffer.concat([Uint8Array.of(2, content.length), content]);
}
