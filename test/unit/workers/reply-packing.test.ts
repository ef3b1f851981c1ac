import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personalText } from '../../../workers/claims.ts';
import type { ProofVerdict, ProveStats } from '../../../workers/contract.ts';
import { CLAIMS_MAX, packTrustMissing, packVerdicts, unpackReply } from '../../../workers/reply-packing.ts';

const NAME_BYTES = 16;
const stats: ProveStats = {
  engine: 'ifma8',
  busyMs: 1.25,
  signatures: 4,
  chainHits: 3,
  chainMisses: 2,
  authorisationHits: 1,
  authorisationMisses: 0,
  coldItems: [0, 70_000],
  remembered: new Map([
    ['chip_cards', 67_108_864],
    ['chip_issuers', 0],
  ]),
};
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const claims = fc.dictionary(
  fc.stringMatching(/^[a-z][A-Za-z]{0,12}$/),
  fc.oneof(text, fc.double(), fc.boolean()),
  {
    maxKeys: 8,
    noNullPrototype: true,
  },
);
const facts = fc.record(
  {
    credentialId: text.map(personalText),
    issuer: text,
    region: text,
    subject: text.map(personalText),
    mode: text,
    nonce: text,
    replayableUntilMs: fc.option(fc.maxSafeNat()),
    validUntilMs: fc.oneof(fc.maxSafeNat(), fc.constant(Number.POSITIVE_INFINITY)),
    claims,
    holderBound: fc.boolean(),
    disclosed: fc.dictionary(text, text.map(personalText), { maxKeys: 4, noNullPrototype: true }),
    statusReference: fc.oneof(
      fc.record({ kind: fc.constant('status_list'), uri: text, index: fc.nat() }),
      fc.record({ kind: fc.constant('identifier_list'), uri: text, id: text }),
    ),
  },
  {
    requiredKeys: [
      'credentialId',
      'issuer',
      'region',
      'subject',
      'mode',
      'nonce',
      'replayableUntilMs',
      'validUntilMs',
      'claims',
      'holderBound',
    ],
  },
);
const verdict = fc.record({
  ok: fc.boolean(),
  code: fc.constantFrom('proof.ok', 'signature.user', 'credential.truncated'),
  failed: fc.option(text),
  facts: fc.option(facts),
  checks: fc.constant([]),
}) as fc.Arbitrary<ProofVerdict>;

test('what a thread found comes back as it was, without subject and nonce, and with its names', () => {
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 20 }), (verdicts) => {
      const count = verdicts.reduce((sum, each) => sum + (each.facts === null ? 1 : 4), 0);
      const names = Uint8Array.from({ length: count * NAME_BYTES }, (_, i) => i * 7);
      let at = 0;
      const next = () => {
        at += NAME_BYTES;
        return names.subarray(at - NAME_BYTES, at);
      };
      const expected = verdicts.map(({ ok, code, failed, facts: found }) => {
        const presentationDigest = next();
        if (found === null) return { ok, code, failed, presentationDigest, facts: null };
        const { subject: _, nonce: __, ...plain } = found;
        const named = { credentialName: next(), subjectName: next(), replayName: next() };
        return { ok, code, failed, presentationDigest, facts: { ...plain, ...named } };
      });
      const packed = packVerdicts(verdicts, names, stats);
      expect(packed.buffer.byteLength).toBe(packed.length);
      expect(unpackReply(packed)).toEqual({ kind: 'verdicts', verdicts: expected, stats });
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('a lack of trust is said', () => {
  expect(unpackReply(packTrustMissing())).toEqual({ kind: 'trust_missing' });
});

test('more different texts than the table holds', () => {
  const many: ProofVerdict[] = Array.from({ length: 9_000 }, (_, i) => ({
    ok: true,
    code: 'proof.ok',
    failed: null,
    checks: [],
    facts: {
      credentialId: personalText(`c${i}`),
      issuer: `i${i}`,
      region: `r${i}`,
      subject: personalText(''),
      mode: `m${i}`,
      nonce: '',
      replayableUntilMs: null,
      validUntilMs: i,
      holderBound: true,
      claims: { [`a${i}`]: `v${i}`, [`b${i}`]: `w${i}`, [`c${i}`]: `x${i}` },
    },
  }));
  const reply = unpackReply(packVerdicts(many, new Uint8Array(many.length * 4 * NAME_BYTES), stats));
  const got = reply.kind === 'verdicts' ? reply.verdicts.map((each) => each.facts) : [];
  expect(got.map((each) => [each?.issuer, each?.region, each?.mode, each?.claims])).toEqual(
    many.map(({ facts: each }) => [each?.issuer, each?.region, each?.mode, each?.claims]),
  );
});

test('names of other items are refused, and so is a reply that is cut, longer, or none', () => {
  expect(() => packVerdicts([], new Uint8Array(16), stats)).toThrow();
  const reply = packVerdicts([], new Uint8Array(), stats);
  expect(() => unpackReply(reply.subarray(0, -1))).toThrow();
  expect(() => unpackReply(new Uint8Array([...reply, 0]))).toThrow();
  expect(() => unpackReply(Uint8Array.of(0xc1))).toThrow();
});

test('more claims than a reply holds cost their own tap a code; the verdicts beside it arrive', () => {
  const claimed = (count: number): ProofVerdict => ({
    ok: true,
    code: 'proof.ok',
    failed: null,
    facts: {
      ...{
        credentialId: personalText('c'),
        issuer: 'i',
        region: 'r',
        subject: personalText('s'),
        mode: 'm',
        nonce: 'n',
      },
      ...{ replayableUntilMs: null, validUntilMs: 1, holderBound: true },
      claims: Object.fromEntries(Array.from({ length: count }, (_, i) => [`claim${i}`, i])),
    },
    checks: [],
  });
  const verdicts = [claimed(1), claimed(CLAIMS_MAX + 1), claimed(CLAIMS_MAX)];
  const names = Uint8Array.from({ length: 3 * 4 * NAME_BYTES }, (_, i) => i);
  const reply = unpackReply(packVerdicts(verdicts, names, stats));
  if (reply.kind !== 'verdicts') throw new Error('no verdicts');
  const [first, over, last] = reply.verdicts;
  expect(first?.facts?.claims).toEqual({ claim0: 0 });
  expect(over).toEqual({
    ...{ ok: false, code: 'proof.internal', failed: 'claims', facts: null },
    presentationDigest: names.subarray(4 * NAME_BYTES, 5 * NAME_BYTES),
  });
  expect(Object.keys(last?.facts?.claims ?? {})).toHaveLength(CLAIMS_MAX);
  expect(last?.presentationDigest).toEqual(names.subarray(8 * NAME_BYTES, 9 * NAME_BYTES));
});
