/** Transcripts of OpenID4VP 1.0 (B.2.6), byte for byte as another library makes them; those it publishes are in `test/vectors/mdoc.test.ts`. */
import { createHash } from 'node:crypto';
import { type MdocContext, SessionTranscript } from '@owf/mdoc';
import { describe, expect, test } from 'vitest';
import { transcriptOf } from '../../../../workers/families/mdoc/transcript.ts';

const context = {
  crypto: { digest: ({ bytes }: { bytes: Uint8Array }) => createHash('sha256').update(bytes).digest() },
} as unknown as MdocContext;
const nonce = 'a nonce – 随机数';
const jwkThumbprint = Buffer.alloc(32, 7);
const clientId = 'x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk';
const responseUri = 'https://desk.hotel.test/phone/responses/AbC';
const origin = 'https://desk.hotel.test';

describe.each([
  ['of an encrypted answer', { jwkThumbprint }],
  ['of one in the clear', {}],
])('the transcript %s', (_name, key) => {
  test('by redirect or direct post', async () => {
    const theirs = await SessionTranscript.forOid4Vp({ clientId, nonce, responseUri, ...key }, context);
    const ours = transcriptOf({ type: 'openid4vp-1.0', clientId, nonce, responseUri, ...key });
    expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(theirs.encode()).toString('hex'));
  });

  test('over the Digital Credentials API', async () => {
    const theirs = await SessionTranscript.forOid4VpDcApi({ origin, nonce, ...key }, context);
    const ours = transcriptOf({ type: 'openid4vp-1.0-dc-api', origin, nonce, ...key });
    expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(theirs.encode()).toString('hex'));
  });
});
