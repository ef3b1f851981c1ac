/** What the device signed, or made a MAC of, in this session (ISO/IEC 18013-5 clause 9.1.3). */
import { createHmac, createPrivateKey, diffieHellman, hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { CborWriter } from '../../codecs/cbor-writer.ts';
import type { CoseKey } from '../../cose/key.ts';
import { keyObject } from '../../cose/slow-signature.ts';
import type { ReaderPrivateKey } from './input.ts';

const TAG_ENCODED_CBOR = 24;
const writer = new CborWriter();
const NO_BYTES = new Uint8Array();

/**
 * DeviceAuthenticationBytes: a view that is good until the next call. `deviceNameSpaces`: DeviceNameSpacesBytes as they were sent,
 * `docType`: the item, its head too.
 */
export function deviceAuthentication(
  transcript: Uint8Array,
  docType: Uint8Array,
  deviceNameSpaces: Uint8Array,
): Uint8Array {
  const inside = LABEL.length + transcript.length + docType.length + deviceNameSpaces.length;
  return writer
    .reset()
    .tag(TAG_ENCODED_CBOR)
    .byteStringHead(inside)
    .raw(LABEL)
    .raw(transcript)
    .raw(docType)
    .raw(deviceNameSpaces)
    .written();
}

/** An array of four, and the first of them. */
const LABEL = Uint8Array.from(new CborWriter().array(4).text('DeviceAuthentication').written());

const macWriter = new CborWriter();

/** MAC_structure (RFC 9052 clause 6.3). */
export function macBytes(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return macWriter
    .reset()
    .array(4)
    .text('MAC0')
    .byteString(protectedBytes)
    .byteString(NO_BYTES)
    .byteString(payload)
    .written();
}

const MAC_BYTES = 32;

/**
 * Whether `tag` is the MAC of the message by the key that reader and device share: EMacKey, by ECDH and HKDF from the reader's private
 * key and the device's static one (clause 9.1.3.5). Never throws for any bytes.
 */
export function verifyMac(
  deviceKey: CoseKey,
  readerKey: ReaderPrivateKey,
  transcript: Uint8Array,
  message: Uint8Array,
  tag: Uint8Array,
): boolean {
  if (tag.length !== MAC_BYTES) return false;
  try {
    const publicKey = keyObject(deviceKey);
    if (publicKey === null) return false;
    const privateKey = createPrivateKey({ key: { kty: 'EC', ...readerKey }, format: 'jwk' });
    const secret = diffieHellman({ privateKey, publicKey });
    const wrapped = macWriter.reset().tag(TAG_ENCODED_CBOR).byteString(transcript).written();
    const salt = hash('sha256', wrapped, 'buffer');
    const key = Buffer.from(hkdfSync('sha256', secret, salt, 'EMacKey', MAC_BYTES));
    return timingSafeEqual(createHmac('sha256', key).update(message).digest(), tag);
  } catch {
    return false;
  }
}
