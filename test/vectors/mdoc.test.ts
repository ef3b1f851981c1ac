/** Mobile documents of ISO/IEC 18013-5 Annex D and of real wallets, through `onecard conformance`. */
import { describe, expect, test } from 'vitest';
import { runSuite } from '../../cli/conformance/command.ts';
import { mdocSuite } from '../../cli/conformance/mdoc.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import { transcriptOf } from '../../workers/families/mdoc/transcript.ts';
import { vectorsFolder, vectorsPresent } from '../fixtures/vectors.ts';

test.skipIf(!vectorsPresent)('all are proven: a device MAC, and signatures over two handovers', async () => {
  const { agreed, disagreed, unsupported, cases } = await runSuite(mdocSuite, vectorsFolder('mdoc'));
  expect({ agreed, disagreed, unsupported }).toEqual({ agreed: 3, disagreed: 0, unsupported: 0 });
  expect(cases.map(({ name, actual }) => [name, actual])).toEqual([
    ['annex-d/iso_18013_5_annex_d_device_response.hex', 'accepted'],
    ['france', 'accepted'],
    ['google', 'accepted'],
  ]);
});

/** OpenID for Verifiable Presentations 1.0, Annex B.2.6: the example's values, and digests that it prints. */
describe('published handovers of OpenID4VP 1.0', () => {
  const nonce = 'exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA';
  const jwkThumbprint = Buffer.from(
    '4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047',
    'hex',
  );

  test.each([
    [
      'redirect',
      {
        type: 'openid4vp-1.0',
        clientId: 'x509_san_dns:example.com',
        nonce,
        jwkThumbprint,
        responseUri: 'https://example.com/response',
      },
      '83f6f682714f70656e494434565048616e646f7665725820048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac',
    ],
    [
      'DC API',
      { type: 'openid4vp-1.0-dc-api', origin: 'https://example.com', nonce, jwkThumbprint },
      '83f6f682764f70656e4944345650444341504948616e646f7665725820fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a',
    ],
  ] as const)('%s', (_name, handover, expected) => {
    expect(toHex(transcriptOf(handover))).toBe(expected);
  });
});
