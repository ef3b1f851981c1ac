/** Signatures of C2SP/wycheproof, through `onecard conformance`: by the engine, and by the slow checks. */
import { expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { wycheproofSuite } from '../../cli/conformance/wycheproof.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all agree', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(
    wycheproofSuite,
    vectorsFolder('wycheproof'),
  );
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 1_556, disagreed: 0, unsupported: 0 });
  const counts = new Map<string, number>();
  for (const { name, actual } of cases) {
    const key = `${name.split('#')[0]} ${actual}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({
    'ecdsa_secp256r1_sha256_test.json accepted': 174,
    'ecdsa_secp256r1_sha256_test.json rejected': 310,
    'ecdsa_secp256r1_sha512_test.json accepted': 243,
    'ecdsa_secp256r1_sha512_test.json rejected': 311,
    'ed25519_test.json accepted': 88,
    'ed25519_test.json rejected': 63,
    'rsa_pss_2048_sha256_mgf1_32_test.json accepted': 63,
    'rsa_pss_2048_sha256_mgf1_32_test.json rejected': 45,
    'rsa_signature_2048_sha256_test.json accepted': 9,
    'rsa_signature_2048_sha256_test.json rejected': 250,
  });
});
