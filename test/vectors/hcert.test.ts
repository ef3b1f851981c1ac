/** Test data of the European health certificates, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { hcertSuite } from '../../cli/conformance/hcert.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree but those of which only the value sets are wrong', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(hcertSuite, vectorsFolder('hcert'));
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 147, disagreed: 9, unsupported: 1 });
  const ofCommon = cases.filter(({ name, actual }) => name.startsWith('common/') && actual !== 'accepted');
  expect(ofCommon.map(({ name, code }) => [name.replace('common/2DCode/raw/', ''), code])).toEqual([
    ['B1.json', 'credential.encoding'],
    ['CBO1.json', 'credential.malformed'],
    ['CBO2.json', 'credential.trailing'],
    ['CO10.json', 'trust.key_usage'],
    ['CO11.json', 'trust.key_usage'],
    ['CO16.json', 'trust.certificate_not_yet_valid'],
    ['CO17.json', 'trust.certificate_expired'],
    ['CO22.json', 'trust.issuer_unknown'],
    ['CO23.json', 'trust.issuer_unknown'],
    ['CO5.json', 'signature.encoding'],
    ['CO6.json', 'trust.key_usage'],
    ['CO7.json', 'trust.key_usage'],
    ['CO8.json', 'trust.key_usage'],
    ['CO9.json', 'trust.key_usage'],
    ['DGC1.json', 'credential.malformed'],
    ['DGC2.json', 'credential.malformed'],
    ['H1.json', 'credential.malformed'],
    ['H2.json', 'credential.malformed'],
    ['H3.json', 'credential.malformed'],
    ['Q1.json', 'a picture'],
    ['Z1.json', 'credential.compression'],
    ['Z2.json', 'credential.compression'],
  ]);
  const byRule = cases.filter(({ rule }) => rule !== undefined);
  expect(byRule.map(({ name, rule }) => [name, rule])).toEqual(
    ['1.0.0', '1.2.1', '1.3.0'].flatMap((version) =>
      [7, 8, 9].map((number) => [`PL/${version}/2DCode/raw/${number}.json`, 'value-sets-are-not-judged']),
    ),
  );
});
