/** DER as it is written here (ITU-T X.690): definite, minimal lengths. */

export const DER = {
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element of parts that follow each other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(value.length), value]);
}

/** A bit string of whole bytes. */
export const derBits = (bytes: Uint8Array): Buffer => der(DER.bitString, Buffer.of(0), bytes);

/** An integer from 0, big-endian. */
export function derUnsigned(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first === -1 ? Buffer.of(0) : Buffer.from(bytes.subarray(first));
  return der(DER.integer, (short[0] ?? 0) < 0x80 ? short : Buffer.concat([Buffer.of(0), short]));
}

/** Dotted text. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].map((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift(128 + (left % 128));
    return Buffer.from(digits);
  });
  return der(DER.objectIdentifier, ...arcs);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 + bytes.length), bytes]);
}
