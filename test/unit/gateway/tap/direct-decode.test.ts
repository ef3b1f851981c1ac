import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTap } from '../../../../client/messages.ts';
import { PresentationDecoder } from '../../../../gateway/tap/1-decode/decode.ts';
import { DirectDecoder } from '../../../../gateway/tap/1-decode/direct-decode.ts';
import { TapEnvelope } from '../../../../gateway/transport/taps/gate-protocol.ts';
import { viewStrictMsgpack } from '../../../../workers/codecs/strict-msgpack.ts';
import { binForm } from '../../../../workers/families/byte-form.ts';
import { FAMILIES } from '../../../../workers/families/table.ts';

const limits = { depth: 6, entries: 128, bytes: 16_384 };
const decoder = new PresentationDecoder(binForm, TapEnvelope, FAMILIES);
const direct = new DirectDecoder(FAMILIES, limits);

const bin = (length: number) => new Uint8Array(length).fill(7);

/** What the long way makes of a message. */
function longWay(bytes: Uint8Array, within = limits) {
  const parsed = viewStrictMsgpack(bytes, within);
  if (!parsed.ok) return parsed.code;
  if ((parsed.value as { t?: unknown } | null)?.t !== 'tap') return 'no tap';
  const decoded = decoder.decode(parsed.value);
  return decoded.ok ? { seq: decoded.envelope.seq, presentation: decoded.presentation } : decoded.code;
}

const tagName = fc.oneof(
  fc.constantFrom('84', '8F', '90', '9F46', '9F4B', '9F32', '5A', '5F24', '82', '05', '00', '10', '9F8101'),
  fc.constantFrom('9f46', '1F', '9F', '9F80', '9F0101', '5A01', '9F46 ', 'xx', '9F818101', '', '5a'),
  fc.stringMatching(/^[0-9A-F]{2}$/),
  fc.stringMatching(/^[13579BDF]F[0-7][0-9A-F]$/),
);
const bytesUpTo = (maxLength: number) =>
  fc
    .oneof(fc.nat(6), fc.nat(maxLength), fc.nat(maxLength - 1), fc.constant(maxLength))
    .map((length) => bin(length));
const objects = fc.oneof(
  { weight: 1, arbitrary: fc.dictionary(tagName, bytesUpTo(513), { maxKeys: 24, noNullPrototype: true }) },
  {
    weight: 9,
    arbitrary: fc.dictionary(
      fc.constantFrom('84', '8F', '90', '9F46', '82', '5F24', '9F32', '10'),
      bytesUpTo(300),
      {
        noNullPrototype: true,
      },
    ),
  },
);
const chip = fc.record({
  family: fc.constantFrom('chip-oda', 'chip-oda', 'chip-oda', 'chip', 'transit-qr'),
  credential: fc.record(
    { tags: objects, staticData: bytesUpTo(4_097), transactionData: bytesUpTo(300) },
    { requiredKeys: ['tags'] },
  ),
  context: fc.record(
    {
      mode: fc.constantFrom('dda', 'dda', 'cda', 'cda', 'fdda', 'fdda', 'sda'),
      terminal: objects,
      transactionData: bytesUpTo(300),
    },
    { requiredKeys: ['mode'] },
  ),
});
const ride = fc.record({
  family: fc.constantFrom('transit-qr', 'transit-qr', 'transit-qr', 'chip-oda', 'sm2-signature'),
  credential: fc.record({ code: bytesUpTo(4_097) }),
  context: fc.constantFrom({}, {}, {}, { more: 1 }),
});
const message = fc
  .tuple(
    fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat()),
    fc.oneof(chip, ride),
    fc.record(
      {
        scene: fc.constantFrom(
          '29/entry',
          '29/exit',
          '30/a',
          '29/a-gate-with-a-long-name-of-its-own/entry',
          'Bad',
          '',
          'é',
        ),
        deadline_ms: fc.constantFrom(1, 250, 1_000, 600_000, 600_001, 0, 1.5),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([seq, tap, wishes]) => encode({ t: 'tap', seq, ...tap, ...wishes }));

describe('the short way of decoding', () => {
  it('makes of a message what the long way makes of it, or leaves it alone', () => {
    let taken = 0;
    fc.assert(
      fc.property(message, (bytes) => {
        const tap = direct.decode(bytes);
        const judged = longWay(bytes);
        if (tap !== null) {
          taken += 1;
          expect(tap).toEqual(judged);
        }
      }),
      { seed: 11, numRuns: 1_500 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('takes no message that was damaged anywhere, unless the long way does', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(message, damage, fc.option(fc.nat()), (whole, flips, cut) => {
        const bytes = new Uint8Array(cut === null ? whole : whole.subarray(0, cut % whole.length));
        // Heads and keys are few among the content, so most are damaged near the front.
        for (const [i, [at, flip]] of flips.entries()) {
          const place = at % Math.min(bytes.length, i === 0 ? 64 : 2_000);
          if (bytes.length > 0) bytes[place] = (bytes[place] as number) ^ flip;
        }
        const tap = direct.decode(bytes);
        if (tap !== null) expect(tap).toEqual(longWay(bytes));
      }),
      { seed: 12, numRuns: 3_000 },
    );
  });

  const chipTap = {
    family: 'chip-oda',
    credential: {
      tags: {
        '9F46': bin(160),
        '90': bin(300),
        '84': bin(8),
        '8F': bin(1),
        '05': bin(2),
        '9F32': bin(1),
        '10': bin(0),
      },
      staticData: bin(80),
    },
    context: { mode: 'dda', terminal: { '9F37': bin(4) } },
  };
  it.each([
    ['a ride code', { family: 'transit-qr', credential: { code: bin(403) }, context: {} }],
    ['a small one', { family: 'transit-qr', credential: { code: bin(3) }, context: {} }],
    ['a chip card', chipTap],
    [
      'one without static data or terminal',
      { ...chipTap, credential: { tags: {} }, context: { mode: 'fdda' } },
    ],
    [
      'one with data of the transaction',
      { ...chipTap, context: { mode: 'cda', terminal: {}, transactionData: bin(300) } },
    ],
    ['one with all it may have', { ...chipTap, scene: '29/entry', deadlineMs: 300 }],
    ['a deadline alone', { ...chipTap, deadlineMs: 300 }],
  ])('takes %s as the client of this project writes it', (_what, tap) => {
    for (const seq of [0, 127, 128, 70_000, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const bytes = encodeTap(seq, tap);
      const decoded = direct.decode(bytes);
      expect(decoded).not.toBeNull();
      expect(decoded).toEqual(longWay(bytes));
    }
  });

  it('keeps to the bounds of nesting and entries', () => {
    const bytes = encodeTap(1, chipTap);
    for (const bounds of [
      { depth: 2, entries: 128 },
      { depth: 6, entries: 4 },
      { depth: 6, entries: 6 },
    ]) {
      expect(new DirectDecoder(FAMILIES, bounds).decode(bytes)).toBeNull();
      expect(typeof longWay(bytes, { ...bounds, bytes: 16_384 })).toBe('string');
    }
    expect(new DirectDecoder(FAMILIES, { depth: 3, entries: 7 }).decode(bytes)).toEqual(longWay(bytes));
  });

  it('keeps nothing of a message, whose memory its owner takes back', () => {
    const bytes = encodeTap(1, { family: 'transit-qr', credential: { code: bin(5) }, context: {} });
    const decoded = direct.decode(bytes);
    bytes.fill(0);
    expect(Buffer.from(decoded?.presentation.packedInput ?? []).toString('hex')).toBe('c4050707070707');
  });

  it('knows only families that may be presented', () => {
    const names = FAMILIES.filter(({ packDirectly }) => packDirectly !== undefined).map(({ name }) => name);
    expect(names).toEqual(['transit-qr', 'chip-oda']);
    const hidden = FAMILIES.map((family) => ({ ...family, presentable: false }));
    const bytes = encodeTap(1, { family: 'transit-qr', credential: { code: bin(5) }, context: {} });
    expect(new DirectDecoder(hidden, limits).decode(bytes)).toBeNull();
  });
});
