import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PresentationDecoder } from '../../../../gateway/tap/1-decode/decode.ts';
import { DirectJsonDecoder } from '../../../../gateway/tap/1-decode/direct-json.ts';
import { VerificationEnvelope, VerificationRules } from '../../../../gateway/transport/taps/rest-schemas.ts';
import { parseStrictJson } from '../../../../workers/codecs/strict-json.ts';
import { hexForm } from '../../../../workers/families/byte-form.ts';
import { FAMILIES } from '../../../../workers/families/table.ts';

const limits = { depth: 6, entries: 128 };
const decoder = new PresentationDecoder(hexForm, VerificationEnvelope, FAMILIES, VerificationRules);
const direct = new DirectJsonDecoder(FAMILIES, limits);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const hex = (bytes: number) => '0a'.repeat(bytes);
const STREAM = '00112233445566778899aabbccddeeff';

/** What the long way makes of a body. */
function longWay(bytes: Uint8Array, within = limits) {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return 'request.malformed';
  }
  const parsed = parseStrictJson(text, within);
  if (!parsed.ok) return parsed.code;
  const decoded = decoder.decode(parsed.value);
  if (!decoded.ok) return decoded.code;
  const { stream, seq } = decoded.envelope;
  return { stream, seq, presentation: decoded.presentation };
}

const rideCode = { family: 'transit-qr', credential: { hex: hex(334) }, context: {} };
const chip = {
  family: 'chip-oda',
  credential: {
    tags: {
      '9F46': hex(160),
      '90': hex(300),
      '84': 'A000000333010101',
      '8F': '57',
      '05': hex(2),
      '9F32': '03',
      '10': '',
    },
    staticData: hex(80),
  },
  context: { mode: 'dda', terminal: { '9F37': '63afC600' } },
};

const TAKEN: readonly [string, unknown][] = [
  ['a ride code', rideCode],
  ['an empty one', { ...rideCode, credential: { hex: '' } }],
  ['a chip card', chip],
  ['one without static data or terminal', { ...chip, credential: { tags: {} }, context: { mode: 'fdda' } }],
  [
    'one with data of the transaction',
    { ...chip, context: { mode: 'cda', terminal: {}, transactionData: hex(300) } },
  ],
  ['one with all it may have', { stream: STREAM, seq: 0, ...chip, scene: '29/entry', deadline_ms: 300 }],
  ['one with a high number', { ...rideCode, stream: STREAM, seq: 999_999_999_999_999 }],
  ['a deadline alone', { ...chip, deadline_ms: 600_000 }],
];

const LEFT: readonly [string, string][] = [
  ['an escape', JSON.stringify(rideCode).replace('hex', 'h\\u0065x')],
  ['a number with a fraction', JSON.stringify({ ...rideCode, stream: STREAM }).replace('}}', '},"seq":1.0}')],
  ['another family', JSON.stringify({ ...rideCode, family: 'hcert' })],
  ['the context first', '{"family":"transit-qr","context":{},"credential":{"hex":"00"}}'],
  ['the name that is for MessagePack', '{"family":"transit-qr","credential":{"code":"00"},"context":{}}'],
  ['a name twice', '{"family":"transit-qr","family":"transit-qr","credential":{"hex":"00"},"context":{}}'],
  ['a tag twice', '{"family":"chip-oda","credential":{"tags":{"84":"","84":""}},"context":{"mode":"dda"}}'],
  ['a comma too many', '{"family":"transit-qr","credential":{"hex":"00"},"context":{},}'],
  ['something behind it', '{"family":"transit-qr","credential":{"hex":"00"},"context":{}}}'],
  ['a stream alone', JSON.stringify({ ...rideCode, stream: STREAM })],
  ['a number alone', JSON.stringify({ ...rideCode, seq: 1 })],
  ['half a byte', '{"family":"transit-qr","credential":{"hex":"000"},"context":{}}'],
  ['no hex', '{"family":"transit-qr","credential":{"hex":"0g"},"context":{}}'],
  ['a byte order mark', `\u{feff}${JSON.stringify(rideCode)}`],
  ['a scene that is none', JSON.stringify({ ...rideCode, scene: '29 entry' })],
  ['no deadline', JSON.stringify({ ...rideCode, deadline_ms: 0 })],
  [
    'a number with a zero before it',
    '{"family":"transit-qr","credential":{"hex":""},"context":{},"deadline_ms":01}',
  ],
  ['what ends in a name', '{"family":"transit-qr","credential":{"hex'],
  ['nothing', ''],
];

/** What may stand anywhere in a body, and mostly does not. */
const pieces = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '"',
    ':',
    ',',
    '[',
    ']',
    '\\',
    ' ',
    '\n',
    '\\u0061',
    '0',
    '-1',
    '1.5',
    '1e3',
    'true',
  ),
  fc.constantFrom(
    '"hex":',
    '"code":',
    '"mode":',
    '"dda"',
    '"tags":{}',
    '"seq":1,',
    '"family":',
    '{}',
    '""',
    'ä',
  ),
  fc.constantFrom(
    '"__proto__":""',
    '"84":"",',
    '"84":"00"',
    `"stream":"${STREAM}"`,
    '"scene":"29/entry",',
    '\u0000',
  ),
  fc.string({ maxLength: 3 }),
);

/** A body, and what is cut from it and put into it. */
const mutated = fc
  .record({
    value: fc.constantFrom(...TAKEN).map(([, value]) => value),
    indent: fc.constantFrom(0, 0, 0, 1),
    edits: fc.array(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(4), piece: fc.option(pieces) }),
      { maxLength: 3 },
    ),
  })
  .map(({ value, indent, edits }) => {
    // Short values, so that edits meet what is around them.
    let text = JSON.stringify(value, null, indent).replaceAll(/(?:0a){20,}/g, '0a0b');
    for (const { at, cut, piece } of edits) {
      const from = Math.floor(at * text.length);
      text = text.slice(0, from) + (piece ?? '') + text.slice(from + cut);
    }
    return text;
  });

describe('JSON that is read where it lies', () => {
  it.each(TAKEN)('takes %s, and makes the same of it as the long way', (_what, value) => {
    for (const text of [
      JSON.stringify(value),
      JSON.stringify(value, null, 2),
      ` ${JSON.stringify(value)}\r\n`,
    ]) {
      const decoded = direct.decode(Buffer.from(text));
      expect(decoded).not.toBeNull();
      expect(decoded).toEqual(longWay(Buffer.from(text)));
    }
  });

  it.each(LEFT)('leaves %s to the long way', (_what, text) => {
    expect(direct.decode(Buffer.from(text))).toBeNull();
  });

  it('makes the same as the long way of whatever it takes of mutated bodies', () => {
    let taken = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const bytes = Buffer.from(text);
        const decoded = direct.decode(bytes);
        if (decoded === null) return;
        taken += 1;
        expect(decoded).toEqual(longWay(bytes));
      }),
      { seed: 20, numRuns: Number(process.env['ONECARD_FUZZ_RUNS'] ?? 20_000) },
    );
    expect(taken).toBeGreaterThan(1_000);
  });

  it('takes nothing of bytes that are changed at random but what the long way takes', () => {
    const edits = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...TAKEN), edits, ([, value], changes) => {
        const bytes = Buffer.from(JSON.stringify(value));
        for (const [at, to] of changes) bytes[at % bytes.length] = to;
        const decoded = direct.decode(bytes);
        if (decoded !== null) expect(decoded).toEqual(longWay(bytes));
      }),
      { seed: 21, numRuns: 5_000 },
    );
  });

  it('keeps to the bounds of nesting and entries', () => {
    const bytes = Buffer.from(JSON.stringify(chip));
    for (const bounds of [
      { depth: 2, entries: 128 },
      { depth: 6, entries: 2 },
      { depth: 6, entries: 6 },
    ]) {
      expect(new DirectJsonDecoder(FAMILIES, bounds).decode(bytes)).toBeNull();
    }
    expect(new DirectJsonDecoder(FAMILIES, { depth: 3, entries: 7 }).decode(bytes)).toEqual(longWay(bytes));
    const many = { ...chip, credential: { tags: Object.fromEntries(tagNames(8).map((name) => [name, ''])) } };
    const text = Buffer.from(JSON.stringify(many));
    expect(new DirectJsonDecoder(FAMILIES, { depth: 3, entries: 7 }).decode(text)).toBeNull();
    expect(longWay(text, { depth: 3, entries: 7 })).toBe('request.too_many_items');
  });

  it('takes a body of 64 KiB and no longer one', () => {
    const bytes = Buffer.from(JSON.stringify(rideCode).padEnd(65_536));
    expect(direct.decode(bytes)).toEqual(longWay(bytes));
    expect(direct.decode(Buffer.concat([bytes, Buffer.from(' ')]))).toBeNull();
  });

  it('keeps nothing of a body, whose memory its owner takes back', () => {
    const bytes = Buffer.from('{"family":"transit-qr","credential":{"hex":"0707"},"context":{}}');
    const decoded = direct.decode(bytes);
    bytes.fill(0);
    expect(Buffer.from(decoded?.presentation.packedInput ?? []).toString('hex')).toBe('c4020707');
  });

  it('knows only families that may be presented', () => {
    const hidden = FAMILIES.map((family) => ({ ...family, presentable: false }));
    const bytes = Buffer.from(JSON.stringify(rideCode));
    expect(new DirectJsonDecoder(hidden, limits).decode(bytes)).toBeNull();
  });
});

function tagNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `8${i.toString(16).toUpperCase()}`);
}
