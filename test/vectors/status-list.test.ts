/** Lists of draft-ietf-oauth-status-list, through `onecard conformance`. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { statusListSuite } from '../../cli/conformance/status-list.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(
    statusListSuite,
    vectorsFolder('status-list'),
  );
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 11, disagreed: 0, unsupported: 0 });
  expect(cases.every(({ actual }) => actual === 'accepted')).toBe(true);
});
