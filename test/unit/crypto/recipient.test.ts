/** Who a file is sealed for, and with what it is opened, as an operator gives them: by keys and certificates that OpenSSL makes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decryptionKeyFrom } from '../../../crypto/sealing/decryption-key.ts';
import { RECIPIENT_PATTERN, recipientFrom } from '../../../crypto/sealing/recipient.ts';
import { makeSigningKey, publicPem } from '../../../crypto/signature/key-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-recipient-'));
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
const text = (name: string) => readFileSync(at(name), 'utf8');
const certificate = (usage: string, key = 'key.pem', digest = '-sm3') =>
  openssl(
    ...['req', '-x509', '-new', '-key', at(key), digest, '-subj', '/CN=auditor'],
    ...(usage === '' ? [] : ['-addext', `keyUsage=critical,${usage}`]),
  );
const unusable = (message: RegExp) =>
  expect.objectContaining({ name: 'CryptoError', code: 'unusable', message: expect.stringMatching(message) });

beforeAll(() => {
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2', '-out', at('key.pem'));
  openssl('pkey', '-in', at('key.pem'), '-pubout', '-out', at('public.pem'));
  openssl('ecparam', '-name', 'SM2', '-genkey', '-noout', '-out', at('sec1.pem'));
  writeFileSync(at('p256.pem'), makeSigningKey('ES256').toPem());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a public key, and the certificate of one that encrypts, name its private key', () => {
  const { kid } = decryptionKeyFrom(text('key.pem'));
  const recipients = ['keyEncipherment', 'dataEncipherment,keyAgreement', 'digitalSignature,keyEncipherment'];
  for (const pem of [text('public.pem'), ...recipients.map((usage) => certificate(usage))]) {
    expect(pem).toMatch(new RegExp(RECIPIENT_PATTERN));
    expect(recipientFrom(pem)).toMatchObject({ algorithm: 'SM2-encryption', kid });
  }
});

test('a private key as SEC 1 has it is one too', () => {
  expect(decryptionKeyFrom(text('sec1.pem')).kid).toMatch(/^sm3:[0-9a-f]{64}$/);
});

test.each([
  [
    'a certificate of the key that signs',
    () => certificate('digitalSignature,nonRepudiation'),
    /not of a key to encrypt to/,
  ],
  ['a certificate that does not say what for', () => certificate(''), /not of a key to encrypt to/],
  [
    'a certificate of another curve',
    () => certificate('keyEncipherment', 'p256.pem', '-sha256'),
    /not of a key of SM2/,
  ],
  ['a key of another curve', () => publicPem(makeSigningKey('ES256').publicKey), /ES256, and not of SM2/],
  [
    'a key of Edwards’ curve',
    () => publicPem(makeSigningKey('Ed25519').publicKey),
    /Ed25519, and not of SM2/,
  ],
  ['a private key', () => text('key.pem'), /no public key or certificate/],
  ['a recipient of age', () => `age1${'q'.repeat(58)}`, /no public key or certificate/],
  ['two keys', () => text('public.pem').repeat(2), /no public key or certificate/],
  ['a key that was cut', () => text('public.pem').replace(/.{8}\n-----END/, '\n-----END'), /no public key/],
  [
    'a certificate that was cut',
    () => certificate('keyEncipherment').replace(/\n.{64}\n/, '\n'),
    /no certificate/,
  ],
])('%s is no recipient', (_, pem, message) => {
  expect(() => recipientFrom(pem())).toThrow(unusable(message));
});

test.each([
  ['a public key', () => text('public.pem')],
  ['a key of another curve', () => text('p256.pem')],
  ['nothing', () => ''],
  ['n-1', () => withScalar('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122')],
])('%s opens nothing', (_, pem) => {
  expect(() => decryptionKeyFrom(pem())).toThrow(unusable(/./));
});

/** PKCS #8 with a number that is no key of SM2, though one of other curves would be. */
function withScalar(hex: string): string {
  const head = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420';
  // (n-1)·G is G with its y negated.
  const x = '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7';
  const y = '43c8c95c0b098863a642311c9496deac2f56788239d5b8c0fd20cd1adec60f5f';
  const der = Buffer.from(`${head}${hex}a14403420004${x}${y}`, 'hex');
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}
