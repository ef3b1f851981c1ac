/** Known answers of the algorithms of NIST and the IETF. */
import { digestOf, macOf } from '../digest.ts';
import { ecdhEsAgree } from '../sealing/ecdh-es.ts';
import { keyWrap } from '../sealing/key-wrap.ts';
import { sealer } from '../sealing/seal.ts';
import { signingKeyFrom, verifyingKeyOf } from '../signature/key-files.ts';
import { isSigned } from '../signature/verify.ts';
import { checks, type KnownAnswer, octets, rising } from './known-answer.ts';

const SAMPLE = Buffer.from('sample');
/** RFC 8032 clause 7.1, TEST 3: the seed as PKCS #8 (RFC 8410 clause 7). */
const ED25519_PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([
  octets('302e020100300506032b657004220420'),
  octets('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'),
]).toString('base64')}\n-----END PRIVATE KEY-----\n`;
/** RFC 6979 A.2.5. */
const P256_PUBLIC_KEY = octets(
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
  '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
);
const P256_PRIVATE_KEY_PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([
  octets('308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420'),
  octets('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721'),
  octets('a14403420004'),
  P256_PUBLIC_KEY,
]).toString('base64')}\n-----END PRIVATE KEY-----\n`;
const P256_SIGNATURE = octets(
  'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
  'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
);

export const INTERNATIONAL_ANSWERS: readonly KnownAnswer[] = [
  {
    algorithm: 'SHA-256',
    source: 'FIPS 180-4, example "abc"',
    given: () => digestOf('SHA-256', Buffer.from('abc')),
    answer: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  },
  {
    algorithm: 'HMAC-SHA-256',
    source: 'RFC 4231 clause 4.3',
    given: () => macOf('HMAC-SHA-256', Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')),
    answer: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    algorithm: 'Ed25519',
    source: 'RFC 8032 clause 7.1, test 3',
    given: () => {
      const key = signingKeyFrom(ED25519_PEM);
      const signature = key.sign(octets('af82'));
      const verified = [octets('af82'), SAMPLE].map((each) => isSigned(key.publicKey, each, signature));
      return Buffer.concat([key.publicKey.bytes, signature, checks(...verified)]);
    },
    answer:
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025' +
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a' +
      '0100',
  },
  {
    algorithm: 'ES256',
    source: 'RFC 6979 A.2.5',
    given: () => {
      const key = verifyingKeyOf('ES256', P256_PUBLIC_KEY);
      const own = signingKeyFrom(P256_PRIVATE_KEY_PEM).sign(SAMPLE);
      return checks(
        isSigned(key, SAMPLE, P256_SIGNATURE),
        isSigned(key, Buffer.from('test'), P256_SIGNATURE),
        isSigned(key, SAMPLE, own),
      );
    },
    answer: '010001',
  },
  {
    // Test case 16 of the mode's authors, whose numbers NIST SP 800-38D has its readers look up.
    algorithm: 'AES-256-GCM',
    source: 'McGrew and Viega, The Galois/Counter Mode of Operation, test case 16',
    given: () =>
      sealer('AES-256-GCM', octets('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')).open(
        octets(
          'cafebabefacedbaddecaf888',
          '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa',
          '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
          '76fc6ece0f4e1768cddf8853bb2d551b',
        ),
        octets('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
      ),
    answer:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  },
  {
    algorithm: 'AES-256-KW',
    source: 'RFC 3394 clause 4.6',
    given: () =>
      keyWrap('AES-256-KW', rising(0, 32)).wrap(
        octets('00112233445566778899aabbccddeeff', '000102030405060708090a0b0c0d0e0f'),
      ),
    answer: '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
  },
  {
    algorithm: 'ECDH-ES-P-256',
    source: 'RFC 7518 appendix C',
    given: () => {
      const bytes = (text: string) => Buffer.from(text, 'base64url');
      const bob = [
        'weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ',
        'e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck',
      ];
      const agreed = { enc: 'A128GCM', keyBits: 128, apu: 'Alice', apv: 'Bob' } as const;
      const alice = bytes('0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo');
      return ecdhEsAgree(Buffer.concat(bob.map(bytes)), agreed, alice).key;
    },
    answer: Buffer.from('VqqN6vgjbSBcIijNcacQGg', 'base64url').toString('hex'),
  },
];
