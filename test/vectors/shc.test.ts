/** Cases of the SMART Health Cards developer tools, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { shcSuite } from '../../cli/conformance/shc.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree but one, of which the linter dislikes the content', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(shcSuite, vectorsFolder('shc'));
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 20, disagreed: 1, unsupported: 14 });
  const codes = (each: (typeof cases)[number]) => [each.name.slice(0, 2), each.actual, each.code];
  expect(cases.filter(({ actual }) => actual !== 'unsupported').map(codes)).toEqual([
    ['01', 'accepted', 'proof.ok'],
    ['02', 'accepted', 'proof.ok'],
    ['03', 'accepted', 'proof.ok'],
    ['04', 'rejected', 'credential.encoding'],
    ['05', 'rejected', 'credential.malformed'],
    ['06', 'rejected', 'credential.malformed'],
    ['07', 'rejected', 'credential.malformed'],
    ['08', 'rejected', 'trust.issuer_unknown'],
    ['09', 'rejected', 'trust.issuer_unknown'],
    ['10', 'rejected', 'signature.credential'],
    ['11', 'rejected', 'signature.encoding'],
    ['12', 'rejected', 'signature.encoding'],
    ['13', 'rejected', 'trust.issuer_unknown'],
    ['21', 'accepted', 'proof.ok'],
    ['22', 'rejected', 'credential.chunked'],
    ['23', 'accepted', 'proof.ok'],
    ['24', 'rejected', 'credential.malformed'],
    ['25', 'rejected', 'credential.malformed'],
    ['26', 'rejected', 'credential.chunked'],
    ['27', 'rejected', 'credential.chunked'],
    ['28', 'rejected', 'credential.truncated'],
  ]);
  expect(cases.flatMap(({ name, rule }) => (rule === undefined ? [] : [[name.slice(0, 2), rule]]))).toEqual([
    ['02', 'fhir-content-is-not-judged'],
  ]);
});
