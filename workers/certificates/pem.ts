/** Certificates in text: RFC 7468 clause 5. */

const BLOCK = /^-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----\s*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of the one certificate that the text is, whatever they are; null where it is no such text. */
export function readPemCertificate(text: string): Uint8Array | null {
  const block = BLOCK.exec(text.trim())?.[1]?.replace(/\s+/g, '');
  if (block === undefined || !BASE64.test(block)) return null;
  return new Uint8Array(Buffer.from(block, 'base64'));
}
