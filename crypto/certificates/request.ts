/** A request for a certificate: PKCS #10 (RFC 2986), of SM2 with SM3 as GM/T 0015 names it. */
import type { SignatureAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import { keyObjectOf } from '../signature/key-files.ts';
import type { HeldSigningKey } from '../signature/keys.ts';
import { DER, der, derBits, derOid, derUnsigned } from './der.ts';

/** AlgorithmIdentifier without parameters: RFC 8410 clause 3, RFC 5758 clause 3.2, GM/T 0015 annex. */
const SIGNED_WITH = {
  Ed25519: '1.3.101.112',
  ES256: '1.2.840.10045.4.3.2',
  SM2: '1.2.156.10197.1.501',
} as const satisfies Record<SignatureAlgorithm, string>;
/** Attribute types of names (X.520), as people write them. */
const ATTRIBUTE: ReadonlyMap<string, string> = new Map([
  ['C', '2.5.4.6'],
  ['ST', '2.5.4.8'],
  ['L', '2.5.4.7'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['CN', '2.5.4.3'],
]);
const VALUE_CHARACTERS_MAX = 64;
const LINE = 64;
const HALF = 32;

/** `subject`: such as `C=CN,O=City,CN=gw-1`. Throws CryptoError `unusable`; rejects as the key. */
export async function certificateRequest(key: HeldSigningKey, subject: string): Promise<string> {
  const { algorithm } = key.publicKey;
  const publicKey = keyObjectOf(key.publicKey).export({ format: 'der', type: 'spki' });
  const info = der(DER.sequence, derUnsigned(Buffer.of(0)), nameOf(subject), publicKey, der(0xa0));
  const raw = await key.sign(info);
  const signature =
    algorithm === 'Ed25519'
      ? raw
      : der(DER.sequence, derUnsigned(raw.subarray(0, HALF)), derUnsigned(raw.subarray(HALF)));
  const request = der(
    DER.sequence,
    info,
    der(DER.sequence, derOid(SIGNED_WITH[algorithm])),
    derBits(signature),
  );
  return pem('CERTIFICATE REQUEST', request);
}

/** RFC 7468. */
function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function nameOf(subject: string): Buffer {
  const attributes = subject.split(',').map((part) => {
    const [, type = '', value = ''] = /^\s*([A-Z]+)=(.+?)\s*$/.exec(part) ?? [];
    const oid = ATTRIBUTE.get(type);
    if (
      oid === undefined ||
      value.length > VALUE_CHARACTERS_MAX ||
      (type === 'C' && !/^[A-Z]{2}$/.test(value))
    ) {
      throw new CryptoError(
        'unusable',
        `${JSON.stringify(part)} is no part of a name: C (two capitals), ST, L, O, OU or CN, = and up to ${VALUE_CHARACTERS_MAX} characters`,
      );
    }
    const text = der(type === 'C' ? DER.printableString : DER.utf8String, Buffer.from(value, 'utf8'));
    return der(DER.set, der(DER.sequence, derOid(oid), text));
  });
  return der(DER.sequence, ...attributes);
}
