/**
 * Who the desk is to a wallet: a P-256 key and its certificate, whose hash is the client identifier (OpenID4VP 1.0 clause 5.9.3,
 * `x509_hash`). The operator's, or one that the desk makes when it is first needed, and keeps.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HotelSettings } from '../../config/settings.ts';
import { createPrivateFile, makePrivateFolder, readIfThere } from '../../gateway/storage/private-files.ts';
import { HotelError } from '../hotel-error.ts';
import { makeCertificate } from './make-certificate.ts';

export interface PhoneIdentity {
  readonly key: KeyObject;
  /** `x5c` of RFC 7515 clause 4.1.6: no root, which whoever trusts it has. */
  readonly x5c: readonly string[];
  /** `x509_hash:` and the hash of the first certificate. */
  readonly clientId: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const CHAIN_MAX = 8;

/** `folder`: of the desk. Rejects with HotelError `unusable` when key or certificate cannot be used. */
export async function openIdentity(
  hotel: HotelSettings,
  folder: string,
  nowMs: number,
): Promise<PhoneIdentity> {
  const { cert_file: certFile, key_file: keyFile } = hotel.phone;
  if (certFile !== undefined && keyFile !== undefined) {
    return identityOf(read(certFile), read(keyFile), certFile, nowMs);
  }
  const own = join(folder, 'phone');
  makePrivateFolder(own);
  // Both in one file: there is no moment with one of them alone.
  const file = join(own, 'verifier.pem');
  const kept = readIfThere(file)?.toString('utf8');
  if (kept !== undefined) return identityOf(kept, kept, file, nowMs);
  const { privatePem, chainPem } = await makeCertificate(hotel.title ?? hotel.hotel_id, nowMs);
  createPrivateFile(file, privatePem + chainPem);
  return identityOf(chainPem, privatePem, file, nowMs);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HotelError('unusable', `${file} cannot be read`, { cause });
  }
}

function identityOf(chainPem: string, keyPem: string, file: string, nowMs: number): PhoneIdentity {
  const unusable = (why: string, cause?: unknown) =>
    new HotelError('unusable', `hotel.phone: the certificate in ${file} ${why}`, { cause });
  let key: KeyObject;
  let chain: X509Certificate[];
  try {
    key = createPrivateKey(keyPem);
    chain = [...chainPem.matchAll(CERTIFICATE)].slice(0, CHAIN_MAX).map(([pem]) => new X509Certificate(pem));
  } catch (cause) {
    throw unusable('or its key cannot be read', cause);
  }
  const [leaf, ...others] = chain;
  if (leaf === undefined) throw unusable('is missing');
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw unusable('has a key that is not of P-256');
  if (!leaf.publicKey.equals(createPublicKey(key))) throw unusable('is of another key');
  if (nowMs > Date.parse(leaf.validTo)) throw unusable(`has ended: ${leaf.validTo}`);
  const sent = [leaf, ...others.filter((each) => each.subject !== each.issuer)];
  return {
    key,
    x5c: sent.map(({ raw }) => raw.toString('base64')),
    clientId: `x509_hash:${hash('sha256', leaf.raw, 'base64url')}`,
  };
}
