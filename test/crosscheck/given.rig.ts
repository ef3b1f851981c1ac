/** What peers are given: keys, and content of random lengths. `ONECARD_CROSS_CHECKS`: how many of each; 100 without it. */
import { createECDH, randomBytes, randomInt } from 'node:crypto';
import { decryptionKeyFrom } from '../../crypto/sealing/decryption-key.ts';
import { signingKeyFrom, verifyingKeyOf } from '../../crypto/signature/key-files.ts';

const COUNT = Number(process.env['ONECARD_CROSS_CHECKS'] ?? 100);
export const many = <T>(make: () => T): T[] => Array.from({ length: COUNT }, make);
export const some = (bytesMax: number) => randomBytes(randomInt(bytesMax + 1));
const KEYS = Array.from({ length: 16 }, () => {
  const pair = createECDH('SM2');
  pair.generateKeys();
  const scalar = Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
  const publicKey = pair.getPublicKey().subarray(1);
  const head = Buffer.from('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420', 'hex');
  const der = Buffer.concat([head, scalar, Buffer.from('a14403420004', 'hex'), publicKey]);
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return {
    scalar,
    publicKey,
    signing: signingKeyFrom(pem),
    verifying: verifyingKeyOf('SM2', publicKey),
    decrypting: decryptionKeyFrom(pem),
  };
});
export const keyAt = (at: number) => KEYS[at % KEYS.length] as (typeof KEYS)[number];
