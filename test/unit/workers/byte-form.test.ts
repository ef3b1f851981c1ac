import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { binForm, hexForm } from '../../../workers/families/byte-form.ts';

const accepts = (form: typeof hexForm, maxBytes: number, value: unknown) =>
  Compile(Type.Object({ bytes: form.schema(maxBytes) }, { additionalProperties: false })).Check({
    bytes: value,
  });

describe('hex text in JSON', () => {
  test.each([
    ['', true],
    ['00ffAB', true],
    ['0', false],
    ['00f', false],
    ['0g', false],
    ['00 ff', false],
    ['00\n', false],
    ['0x00', false],
    ['00112233', true],
    ['0011223344', false],
    [null, false],
    [7, false],
    [new Uint8Array(2), false],
  ])('%j: %s', (value, accepted) => {
    expect(accepts(hexForm, 4, value)).toBe(accepted);
  });

  test('reads either case, and refuses what no schema lets through', () => {
    expect(hexForm.read('00fFAb')).toEqual(Uint8Array.of(0, 0xff, 0xab));
    expect(() => hexForm.read('0')).toThrow(TypeError);
    expect(() => hexForm.read(new Uint8Array(1))).toThrow(TypeError);
  });
});

describe('bin in MessagePack', () => {
  test.each([
    [new Uint8Array(), true],
    [new Uint8Array(4), true],
    [Buffer.alloc(4), true],
    [new Uint8Array(5), false],
    ['00ff', false],
    [[0, 1], false],
    [{ length: 1 }, false],
    [new Uint16Array(1), false],
    [new ArrayBuffer(1), false],
    [null, false],
  ])('case %#', (value, accepted) => {
    expect(accepts(binForm, 4, value)).toBe(accepted);
  });

  test('reads the very bytes the decoder made', () => {
    const bytes = Uint8Array.of(2, 3);
    expect(binForm.read(bytes)).toBe(bytes);
    expect(() => binForm.read('00')).toThrow(TypeError);
  });
});
