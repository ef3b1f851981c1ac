/** Whether a token is signed with a key: JWS in compact form (RFC 7515 clause 7.1), in the one algorithm of the key. */
import { compactVerify, errors } from 'jose';
import { JWS_ALGORITHM, verifyingKeyOfJwk } from '../../crypto/signature/jose.ts';
import { isSigned } from '../../crypto/signature/verify.ts';
import { algorithmOf, type DeviceJwk, importDeviceKey } from './device-key.ts';

export type SignedPayload =
  | { readonly ok: true; readonly payload: Uint8Array }
  | { readonly ok: false; readonly why: 'wrong_key' | 'malformed' };

const PARTS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Never rejects for any text, whatever its header says: that was read by who chose the key. */
export async function signedPayload(token: string, key: DeviceJwk): Promise<SignedPayload> {
  return key.crv === 'SM2' ? signedWithSm2(token, key) : signedOtherwise(token, key);
}

/** GM/T 0125.1: the signature is r ‖ s over `header.payload`, with the distinguishing ID of GM/T 0009 clause 10. */
function signedWithSm2(token: string, key: DeviceJwk): SignedPayload {
  const [, header = '', payload = '', signature = ''] = PARTS.exec(token) ?? [];
  if (header === '') return { ok: false, why: 'malformed' };
  const input = Buffer.from(`${header}.${payload}`, 'ascii');
  return isSigned(verifyingKeyOfJwk(key), input, Buffer.from(signature, 'base64url'))
    ? { ok: true, payload: Buffer.from(payload, 'base64url') }
    : { ok: false, why: 'wrong_key' };
}

async function signedOtherwise(token: string, key: DeviceJwk): Promise<SignedPayload> {
  try {
    const algorithms = [JWS_ALGORITHM[algorithmOf(key)]];
    const { payload } = await compactVerify(token, importDeviceKey(key), { algorithms });
    return { ok: true, payload };
  } catch (error) {
    const isWrongKey = error instanceof errors.JWSSignatureVerificationFailed;
    return { ok: false, why: isWrongKey ? 'wrong_key' : 'malformed' };
  }
}
