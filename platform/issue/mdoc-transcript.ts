/** Sessions that a reader opens with a wallet, and what both sign of them (ISO/IEC 18013-5 clause 9.1.5.1; OpenID4VP 1.0 Annex B.2.6). */
import { createHash } from 'node:crypto';
import { cbor, embedded, Tagged } from '../cbor.ts';
import { type P256Key, p256Jwk, p256Key } from '../p256.ts';
import { coseKey } from './mdoc.ts';
import { contributed, type Showing } from './showing.ts';

export interface Session {
  /** CBOR. */
  readonly transcript: Uint8Array;
  /** As `onecard verify` takes it. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly readerKey: P256Key;
}

export type SessionKind = 'proximity-qr' | 'openid4vp-1.0' | 'openid4vp-1.0-dc-api';

const CLIENT_ID = 'x509_san_dns:gate.city.test';
const RESPONSE_URI = 'https://gate.city.test/response';
const ORIGIN = 'https://gate.city.test';

/** Everything that the reader contributes is drawn from the showing. */
export function openSession(kind: SessionKind, showing: Showing): Session {
  const readerKey = p256Key(contributed(showing, 'mdoc reader key', 40));
  const challenge = showing.challenge ?? contributed(showing, 'mdoc nonce', 16);
  const nonce = Buffer.from(challenge).toString('base64url');
  const sha256 = (value: unknown) => createHash('sha256').update(cbor(value)).digest();
  switch (kind) {
    case 'openid4vp-1.0': {
      const digest = sha256([CLIENT_ID, nonce, null, RESPONSE_URI]);
      const handover = { type: kind, clientId: CLIENT_ID, nonce, responseUri: RESPONSE_URI };
      return {
        transcript: cbor([null, null, ['OpenID4VPHandover', digest]]),
        context: { handover },
        readerKey,
      };
    }
    case 'openid4vp-1.0-dc-api': {
      const digest = sha256([ORIGIN, nonce, null]);
      const transcript = cbor([null, null, ['OpenID4VPDCAPIHandover', digest]]);
      return { transcript, context: { handover: { type: kind, origin: ORIGIN, nonce } }, readerKey };
    }
    case 'proximity-qr': {
      const deviceKey = p256Key(contributed(showing, 'mdoc session key', 40));
      const engagement = cbor(
        new Map<number, unknown>([
          [0, '1.0'],
          [1, [1, embedded(coseKey(deviceKey))]],
        ]),
      );
      const reader = cbor(coseKey(readerKey));
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const handover = {
        type: kind,
        deviceEngagementBase64: base64(engagement),
        readerKeyBase64: base64(reader),
      };
      const transcript = cbor([new Tagged(24, engagement), new Tagged(24, reader), null]);
      return { transcript, context: { handover }, readerKey };
    }
  }
}

/** A private JWK, for MACs. */
export function privateJwk(key: P256Key) {
  return { ...p256Jwk(key), d: Buffer.from(key.d).toString('base64url') };
}
