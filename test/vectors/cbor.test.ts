/** RFC 8949 appendix A and items that are not well-formed, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { cborSuite } from '../../cli/conformance/cbor.ts';
import { runSuite } from '../../cli/conformance/command.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)(
  'every example is read as it says, or left out on purpose; nothing malformed is',
  async () => {
    const { agreed, disagreed, unsupported, cases } = await runSuite(cborSuite, vectorsFolder('cbor'));
    expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 404, disagreed: 0, unsupported: 18 });
    const codes: Record<string, number> = {};
    for (const { actual, code } of cases) if (actual === 'unsupported') codes[code] = (codes[code] ?? 0) + 1;
    expect(codes).toEqual({
      'credential.indefinite_length': 11,
      'credential.integer_too_large': 2,
      'credential.type_not_allowed': 3,
      bignum: 2,
    });
  },
);
