import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { binForm } from '../../../../workers/families/byte-form.ts';
import { TAG_VALUE_BYTES_MAX, TAGS_MAX } from '../../../../workers/families/chip-oda/input.ts';
import { familyNamed } from '../../../../workers/families/table.ts';

const schema = familyNamed('chip-oda')?.credentialSchema(binForm);
if (schema === undefined) throw new Error('there is no family chip-oda');
const credential = Compile(schema);
const accepts = (tags: unknown): boolean => credential.Check({ tags });
const one = Uint8Array.of(1);
/** Well-formed names of two bytes: 9F01, 9F02 and so on. */
const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`9F${(i + 1).toString(16).padStart(2, '0')}`, one]),
  );

describe('tags of a chip card in MessagePack', () => {
  test.each(['84', '9F4B', '9f4b', 'DF8101', '5F24'])('%s is a name', (name) => {
    expect(accepts({ [name]: one })).toBe(true);
    // Recognised the second time.
    expect(accepts({ [name]: one })).toBe(true);
  });

  test.each(['', '8', '9F', '9F8', '84 ', 'G4', '9F4B00', 'length', 'constructor'])('%j is none', (name) => {
    expect(accepts({ [name]: one })).toBe(false);
    expect(accepts({ 84: one, [name]: one })).toBe(false);
  });

  test('values are bytes up to their limit, and tags up to theirs', () => {
    expect(accepts({ 84: new Uint8Array(TAG_VALUE_BYTES_MAX) })).toBe(true);
    expect(accepts({ 84: new Uint8Array(TAG_VALUE_BYTES_MAX + 1) })).toBe(false);
    for (const value of ['84', 1, null, [], {}]) expect(accepts({ 84: value })).toBe(false);
    expect(accepts(many(TAGS_MAX))).toBe(true);
    expect(accepts(many(TAGS_MAX + 1))).toBe(false);
  });

  test('anything but a map is refused', () => {
    for (const tags of [null, [], [one], one, 'tags', 1, undefined]) expect(accepts(tags)).toBe(false);
  });
});
