import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { name } from '../../../../platform/authority/certificates.ts';
import { bitString, der, derNull, identifier, sequence, small, utf8 } from '../../../../platform/der.ts';
import { KEY_USAGE } from '../../../../workers/certificates/certificate.ts';
import { attributeText, sameName } from '../../../../workers/certificates/names.ts';
import { parseCertificate } from '../../../../workers/certificates/parse.ts';
import { readPemCertificate } from '../../../../workers/certificates/pem.ts';
import { parsePublicKey } from '../../../../workers/certificates/public-key.ts';
import { holds, signatureCheck, signedBy } from '../../../../workers/certificates/signature-check.ts';
import { toHex } from '../../../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import {
  caCertificate,
  type DraftEdit,
  leafCertificate,
  parsed,
  pem,
  testKey,
  withExtension,
} from '../../../fixtures/certificates.ts';

const engine = createPortableEngine();
const root = caCertificate('root', testKey('sm2', 'root'), null);
const leafKey = testKey('p256', 'leaf');
const leaf = leafCertificate('leaf', leafKey, root);

describe('a certificate', () => {
  test('is read whole, and node reads the same', () => {
    const read = parsed(leaf);
    const node = new X509Certificate(Buffer.from(leaf.der));
    expect(toHex(read.serial)).toBe(node.serialNumber.toLowerCase());
    expect(read.notAfterMs).toBe(node.validToDate.getTime());
    expect(attributeText(read.subject, '2.5.4.3')).toBe('leaf');
    expect(Buffer.from(read.key.spki)).toEqual(node.publicKey.export({ format: 'der', type: 'spki' }));
    expect(read.key).toMatchObject({ algorithm: 'p256', coordinateBytes: 32, modulusBits: 0 });
    expect(read.key.point).toEqual(leafKey.key.publicKey);
    expect(read.signatureAlgorithm).toEqual({ name: 'sm2' });
    expect(read.extensions.keyUsage).toBe(KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation);
    expect(parsed(root).extensions.basicConstraints).toEqual({ ca: true, pathLen: null });
  });

  test('is signed by the key that signed it, and by no other', () => {
    expect(holds(engine, signedBy(parsed(leaf), parsed(root).key))).toBe(true);
    expect(holds(engine, signedBy(parsed(root), parsed(root).key))).toBe(true);
    expect(signedBy(parsed(leaf), parsed(leaf).key)).toEqual({ refused: 'key.algorithm_mismatch' });
    const other = caCertificate('root', testKey('sm2', 'other'), null);
    expect(holds(engine, signedBy(parsed(leaf), parsed(other).key))).toBe(false);
  });

  test('survives no change of one bit unnoticed: it is refused, or its signature does not hold', () => {
    const { key } = parsed(root);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: leaf.der.length * 8 - 1 }), (bit) => {
        const changed = leaf.der.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const read = parseCertificate(changed);
        if (typeof read !== 'string') expect(holds(engine, signedBy(read, key))).toBe(false);
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  test('in PEM is the same', () => {
    expect(readPemCertificate(pem(leaf.der))).toEqual(leaf.der);
    expect(readPemCertificate(`${pem(leaf.der)}x`)).toBeNull();
    expect(readPemCertificate(pem(leaf.der).replace('MII', 'M*I'))).toBeNull();
    expect(readPemCertificate(pem(leaf.der) + pem(root.der))).toBeNull();
  });
});

describe('what is not of the form is refused', () => {
  const twice: DraftEdit = (draft) => ({
    ...draft,
    extensions: [...draft.extensions, ...draft.extensions.slice(0, 1)],
  });
  const value = (oid: string, bytes: Uint8Array): DraftEdit => withExtension(oid, { oid, value: bytes });
  test.each<[string, DraftEdit]>([
    ['an extension twice', twice],
    ['validity that ends before it begins', (draft) => ({ ...draft, notAfterMs: draft.notBeforeMs - 1_000 })],
    ['a serial of 40 bytes', (draft) => ({ ...draft, serial: new Uint8Array(40).fill(1) })],
    ['keyUsage of no bit', value('2.5.29.15', bitString(new Uint8Array()))],
    ['keyUsage with zeros at its end', value('2.5.29.15', bitString(Uint8Array.of(0x80)))],
    ['keyUsage that is no bit string', value('2.5.29.15', small(1))],
    ['keyUsage behind which bytes follow', value('2.5.29.15', Uint8Array.of(3, 2, 7, 0x80, 5, 0))],
    ['basicConstraints with a negative length', value('2.5.29.19', sequence(der(0x02, Uint8Array.of(0xff))))],
    ['extKeyUsage of text', value('2.5.29.37', sequence(utf8('a')))],
    ['alternative names of none', value('2.5.29.17', sequence())],
    ['an alternative name of no kind', value('2.5.29.17', sequence(der(0x8c, Uint8Array.of(1))))],
    ['a directory name that is none', value('2.5.29.17', sequence(der(0xa4, utf8('x'))))],
    ['name constraints of none', value('2.5.29.30', sequence())],
    [
      'name constraints with a minimum',
      value('2.5.29.30', sequence(der(0xa0, sequence(der(0x82, utf8('a')), der(0x80, Uint8Array.of(1)))))),
    ],
    [
      'a policy twice',
      value('2.5.29.32', sequence(sequence(identifier('1.2.3')), sequence(identifier('1.2.3')))),
    ],
    ['policy constraints of none', value('2.5.29.36', sequence())],
    ['a subject key id that is no octet string', value('2.5.29.14', derNull)],
    ['information on its authority that is none', value('1.3.6.1.5.5.7.1.1', sequence())],
    ['points of no list', value('2.5.29.31', sequence())],
    ['an extension that is no DER', value('2.5.29.19', Uint8Array.of(0x30, 0x80, 0, 0))],
  ])('%s', (_, edit) => {
    expect(parseCertificate(leafCertificate('bad', leafKey, root, edit).der)).toBe('credential.malformed');
  });

  test('bytes behind it, less of it, and more than it may have', () => {
    expect(parseCertificate(Uint8Array.of(...leaf.der, 0))).toBe('credential.trailing');
    expect(parseCertificate(leaf.der.slice(0, -1))).toBe('credential.truncated');
    expect(parseCertificate(new Uint8Array())).toBe('credential.truncated');
    const large = leafCertificate('large', leafKey, root, value('1.2.3.4', new Uint8Array(17_000)));
    expect(parseCertificate(large.der)).toBe('credential.oversized');
  });

  test('a critical extension nobody understands is named', () => {
    const unknown = leafCertificate('unknown', leafKey, root, (draft) => ({
      ...draft,
      extensions: [...draft.extensions, { oid: '1.2.3.4', critical: true, value: derNull }],
    }));
    expect(parsed(unknown).extensions.unknownCritical).toEqual(['1.2.3.4']);
  });
});

describe('signatures of other kinds', () => {
  const message = Buffer.from('what is signed');
  const publicKey = (key: KeyObject) => {
    const read = parsePublicKey(new Uint8Array(key.export({ format: 'der', type: 'spki' })));
    if (typeof read === 'string') throw new TypeError(read);
    return read;
  };

  test.each([
    ['secp384r1', 'sha384', 'p384'],
    ['secp521r1', 'sha512', 'p521'],
    ['brainpoolP256r1', 'sha256', 'brainpool'],
    ['brainpoolP384r1', 'sha384', 'brainpool'],
    ['prime256v1', 'sha512', 'p256'],
  ] as const)('ECDSA on %s with %s', (namedCurve, hash, algorithm) => {
    const pair = generateKeyPairSync('ec', { namedCurve });
    const key = publicKey(pair.publicKey);
    expect(key.algorithm).toBe(algorithm);
    const good = sign(hash, message, pair.privateKey);
    expect(holds(engine, signatureCheck({ name: 'ecdsa', hash }, key, message, good))).toBe(true);
    expect(holds(engine, signatureCheck({ name: 'ecdsa', hash }, key, Buffer.from('other'), good))).toBe(
      false,
    );
    expect(signatureCheck({ name: 'ecdsa', hash }, key, message, good.subarray(1))).toEqual({
      refused: 'signature.encoding',
    });
    expect(signatureCheck({ name: 'sm2' }, key, message, good)).toEqual({
      refused: 'key.algorithm_mismatch',
    });
  });

  test('Ed25519 and RSA, and RSA that is too short', () => {
    const ed = generateKeyPairSync('ed25519');
    const edKey = publicKey(ed.publicKey);
    const edGood = sign(null, message, ed.privateKey);
    expect(holds(engine, signatureCheck({ name: 'ed25519' }, edKey, message, edGood))).toBe(true);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const rsaKey = publicKey(rsa.publicKey);
    const rsaGood = sign('sha256', message, rsa.privateKey);
    const pkcs1 = { name: 'rsa-pkcs1', hash: 'sha256' } as const;
    expect(holds(engine, signatureCheck(pkcs1, rsaKey, message, rsaGood))).toBe(true);
    expect(holds(engine, signatureCheck(pkcs1, rsaKey, message, new Uint8Array(256)))).toBe(false);
    expect(holds(engine, signatureCheck(pkcs1, rsaKey, message, new Uint8Array()))).toBe(false);
    expect(signatureCheck(pkcs1, edKey, message, rsaGood)).toEqual({ refused: 'key.algorithm_mismatch' });
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const shortKey = publicKey(short.publicKey);
    expect(signatureCheck(pkcs1, shortKey, message, new Uint8Array(128))).toEqual({
      refused: 'key.too_short',
    });
  });
});

test('names are the same whatever their text type, case and blanks', () => {
  const printable = (text: string) => der(0x13, Buffer.from(text));
  const built = (value: Uint8Array) => sequence(der(0x31, sequence(identifier('2.5.4.3'), value)));
  expect(sameName(built(utf8('Test  CA')), built(printable('test ca ')))).toBe(true);
  expect(sameName(built(utf8('Test CA')), built(printable('Test CB')))).toBe(false);
  expect(sameName(name({ C: 'CN', CN: 'a' }), name({ CN: 'a', C: 'CN' }))).toBe(false);
});
