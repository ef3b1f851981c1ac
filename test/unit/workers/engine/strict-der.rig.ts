/** ECDSA-Sig-Value (RFC 3279 clause 2.2.3) in strict DER (X.690 clause 8.3, 10.1), as a caller of the engine reads it. */
import { SIGNATURE_BYTES } from '../../../../workers/engine/job.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const SCALAR_BYTES = SIGNATURE_BYTES / 2;

/** r ‖ s, or null when it is not strict DER of two numbers, not negative, of at most 32 bytes. Says nothing of n. */
export function strictDer(der: Uint8Array): Uint8Array | null {
  // Two numbers of at most 33 bytes: the short form of lengths is the only minimal one.
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der.length > 2 + 2 * (2 + SCALAR_BYTES + 1))
    return null;
  const signature = new Uint8Array(SIGNATURE_BYTES);
  let at = 2;
  for (const end of [SCALAR_BYTES, SIGNATURE_BYTES]) {
    const length = der[at + 1];
    if (der[at] !== INTEGER || length === undefined || at + 2 + length > der.length) return null;
    const digits = magnitude(der.subarray(at + 2, at + 2 + length));
    if (digits === null) return null;
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  return at === der.length ? signature : null;
}

function magnitude(content: Uint8Array): Uint8Array | null {
  const [first, second] = content;
  if (first === undefined || first >= 0x80) return null;
  if (first === 0 && second !== undefined && second < 0x80) return null;
  const digits = first === 0 ? content.subarray(1) : content;
  return digits.length <= SCALAR_BYTES ? digits : null;
}
