/** Keys as files and other programs have them: PEM (PKCS #8, SubjectPublicKeyInfo). */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import type { SigningKey, VerifyingKey } from './keys.ts';
import { signWith } from './sign.ts';

const SCALAR_BYTES = 32;
/** PKCS #8 of a key on the curve of SM2 up to its scalar (RFC 5208 clause 5, SEC 1 clause C.4, GM/T 0015 clause 5.2). */
export const SM2_PKCS8_HEAD = Buffer.from(
  '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420',
  'hex',
);
/** DER of SubjectPublicKeyInfo up to the key's own bytes (RFC 8410 clause 4; RFC 5480 clause 2; GM/T 0015 clause 5.2). */
const SPKI_HEAD = {
  Ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  ES256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
  SM2: Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex'),
} as const satisfies Record<SignatureAlgorithm, Buffer>;
const KEY_BYTES = { Ed25519: 32, ES256: 64, SM2: 64 } as const satisfies Record<SignatureAlgorithm, number>;

export function makeSigningKey(algorithm: SignatureAlgorithm): SigningKey {
  const { privateKey } =
    algorithm === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: algorithm === 'SM2' ? 'SM2' : 'P-256' });
  return signingKeyOf(privateKey);
}

/** Throws CryptoError `unusable`, which never says what the text holds. */
export function signingKeyFrom(pem: string | Buffer): SigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new CryptoError('unusable', 'this is no private key in PEM', { cause });
  }
  return signingKeyOf(key);
}

/** Throws CryptoError `unusable`, also where the bytes are no point of the curve. */
export function verifyingKeyOf(algorithm: SignatureAlgorithm, bytes: Uint8Array): VerifyingKey {
  const key = { algorithm, bytes: Buffer.from(bytes) };
  keyObjectOf(key);
  return key;
}

/** Throws CryptoError `unusable`. */
export function verifyingKeyFrom(pem: string | Buffer): VerifyingKey {
  try {
    return verifyingKeyOfObject(createPublicKey(pem));
  } catch (cause) {
    if (cause instanceof CryptoError) throw cause;
    throw new CryptoError('unusable', 'this is no public key in PEM', { cause });
  }
}

export function publicPem(key: VerifyingKey): string {
  return keyObjectOf(key).export({ format: 'pem', type: 'spki' }) as string;
}

/** As node:crypto has it. Throws CryptoError `unusable`. */
export function keyObjectOf({ algorithm, bytes }: VerifyingKey): KeyObject {
  if (bytes.length !== KEY_BYTES[algorithm]) {
    throw new CryptoError('unusable', `a public key of ${algorithm} has ${KEY_BYTES[algorithm]} bytes`);
  }
  try {
    return createPublicKey({
      key: Buffer.concat([SPKI_HEAD[algorithm], bytes]),
      format: 'der',
      type: 'spki',
    });
  } catch (cause) {
    throw new CryptoError('unusable', `these bytes are no public key of ${algorithm}`, { cause });
  }
}

/** Throws CryptoError `unusable`: it is no private key, or none of these kinds. */
export function signingKeyOf(key: KeyObject): SigningKey {
  if (key.type !== 'private') throw new CryptoError('unusable', 'only a private key signs');
  const publicKey = verifyingKeyOfObject(createPublicKey(key));
  const scalar = publicKey.algorithm === 'SM2' ? sm2Scalar(key) : null;
  return {
    publicKey,
    sign: (message) => signWith(key, scalar, publicKey, message),
    toPem: () => key.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** 32 bytes. Throws CryptoError `unusable`. */
export function sm2Scalar(key: KeyObject): Buffer {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const at = SM2_PKCS8_HEAD.length;
  if (!der.subarray(0, at).equals(SM2_PKCS8_HEAD)) {
    throw new CryptoError('unusable', 'a private key of SM2 is of PKCS #8 with its public key');
  }
  return Buffer.from(der.subarray(at, at + SCALAR_BYTES));
}

/** `key`: a public one. Throws CryptoError `unusable`. */
export function verifyingKeyOfObject(key: KeyObject): VerifyingKey {
  const der = key.export({ format: 'der', type: 'spki' });
  for (const algorithm of ['Ed25519', 'ES256', 'SM2'] as const) {
    const head = SPKI_HEAD[algorithm];
    if (der.length === head.length + KEY_BYTES[algorithm] && der.subarray(0, head.length).equals(head)) {
      return { algorithm, bytes: Buffer.from(der.subarray(head.length)) };
    }
  }
  throw new CryptoError('unusable', 'a key is Ed25519, or on P-256 or on the curve of SM2');
}
