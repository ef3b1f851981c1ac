import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerWriter } from '../../../../gateway/transport/taps/answer-writer.ts';
import { encodeAnswer } from '../../../../gateway/transport/taps/gate-protocol.ts';
import type { DecisionAnswer } from '../../../../gateway/verification.ts';

const answer = (changes: Partial<DecisionAnswer> = {}): DecisionAnswer => ({
  kind: 'decision',
  seq: 100_001,
  decisionId: 'gw-1:0123456789abcdef:3000001',
  outcome: 'allow',
  code: 'allow.good',
  atMs: 1_795_351_000_000,
  mode: 'lists',
  scene: '29/entry',
  facts: { entitlements: 5, interoperable: true, issuer: '03664530', limit_fen: 30_000, region: 'cq' },
  ...changes,
});
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));
const ordinary = fc.record({
  seq: fc.oneof(fc.nat(300), fc.nat(70_000), fc.maxSafeNat()),
  atMs: fc.maxSafeNat(),
  decisionId: fc.stringMatching(/^[a-z0-9:-]{1,60}$/),
  scene: fc.stringMatching(/^[a-z0-9/.-]{1,40}$/),
  mode: fc.constantFrom('live', 'lists', 'stale', 'closed'),
  verdict: fc.constantFrom(
    { outcome: 'allow', code: 'allow.good' } as const,
    { outcome: 'deny', code: 'deny.replayed' } as const,
    { outcome: 'refer', code: 'refer.no_list' } as const,
  ),
  facts: fc
    .dictionary(
      fc.stringMatching(/^[a-z_]{1,8}$/),
      fc.oneof(fc.boolean(), fc.maxSafeNat(), fc.nat(70_000), fc.stringMatching(/^[ -~]{0,40}$/)),
      { maxKeys: 12, noNullPrototype: true },
    )
    .map((facts) => Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)))),
  trustGrace: fc.boolean(),
});

describe('the writer of answers', () => {
  it('writes the bytes of the general writer, answer after answer', () => {
    const writer = new AnswerWriter();
    fc.assert(
      fc.property(ordinary, ({ verdict, trustGrace, ...fields }) => {
        const given = answer({ ...fields, ...verdict, ...(trustGrace && { trustGrace }) });
        const written = hex(writer.write(given));
        // Names of facts may be more than are kept: then the general writer has them all.
        if (written !== null) expect(written).toBe(hex(encodeAnswer(given)));
        return written !== null;
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it('writes these bytes', () => {
    const bytes = hex(new AnswerWriter().write(answer({ trustGrace: true })));
    expect(bytes).toBe(
      '8aa174a86465636973696f6ea3736571ce000186a1a26964bd67772d313a303132333435363738396162636465663a33303030303031' +
        'a76f7574636f6d65a5616c6c6f77a4636f6465aa616c6c6f772e676f6f64a561745f6d73d3000001a2034233c0' +
        'a46d6f6465a56c69737473a57363656e65a832392f656e747279' +
        'a5666163747385ac656e7469746c656d656e747305ad696e7465726f70657261626c65c3' +
        'a6697373756572a83033363634353330a96c696d69745f66656ecd7530a6726567696f6ea26371ab74727573745f6772616365c3',
    );
  });

  it('gives the same answer the same bytes again, whatever came between', () => {
    const writer = new AnswerWriter();
    const first = hex(writer.write(answer()));
    for (const changes of [
      { facts: {} },
      { facts: { alg: 'sm2', entitlements: 0 } },
      { code: 'deny.replayed', outcome: 'deny' },
      { mode: 'stale' },
      { scene: '30/exit' },
      { trustGrace: true },
      { facts: { name: 'é' } },
      { outcome: 'refer' },
    ] as const) {
      writer.write(answer(changes));
      expect(hex(writer.write(answer()))).toBe(first);
    }
    expect(first).toBe(hex(encodeAnswer(answer())));
  });

  it.each([
    ['text that is not ASCII', { facts: { name: 'é' } }],
    ['long text', { facts: { name: 'x'.repeat(97) } }],
    ['a long number of the decision', { decisionId: 'x'.repeat(200) }],
    ['a number below zero', { facts: { number: -1 } }],
    ['a negative zero', { facts: { number: -0 } }],
    ['a fraction', { facts: { number: 0.5 } }],
    ['a number without end', { facts: { number: Number.POSITIVE_INFINITY } }],
    ['what is no scalar', { facts: { issuer: null as unknown as string } }],
    ['names out of order', { facts: { b: 1, a: 2 } }],
    ['a name that is a number', { facts: { b: 1, 7: 2, a: 3 } }],
    ['sixteen facts', { facts: Object.fromEntries(Array.from('abcdefghijklmnop', (name) => [name, 1])) }],
    [
      'more than there is room for',
      {
        facts: Object.fromEntries(Array.from('abcdefghijklmn', (name) => [name.repeat(90), 'x'.repeat(90)])),
      },
    ],
  ])('leaves %s to the general writer', (_what, changes) => {
    const writer = new AnswerWriter();
    const given = answer(changes);
    expect(writer.write(given)).toBeNull();
    expect(Object.keys((decode(encodeAnswer(given)) as { facts: object }).facts)).toEqual(
      Object.keys(given.facts).sort(),
    );
    expect(hex(writer.write(answer()))).toBe(hex(encodeAnswer(answer())));
  });

  it('keeps a bounded number of names', () => {
    const writer = new AnswerWriter();
    const written = Array.from({ length: 1_200 }, (_, i) =>
      writer.write(answer({ facts: { [`n${i}`]: 1 } })),
    );
    expect(written.filter((bytes) => bytes === null)).toHaveLength(1_200 - 1_024);
    expect(writer.write(answer({ facts: { n7: 1 } }))).not.toBeNull();
  });
});
