/** Examples of RFC 9901 and of sd-jwt-js, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { sdJwtSuite } from '../../cli/conformance/sd-jwt.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree; a key that the data lacks is told', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(sdJwtSuite, vectorsFolder('sd-jwt'));
  expect(cases.filter(({ expected, actual }) => expected !== actual && actual !== 'unsupported')).toEqual([]);
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 114, disagreed: 0, unsupported: 4 });
  expect(cases.filter(({ actual }) => actual === 'rejected').map(({ name, code }) => [name, code])).toEqual([
    ['general SD-JWT+KB two signatures, signature 2, issuer-key-1', 'signature.credential'],
  ]);
});
