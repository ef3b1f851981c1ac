import { expect, test } from 'vitest';
import { createAnswerFacts } from '../../../../gateway/tap/6-journal/answer-facts.ts';
import { personalText } from '../../../../workers/claims.ts';
import type { ProofFacts } from '../../../../workers/contract.ts';

const facts = (claims: ProofFacts['claims']): ProofFacts => ({
  issuer: '31000000',
  region: 'chengdu',
  mode: 'oda.dynamic',
  credentialId: personalText('card'),
  subject: personalText('holder'),
  nonce: '1',
  validUntilMs: 1_956_528_000_000,
  replayableUntilMs: null,
  holderBound: true,
  claims,
});
/** Of a proof whose claims are all shown. */
function factsMaker() {
  const make = createAnswerFacts();
  return (family: string, proven: ProofFacts | null, entitlements: number) =>
    make(family, proven, proven?.claims ?? {}, entitlements);
}

const common = {
  entitlements: 5,
  issuer: '31000000',
  proof: 'oda.dynamic',
  region: 'chengdu',
  valid_until_ms: 1_956_528_000_000,
};

test('facts are those of every proof and the claims, in snake case and in order', () => {
  const factsOf = factsMaker();
  const given = factsOf('qr', facts({ limitFen: 300, accountType: 2, interoperable: true }), 5);
  expect(given).toEqual({ ...common, account_type: 2, interoperable: true, limit_fen: 300 });
  expect(Object.keys(given)).toEqual(Object.keys(given).toSorted());
});

test('each presentation has its own claims, whatever the one before it of that family had', () => {
  const factsOf = factsMaker();
  const claims = [{ a: 1, b: 2 }, { b: 3, a: 4 }, { a: 5 }, {}, { a: 6, b: 7, cD: 8 }, { a: 9, b: 10 }];
  const named = [{ a: 1, b: 2 }, { b: 3, a: 4 }, { a: 5 }, {}, { a: 6, b: 7, c_d: 8 }, { a: 9, b: 10 }];
  for (const [i, some] of claims.entries()) {
    expect(factsOf('qr', facts(some), 5)).toEqual({ ...common, ...named[i] });
    expect(factsOf('chip', facts({ other: i }), 5)).toEqual({ ...common, other: i });
  }
});

test('a claim goes before a fact of every proof of the same name; nothing proven gives nothing', () => {
  const factsOf = factsMaker();
  expect(factsOf('qr', facts({ region: 'yubei' }), 5)).toEqual({ ...common, region: 'yubei' });
  expect(factsOf('qr', null, 0)).toEqual({});
});
