/** SM2, SM3 and SM2 certificates, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { sm2Suite } from '../../cli/conformance/sm2.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)(
  'all agree, but for other curves and a certificate that is not there',
  async () => {
    const { agreed, disagreed, unsupported, cases } = await runSuite(sm2Suite, vectorsFolder('sm2'));
    expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 164, disagreed: 0, unsupported: 7 });
    expect(cases.filter(({ actual }) => actual === 'rejected')).toHaveLength(13);
    expect(cases.filter(({ actual }) => actual === 'unsupported').map(({ code }) => code)).toEqual([
      ...Array(6).fill('another curve'),
      'a certificate that is not here',
    ]);
  },
);
