/** Whom a file is sealed for, as an operator gives him: a public key of SM2, or a certificate of one, in PEM. */
import { KEY_USAGE } from '../../workers/certificates/certificate.ts';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { readPemCertificate } from '../../workers/certificates/pem.ts';
import { CryptoError } from '../crypto-error.ts';
import { namedDigestOf } from '../named-digest.ts';
import { verifyingKeyFrom, verifyingKeyOf } from '../signature/key-files.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** A text that may be one: RFC 7468 clauses 5 and 13. */
export const RECIPIENT_PATTERN =
  '^-----BEGIN (?:PUBLIC KEY|CERTIFICATE)-----\\s[A-Za-z0-9+/=\\s]{40,8000}-----END (?:PUBLIC KEY|CERTIFICATE)-----\\s*$';
/** GM/T 0015 clause 5.2.4.2.3: of the pair that encrypts. */
const ENCRYPTING = KEY_USAGE.keyEncipherment | KEY_USAGE.dataEncipherment | KEY_USAGE.keyAgreement;
const FORM = new RegExp(RECIPIENT_PATTERN);

/**
 * Its `kid` is `keyIdOf` the key. Nobody is asked whether a certificate is good or still valid: whoever names the recipient knows
 * him. Throws CryptoError `unusable`: no such text, a key of another kind, or a certificate whose key is for signing alone.
 */
export function recipientFrom(pem: string): EncryptionKey {
  if (!FORM.test(pem)) throw new CryptoError('unusable', 'this is no public key or certificate in PEM');
  const certificate = readPemCertificate(pem);
  const { algorithm, bytes } = certificate === null ? verifyingKeyFrom(pem) : keyIn(certificate);
  if (algorithm !== 'SM2') throw new CryptoError('unusable', `this key is of ${algorithm}, and not of SM2`);
  return { algorithm: 'SM2-encryption', kid: keyIdOf(bytes), bytes };
}

/** `sm3:` and SM3 of X ‖ Y in hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return namedDigestOf('SM3', publicKey);
}

function keyIn(der: Uint8Array) {
  const certificate = parseCertificate(der);
  if (typeof certificate === 'string')
    throw new CryptoError('unusable', `this is no certificate (${certificate})`);
  const { key, extensions } = certificate;
  if (key.algorithm !== 'sm2' || key.point === null)
    throw new CryptoError('unusable', 'this certificate is not of a key of SM2');
  if (extensions.keyUsage === null || (extensions.keyUsage & ENCRYPTING) === 0)
    throw new CryptoError(
      'unusable',
      'this certificate is not of a key to encrypt to: give that of the pair which is',
    );
  return verifyingKeyOf('SM2', key.point);
}
