/** Known answers of SM2, SM3 and SM4. */
import { createCipheriv, createECDH } from 'node:crypto';
import { digestOf, macOf } from '../digest.ts';
import { keyWrap } from '../sealing/key-wrap.ts';
import { sealer } from '../sealing/seal.ts';
import { sm2EncryptWith } from '../sealing/sm2-encryption.ts';
import { signingKeyFrom, verifyingKeyOf } from '../signature/key-files.ts';
import { isSigned } from '../signature/verify.ts';
import { checks, type KnownAnswer, octets, rising } from './known-answer.ts';

/** What has no answer in a standard was made with GmSSL 3 (gmssl-pyx 2.1.0), which shares no code with OpenSSL's SM3 and SM4. */
const BY_GMSSL = 'another implementation, GmSSL';
const PLACE = Buffer.from('where it belongs');
const MESSAGE = Buffer.from('message digest');
/** GB/T 32918.5-2017 A.2. */
const PUBLIC_KEY = octets(
  '09f9df31 1e5421a1 50dd7d16 1e4bc5c6 72179fad 1833fc07 6bb08ff3 56f35020',
  'ccea490c e26775a5 2dc6ea71 8cc1aa60 0aed05fb f35e084a 6632f607 2da9ad13',
);
const SIGNATURE = octets(
  'f5a03b06 48d2c463 0eeac513 e1bb81a1 5944da38 27d5b741 43ac7eac eee720b3',
  'b1b6aa29 df212fd8 763182bc 0d421ca1 bb9038fd 1f7f42d4 840b69c4 85bbc1aa',
);
/** The same key as PKCS #8. */
const PRIVATE_KEY_DER = Buffer.concat([
  octets('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420'),
  octets('3945208f 7b2144b1 3f36e38a c6d39f95 88939369 2860b51a 42fb81ef 4df7c5b8'),
  octets('a144034200 04'),
  PUBLIC_KEY,
]);

export const SM_ANSWERS: readonly KnownAnswer[] = [
  {
    algorithm: 'SM3',
    source: 'GB/T 32905-2016 A.1',
    given: () => digestOf('SM3', Buffer.from('abc')),
    answer: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  },
  {
    algorithm: 'SM3',
    source: 'GB/T 32905-2016 A.2',
    given: () => digestOf('SM3', Buffer.from('abcd'.repeat(16))),
    answer: 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
  },
  {
    algorithm: 'HMAC-SM3',
    source: BY_GMSSL,
    given: () => macOf('HMAC-SM3', Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')),
    answer: '2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882',
  },
  {
    algorithm: 'SM4',
    source: 'GB/T 32907-2016 A.1',
    given: () => {
      const block = octets('01234567 89abcdef fedcba98 76543210');
      return createCipheriv('sm4-ecb', block, null).setAutoPadding(false).update(block);
    },
    answer: '681edf34d206965e86b3e94f536e4246',
  },
  {
    algorithm: 'SM4-CTR-HMAC-SM3',
    source: BY_GMSSL,
    given: () =>
      sealer('SM4-CTR-HMAC-SM3', rising(0, 32)).open(
        octets(
          '404142434445464748494a4b4c4d4e4f',
          'c0cfad4cd0de48bad4c91b0713a0c820df803fe645a83530a29fa2ed225e0cb939f67b6b17d7e252',
          '9d7f63ad81000c30c12755e5aaed52027611a532e231397c5e269ebd344f8f43',
        ),
        PLACE,
      ),
    answer: rising(0x80, 40).toString('hex'),
  },
  {
    algorithm: 'SM4-KW',
    source: BY_GMSSL,
    given: () => keyWrap('SM4-KW', rising(0, 32)).wrap(rising(0x20, 32)),
    answer: 'd13f3d81beb5bea08379c62d7141054ad1a65f144ae711185a16e72d33e7cd752a6792b174f21463',
  },
  {
    algorithm: 'SM2',
    source: 'GB/T 32918.5-2017 A.2',
    given: () => {
      const key = verifyingKeyOf('SM2', PUBLIC_KEY);
      return checks(isSigned(key, MESSAGE, SIGNATURE), isSigned(key, PLACE, SIGNATURE));
    },
    answer: '0100',
  },
  {
    // A signature is another each time: each is verified, and no two have the same r, which is that of the nonce.
    algorithm: 'SM2',
    source: 'its own verification',
    given: () => {
      const pem = PRIVATE_KEY_DER.toString('base64');
      const key = signingKeyFrom(`-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`);
      const [one, other] = [key.sign(MESSAGE), key.sign(MESSAGE)];
      const isItself = key.publicKey.bytes.equals(PUBLIC_KEY);
      const areSigned = [one, other].map((each) => isSigned(key.publicKey, MESSAGE, each));
      return checks(isItself, ...areSigned, one.subarray(0, 32).equals(other.subarray(0, 32)));
    },
    answer: '01010100',
  },
  {
    algorithm: 'SM2-encryption',
    source: 'GB/T 32918.5-2017 C.2',
    given: () => {
      const own = createECDH('SM2');
      own.setPrivateKey(octets('59276e27 d506861a 16680f3a d9c02dcc ef3cc1fa 3cdbe4ce 6d54b80d eac1bc21'));
      return sm2EncryptWith(own, PUBLIC_KEY, Buffer.from('encryption standard')) ?? Buffer.alloc(0);
    },
    answer:
      '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73' +
      'e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0' +
      '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766' +
      '21886ca989ca9c7d58087307ca93092d651efa',
  },
];
