/** COSE_Key (RFC 9052 clause 7, RFC 9053 clause 7): public keys of the curves that credentials use. */
import type { CborTape } from '../codecs/cbor-tape.ts';
import { MAP } from '../codecs/cbor-tape.ts';

/** Names as in `SlowCheck`, one for each curve. */
export type CoseCurve =
  | 'p256'
  | 'p384'
  | 'p521'
  | 'brainpoolP256r1'
  | 'brainpoolP320r1'
  | 'brainpoolP384r1'
  | 'brainpoolP512r1'
  | 'ed25519';

export interface CoseKey {
  readonly curve: CoseCurve;
  /** X ‖ Y, big-endian, each as wide as the curve's field; for Ed25519 the 32 bytes of RFC 8032. Not looked at: may be no point. */
  readonly publicKey: Uint8Array;
  /** Label 3, which narrows what the key may be used with; null where it is not there. */
  readonly algorithm: number | null;
}

interface Curve {
  readonly name: CoseCurve;
  /** Bytes of a coordinate. */
  readonly width: number;
  /** Key type: 1 octet key pair, 2 elliptic curve with both coordinates. */
  readonly keyType: 1 | 2;
}

/** By number: IANA registry "COSE Elliptic Curves". */
const CURVES: ReadonlyMap<number, Curve> = new Map<number, Curve>([
  [1, { name: 'p256', width: 32, keyType: 2 }],
  [2, { name: 'p384', width: 48, keyType: 2 }],
  [3, { name: 'p521', width: 66, keyType: 2 }],
  [6, { name: 'ed25519', width: 32, keyType: 1 }],
  [256, { name: 'brainpoolP256r1', width: 32, keyType: 2 }],
  [257, { name: 'brainpoolP320r1', width: 40, keyType: 2 }],
  [258, { name: 'brainpoolP384r1', width: 48, keyType: 2 }],
  [259, { name: 'brainpoolP512r1', width: 64, keyType: 2 }],
]);

const KEY_TYPE = 1;
const ALGORITHM = 3;
const CURVE = -1;
const X = -2;
const Y = -3;
const D = -4;

/**
 * The key that a map of a tape holds. `unsupported`: of another type or curve, or with Y as a sign only; `malformed`: no public key.
 */
export function coseKeyAt(tape: CborTape, map: number): CoseKey | 'malformed' | 'unsupported' {
  if (!tape.is(map, MAP)) return 'malformed';
  const keyType = tape.integer(tape.valueAt(map, KEY_TYPE));
  const number = tape.integer(tape.valueAt(map, CURVE));
  if (Number.isNaN(keyType) || tape.valueAt(map, D) >= 0) return 'malformed';
  const curve = CURVES.get(number);
  if (curve === undefined || curve.keyType !== keyType) return 'unsupported';
  const algorithmAt = tape.valueAt(map, ALGORITHM);
  const algorithm = algorithmAt < 0 ? null : tape.integer(algorithmAt);
  if (Number.isNaN(algorithm)) return 'malformed';
  const x = tape.byteString(tape.valueAt(map, X));
  if (x === null || x.length !== curve.width) return 'malformed';
  if (curve.keyType === 1) return { curve: curve.name, publicKey: x, algorithm };
  const yAt = tape.valueAt(map, Y);
  if (tape.boolean(yAt) !== null) return 'unsupported';
  const y = tape.byteString(yAt);
  if (y === null || y.length !== curve.width) return 'malformed';
  const publicKey = new Uint8Array(curve.width * 2);
  publicKey.set(x);
  publicKey.set(y, curve.width);
  return { curve: curve.name, publicKey, algorithm };
}
