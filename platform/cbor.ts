/**
 * CBOR and COSE as the reference platform's issuers write them. Written apart from the verifier's reader on purpose: an issuer that
 * shared its code would share its faults.
 */
import { type P256Key, p256Sign } from './p256.ts';

/** A tag and what it stands before. */
export class Tagged {
  readonly tag: number;
  readonly value: unknown;

  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

/** CBOR that is encoded already. */
export class Encoded {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * CBOR of integers, other numbers (as 8-byte floats), texts, booleans, null, byte strings, arrays, maps in the order that they have,
 * plain objects (text keys), `Tagged` and `Encoded`. Heads are as short as they can be.
 */
export function cbor(value: unknown): Uint8Array {
  return Buffer.concat(parts(value));
}

/** #6.24(bstr .cbor value): what digests and signatures of mdocs are made over. */
export function embedded(value: unknown): Encoded {
  return new Encoded(cbor(new Tagged(24, cbor(value))));
}

function parts(value: unknown): Uint8Array[] {
  if (value === null) return [Uint8Array.of(0xf6)];
  if (value instanceof Uint8Array) return [head(2, value.length), value];
  if (value instanceof Encoded) return [value.bytes];
  if (value instanceof Tagged) return [head(6, value.tag), ...parts(value.value)];
  if (value instanceof Map) {
    return [head(5, value.size), ...[...value].flatMap(([key, each]) => [...parts(key), ...parts(each)])];
  }
  if (Array.isArray(value)) return [head(4, value.length), ...value.flatMap(parts)];
  switch (typeof value) {
    case 'number':
      if (!Number.isInteger(value)) return [float(value)];
      return [value < 0 ? head(1, -1 - value) : head(0, value)];
    case 'boolean':
      return [Uint8Array.of(value ? 0xf5 : 0xf4)];
    case 'string': {
      const text = Buffer.from(value);
      return [head(3, text.length), text];
    }
    case 'object':
      return parts(new Map(Object.entries(value)));
    default:
      throw new TypeError(`no CBOR for ${typeof value}`);
  }
}

function float(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  const width = argument < 0x100 ? 1 : argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const bytes = new Uint8Array(1 + width);
  bytes[0] = first | (24 + Math.log2(width));
  for (let i = width, rest = argument; i > 0; i -= 1, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

export interface Sign1Options {
  readonly key: P256Key;
  readonly payload: Uint8Array;
  /** By label; default: only the algorithm, ES256. */
  readonly protectedHeader?: ReadonlyMap<number, unknown>;
  readonly unprotectedHeader?: ReadonlyMap<number, unknown>;
  /** The payload is signed and left out (RFC 9052 clause 4.1). */
  readonly detached?: boolean;
  /** Default r ‖ s by ES256 with `key`. `message`: Sig_structure. */
  readonly sign?: (message: Uint8Array) => Uint8Array;
}

const ES256: ReadonlyMap<number, unknown> = new Map([[1, -7]]);

/** COSE_Sign1 without its tag (RFC 9052 clause 4.2), as an array for `cbor`. */
export function coseSign1(options: Sign1Options): readonly unknown[] {
  const { key, payload, protectedHeader = ES256, unprotectedHeader = new Map(), detached = false } = options;
  const protectedBytes = cbor(protectedHeader);
  const message = cbor(['Signature1', protectedBytes, new Uint8Array(), payload]);
  const signature = options.sign?.(message) ?? p256Sign(key, message);
  return [protectedBytes, unprotectedHeader, detached ? null : payload, signature];
}
