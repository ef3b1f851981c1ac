/** Examples of the COSE working group with one signer, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { coseSuite } from '../../cli/conformance/cose.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree, but one whose key and hash are of unlike strength', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(coseSuite, vectorsFolder('cose'));
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 12, disagreed: 0, unsupported: 1 });
  expect(cases.map(({ name, code }) => [name, code])).toEqual([
    ['ecdsa-sig-01.json', 'proof.ok'],
    ['ecdsa-sig-02.json', 'proof.ok'],
    ['ecdsa-sig-03.json', 'proof.ok'],
    ['ecdsa-sig-04.json', 'ES512 with a key of p256'],
    ['sign-fail-01.json', 'credential.type_not_allowed'],
    ['sign-fail-02.json', 'signature.raw'],
    ['sign-fail-03.json', 'credential.algorithm_unsupported'],
    ['sign-fail-04.json', 'credential.algorithm_unsupported'],
    ['sign-fail-06.json', 'signature.raw'],
    ['sign-fail-07.json', 'signature.raw'],
    ['sign-pass-01.json', 'proof.ok'],
    ['sign-pass-02.json', 'proof.ok'],
    ['sign-pass-03.json', 'proof.ok'],
  ]);
});
