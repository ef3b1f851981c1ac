/** Which family what a scanner read is of; and that no two families take the same. */
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PresentationDecoder } from '../../../../gateway/tap/1-decode/decode.ts';
import { createScan } from '../../../../gateway/tap/1-decode/scan.ts';
import { parseStrictMsgpack } from '../../../../workers/codecs/strict-msgpack.ts';
import { binForm, hexForm } from '../../../../workers/families/byte-form.ts';
import { FAMILIES } from '../../../../workers/families/table.ts';
import { unpackInput } from '../../../../workers/packing.ts';

const WITH_SCAN = [...FAMILIES, createScan(FAMILIES)];
const json = new PresentationDecoder(hexForm, {}, WITH_SCAN);
const msgpack = new PresentationDecoder(binForm, {}, WITH_SCAN);
const BOUNDS = { depth: 6, entries: 128, bytes: 100_000 };

/** A ride code by its outside: version, and so many bytes. */
const rideCode = (length: number, version = 0x80) =>
  Uint8Array.from({ length }, (_, i) => (i === 0 ? version : i & 0xff));
const SD_JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJ2Y3QiOiJhIn0.c2lnbmF0dXJl~WyJzYWx0IiwibmFtZSIsMV0~';

function scanned(credential: unknown, context: unknown = {}) {
  const message = { family: 'scan', credential, context };
  const hasBytes = Object.values(credential as object).some((value) => value instanceof Uint8Array);
  if (!hasBytes) return json.decode(message);
  const parsed = parseStrictMsgpack(encode(message), BOUNDS);
  return msgpack.decode(parsed.ok && parsed.value);
}

/** Name of the family, or the code of the refusal. */
function foundIn(credential: unknown, context: unknown = {}): string {
  const decoded = scanned(credential, context);
  return decoded.ok ? decoded.presentation.family : decoded.code;
}

describe('what was read', () => {
  test.each([
    ['a ride code', { bytes: rideCode(332) }, 'transit-qr'],
    ['a ride code with all of its own field', { bytes: rideCode(364) }, 'transit-qr'],
    ['a ride code of a local profile', { bytes: rideCode(340, 0x81) }, 'transit-qr'],
    ['a ride code as hex', { hex: Buffer.from(rideCode(332)).toString('hex') }, 'transit-qr'],
    [
      'a SMART Health Card',
      {
        text: 'shc:/567629095243206034602924374044603122295953265460346029254077280433602870286471674522280928',
      },
      'shc',
    ],
    ['a SMART Health Card as bytes', { bytes: Buffer.from('shc:/5676290952432060') }, 'shc'],
    ['an SD-JWT', { text: SD_JWT }, 'sd-jwt'],
    ['a code of the city', { text: 'YKU0000000c7m2k1q2Xb5m8sT0v3w6yA9d' }, 'token'],
    ['a code of 20 characters', { text: 'ABCDEFGHIJKLMNOPQRST' }, 'token'],
    ['a code of 64 characters', { text: 'a'.repeat(64) }, 'token'],
    ['an SD-JWT as bytes', { bytes: Buffer.from(SD_JWT) }, 'sd-jwt'],
  ])('%s is found', (_, credential, family) => {
    expect(foundIn(credential)).toBe(family);
  });

  test.each([
    ['a code of Shanghai', { text: 'https://s.sh.gov.cn/0123QUJDRA##' }, 'scan.foreign'],
    [
      'a code of Shanghai as bytes',
      { bytes: Buffer.from('https://s.sh.gov.cn/0123QUJDRA##') },
      'scan.foreign',
    ],
    ['a code of Shanghai Metro', { text: 'SHSTMETRO0123' }, 'scan.foreign'],
    ['a code of Tencent', { text: 'TXQUJDREVGR0hJSktMTU5PUFFSU1Q=' }, 'scan.foreign'],
    ['a ride code that is a byte too short', { bytes: rideCode(331) }, 'scan.unknown'],
    ['a ride code that is a byte too long', { bytes: rideCode(365) }, 'scan.unknown'],
    ['a ride code without the bit of its version', { bytes: rideCode(332, 0x7f) }, 'scan.unknown'],
    [
      'a ride code that a scanner took for UTF-8',
      { text: Buffer.from(rideCode(332)).toString('utf8') },
      'scan.unknown',
    ],
    ['nothing', { text: '' }, 'scan.unknown'],
    ['no bytes', { bytes: new Uint8Array() }, 'scan.unknown'],
    ['a lone letter', { text: 'A' }, 'scan.unknown'],
    ['a code of 19 characters', { text: 'ABCDEFGHIJKLMNOPQRS' }, 'scan.unknown'],
    ['a code of 65 characters', { text: 'a'.repeat(65) }, 'scan.unknown'],
    ['a code of the city that is cut off', { text: 'YKU1234' }, 'scan.unknown'],
    ['a code with a space', { text: 'ABCDEFGHIJ KLMNOPQRSTU' }, 'scan.unknown'],
    ['a web address', { text: 'https://example.com/' }, 'scan.unknown'],
    ['another scheme', { text: 'shc:5676290952432060' }, 'scan.unknown'],
    ['a scheme in capitals', { text: 'SHC:/5676290952432060' }, 'scan.unknown'],
    ['a scheme with a space before it', { text: ' shc:/5676290952432060' }, 'scan.unknown'],
    ['a line feed behind it', { text: 'shc:/5676290952432060\n' }, 'scan.unknown'],
    [
      'a compact JWS without a tilde',
      { text: 'eyJhbGciOiJFUzI1NiJ9.eyJ2Y3QiOiJhIn0.c2lnbmF0dXJl' },
      'scan.unknown',
    ],
    ['tildes without a JWT', { text: 'a~b~' }, 'scan.unknown'],
    ['a tilde in the second part', { text: 'eyJ.e~yJ.c2l~' }, 'scan.unknown'],
    ['a NUL', { text: 'shc:/56\u0000' }, 'scan.unknown'],
    ['a letter beyond ASCII', { text: 'shc:/５６７６' }, 'scan.unknown'],
    ['emoji', { text: '🚇🚇🚇🚇🚇🚇🚇🚇🚇🚇' }, 'scan.unknown'],
    ['more than a symbol holds', { text: 'A'.repeat(8_193) }, 'request.wrong_type'],
    [
      'more than a symbol holds, in characters of three bytes',
      { text: '渝'.repeat(2_731) },
      'request.wrong_type',
    ],
    ['more bytes than a symbol holds', { bytes: new Uint8Array(8_193) }, 'request.wrong_type'],
    ['text and bytes at once', { text: 'A', bytes: new Uint8Array(1) }, 'request.wrong_type'],
    ['neither', {}, 'request.wrong_type'],
    ['something else besides', { text: SD_JWT, region: 'cq' }, 'request.wrong_type'],
    ['text that is a number', { text: 1 }, 'request.wrong_type'],
    ['hex that is none', { hex: '8' }, 'request.wrong_type'],
    ['bytes in JSON', { bytes: 'AAAA' }, 'request.wrong_type'],
  ])('%s is refused', (_, credential, code) => {
    expect(foundIn(credential)).toBe(code);
  });

  test('what was scanned is packed as if the family had been named', () => {
    const bytes = rideCode(340);
    const named = msgpack.decode({ family: 'transit-qr', credential: { code: bytes }, context: {} });
    const found = scanned({ bytes });
    if (!named.ok || !found.ok) throw new Error('both are taken');
    expect(found.presentation).toEqual(named.presentation);
    expect(unpackInput(found.presentation.packedInput)).toEqual(bytes);
  });

  test('the context is that of the family, and nothing else', () => {
    expect(foundIn({ text: SD_JWT }, { aud: 'desk', nonce: 'n' })).toBe('sd-jwt');
    expect(foundIn({ text: SD_JWT }, { audience: 'desk' })).toBe('request.wrong_type');
    expect(foundIn({ bytes: rideCode(332) }, { aud: 'desk' })).toBe('request.wrong_type');
    expect(foundIn({ text: SD_JWT }, [])).toBe('request.wrong_type');
  });

  test('it is no family of a policy, and cannot be nested', () => {
    expect(FAMILIES.map(({ name }) => name)).not.toContain('scan');
    expect(foundIn({ text: 'scan' })).toBe('scan.unknown');
  });
});

test('no two families take the same code, whatever it is', () => {
  const beginning = fc.constantFrom(
    '',
    'HC1:',
    'shc:/',
    'YKU',
    'a.b.c~',
    'eyJ.eyJ.eyJ~',
    '1234567890',
    'TX',
    'HC1:a.b.c~',
  );
  const texts = fc
    .tuple(beginning, fc.string({ maxLength: 80 }))
    .map(([start, rest]) => Buffer.from(start + rest));
  const rideCodes = fc
    .tuple(fc.integer({ min: 300, max: 400 }), fc.integer({ min: 0, max: 255 }))
    .map(([length, version]) => rideCode(length, version));
  fc.assert(
    fc.property(fc.oneof(texts, rideCodes, fc.uint8Array({ maxLength: 500 })), (bytes) => {
      const text = /^[ -~]+$/.test(Buffer.from(bytes).toString('latin1'))
        ? Buffer.from(bytes).toString('latin1')
        : null;
      const taken = FAMILIES.filter(({ fromScan }) => (fromScan?.({ bytes, text }) ?? null) !== null);
      expect(taken.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2_000 },
  );
});
