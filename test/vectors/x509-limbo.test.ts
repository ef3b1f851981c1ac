/** Paths of C2SP/x509-limbo, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { agrees } from '../../cli/conformance/suite.ts';
import { x509LimboSuite } from '../../cli/conformance/x509-limbo.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all paths agree, but one whose leaf names no host', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(
    x509LimboSuite,
    vectorsFolder('x509-limbo'),
  );
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 134, disagreed: 1, unsupported: 0 });
  expect(cases.filter((each) => agrees(each) !== true)).toEqual([
    {
      name: 'rfc5280::nc::permitted-dn-match',
      expected: 'accepted',
      actual: 'rejected',
      code: 'the peer is not named',
      rule: 'a certificate that names no host is for no host',
    },
  ]);
  const codes = new Map<string, number>();
  for (const { code } of cases) codes.set(code, (codes.get(code) ?? 0) + 1);
  expect(Object.fromEntries(codes)).toEqual({
    'proof.ok': 40,
    'trust.path_too_long': 4,
    'trust.ca_unknown': 13,
    'trust.certificate_profile': 28,
    'trust.key_usage': 1,
    'trust.name_constraints': 21,
    'the peer is not named': 11,
    'credential.malformed': 4,
    'trust.ca_expired': 1,
    'trust.certificate_expired': 1,
    'credential.expired': 1,
    'trust.critical_extension': 4,
    'trust.not_a_ca': 2,
    'credential.algorithm_unsupported': 4,
  });
});
