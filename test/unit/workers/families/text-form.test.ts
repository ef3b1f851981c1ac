/** Credentials that are text are bounded in bytes, in either form of a message. */
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { PresentationDecoder } from '../../../../gateway/tap/1-decode/decode.ts';
import { MsgpackWriter } from '../../../../workers/codecs/msgpack-writer.ts';
import { parseStrictJson } from '../../../../workers/codecs/strict-json.ts';
import { parseStrictMsgpack } from '../../../../workers/codecs/strict-msgpack.ts';
import { binForm, hexForm } from '../../../../workers/families/byte-form.ts';
import { FAMILIES } from '../../../../workers/families/table.ts';
import { textSchema } from '../../../../workers/families/text-form.ts';

const MAX = 100;
const BOUNDS = { depth: 4, entries: 16, bytes: 10_000 };
const closed = { additionalProperties: false };
const family = {
  name: 'text-only',
  presentable: true,
  example: null,
  credentialSchema: () => Type.Object({ text: textSchema(MAX, 'a text') }, closed),
  contextSchema: () => Type.Object({}, closed),
  read: (credential: unknown) => (credential as { text: string }).text,
  costKey: () => 'text-only',
};

function json(text: string) {
  const parsed = parseStrictJson(JSON.stringify(message(text)), BOUNDS);
  return new PresentationDecoder(hexForm, {}, [family]).decode(parsed.ok && parsed.value);
}

function msgpack(text: string) {
  const parsed = parseStrictMsgpack(new MsgpackWriter().reset().value(message(text)).copy(), BOUNDS);
  return new PresentationDecoder(binForm, {}, [family]).decode(parsed.ok && parsed.value);
}

const message = (text: string) => ({ family: 'text-only', credential: { text }, context: {} });

describe.each([
  ['JSON', json],
  ['MessagePack', msgpack],
])('in %s', (_, decode) => {
  test.each([
    ['ASCII', 'x', 1],
    ['characters of two bytes', 'ü', 2],
    ['characters of three bytes', '渝', 3],
    ['characters of four bytes', '𠮷', 4],
  ])('%s: as many as have room, and not one more', (__, character, bytes) => {
    const fits = character.repeat(Math.floor(MAX / bytes));
    expect(decode(fits)).toMatchObject({ ok: true });
    expect(decode(fits + character)).toEqual({ ok: false, code: 'request.wrong_type' });
  });
});

test.each(
  FAMILIES.filter((each) => 'text' in ((each.example?.credential ?? {}) as object)).map(({ name }) => name),
)('%s: as text it is bounded in bytes, in both forms', (name) => {
  const credential = { text: '渝'.repeat(20_000) };
  for (const form of [hexForm, binForm]) {
    const decoder = new PresentationDecoder(form, {}, FAMILIES);
    expect(decoder.decode({ family: name, credential, context: {} })).toEqual({
      ok: false,
      code: 'request.wrong_type',
    });
  }
});
