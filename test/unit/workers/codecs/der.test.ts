import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DER_DEPTH_MAX, derElementBytes, derFault } from '../../../../workers/codecs/der-check.ts';
import { DER_TAG, DerCursor } from '../../../../workers/codecs/der-cursor.ts';
import { oidText } from '../../../../workers/codecs/der-oid.ts';
import { rawSignature } from '../../../../workers/codecs/der-signature.ts';
import { derTimeMs } from '../../../../workers/codecs/der-time.ts';
import { fromHex, toHex } from '../../../../workers/codecs/hex.ts';

const nested = (depth: number): string => {
  let der = '';
  for (let i = 0; i < depth; i++) der = `30${(der.length / 2).toString(16).padStart(2, '0')}${der}`;
  return der;
};

describe('strict DER', () => {
  test.each([
    ['', 'credential.truncated'],
    ['30', 'credential.truncated'],
    ['3001', 'credential.truncated'],
    ['308200', 'credential.truncated'],
    ['300000', 'credential.trailing'],
    ['3080020100', 'credential.malformed'],
    ['30800000', 'credential.malformed'],
    ['308100', 'credential.malformed'],
    ['30817f', 'credential.malformed'],
    ['3082007f', 'credential.malformed'],
    ['3084000000010500', 'credential.malformed'],
    ['30ff', 'credential.malformed'],
    ['30030201', 'credential.truncated'],
    ['3003020200', 'credential.malformed'],
    ['30020201', 'credential.malformed'],
    ['1f0100', 'credential.malformed'],
    ['bf8101', 'credential.malformed'],
    ['0000', 'credential.malformed'],
    ['010101', 'credential.malformed'],
    ['01020000', 'credential.malformed'],
    ['0200', 'credential.malformed'],
    ['02020001', 'credential.malformed'],
    ['0202ffff', 'credential.malformed'],
    ['0300', 'credential.malformed'],
    ['030101', 'credential.malformed'],
    ['03020801', 'credential.malformed'],
    ['03020101', 'credential.malformed'],
    ['050100', 'credential.malformed'],
    ['0600', 'credential.malformed'],
    ['060180', 'credential.malformed'],
    ['06028001', 'credential.malformed'],
    ['06022a81', 'credential.malformed'],
    ['090100', 'credential.malformed'],
    ['1000', 'credential.malformed'],
    ['2400', 'credential.malformed'],
    ['3106020102020101', 'credential.malformed'],
    ['31050101ff0500', null],
    [nested(DER_DEPTH_MAX + 1), 'credential.oversized'],
  ])('%s is %s', (hex, fault) => {
    expect(derFault(fromHex(hex))).toBe(fault);
  });

  test.each(['3000', '0101ff', '020100', '02020080', '0201ff', '030100', '03020700', '0500', '06032a8648'])(
    '%s is canonical',
    (hex) => expect(derFault(fromHex(hex))).toBeNull(),
  );

  test('nesting up to the limit is taken, and the order of a set held at every level', () => {
    expect(derFault(fromHex(nested(DER_DEPTH_MAX)))).toBeNull();
    expect(derFault(fromHex('30083106020101020102'))).toBeNull();
    expect(derFault(fromHex('30083106020102020101'))).toBe('credential.malformed');
    expect(derFault(fromHex('310a30030201013003020102'))).toBeNull();
    expect(derFault(fromHex('310a30030201023003020101'))).toBe('credential.malformed');
  });

  test('limits: bytes and elements', () => {
    const three = fromHex('3006020101020102');
    const fault = (bytesMax: number, elementsMax: number) =>
      derFault(three, 0, three.length, { bytesMax, elementsMax });
    expect(fault(8, 3)).toBeNull();
    expect(fault(7, 3)).toBe('credential.oversized');
    expect(fault(8, 2)).toBe('credential.oversized');
  });

  test('an element says how many bytes it takes, so that padding can be cut off', () => {
    expect(derElementBytes(fromHex('30030201010000'))).toBe(5);
    expect(derElementBytes(fromHex('3080'))).toBe(-1);
    expect(derElementBytes(fromHex('3082012c'))).toBe(304);
  });

  test('any bytes get a verdict, and a cursor over them never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const fault = derFault(bytes);
        expect(fault === null || fault.startsWith('credential.')).toBe(true);
        const cursor = new DerCursor(bytes);
        while (cursor.any(bytes.length)) expect(cursor.stop).toBeLessThanOrEqual(bytes.length);
      }),
      { seed: 15, numRuns: 2_000 },
    );
  });
});

describe('values', () => {
  test.each([
    ['2a864886f70d01010b', '1.2.840.113549.1.1.11'],
    ['551d0f', '2.5.29.15'],
    ['2b6570', '1.3.101.112'],
    ['883703', '2.999.3'],
    ['00', '0.0'],
  ])('identifier %s is %s', (hex, text) => {
    const bytes = fromHex(hex);
    expect(oidText(bytes, 0, bytes.length)).toBe(text);
  });

  test.each([
    [DER_TAG.utcTime, '491231235959Z', Date.UTC(2049, 11, 31, 23, 59, 59)],
    [DER_TAG.utcTime, '500101000000Z', Date.UTC(1950, 0, 1)],
    [DER_TAG.generalizedTime, '20500228000000Z', Date.UTC(2050, 1, 28)],
    [DER_TAG.generalizedTime, '20000229000000Z', Date.UTC(2000, 1, 29)],
    [DER_TAG.generalizedTime, '21000229000000Z', Number.NaN],
    [DER_TAG.utcTime, '4912312359Z', Number.NaN],
    [DER_TAG.utcTime, '491231235960Z', Number.NaN],
    [DER_TAG.utcTime, '491331235959Z', Number.NaN],
    [DER_TAG.utcTime, '491231240000Z', Number.NaN],
    [DER_TAG.utcTime, '4912312359590', Number.NaN],
    [DER_TAG.utcTime, '49123123595 Z', Number.NaN],
    [DER_TAG.generalizedTime, '20500228000000.5Z', Number.NaN],
    [DER_TAG.ia5String, '491231235959Z', Number.NaN],
  ])('time %i %s', (tag, text, ms) => {
    const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
    expect(derTimeMs(bytes, tag, 0, bytes.length)).toBe(ms);
  });

  test.each([
    ['3006020101020102', '0001' + '0002'],
    ['300702020080020102', '0080' + '0002'],
    ['3008020300ffff020102', 'ffff0002'],
    ['3006020100020100', '00000000'],
    ['3006020181020102', null],
    ['300802030100000201', null],
    ['3008020301000002 0102'.replace(' ', ''), null],
    ['3009020101020102020103', null],
    ['3003020101', null],
    ['30070202000102 0102'.replace(' ', ''), null],
    ['300602010102010200', null],
    ['3106020101020102', null],
    ['', null],
  ])('signature %s is %s', (der, raw) => {
    const found = rawSignature(fromHex(der), 2);
    expect(found === null ? null : toHex(found)).toBe(raw);
  });
});
