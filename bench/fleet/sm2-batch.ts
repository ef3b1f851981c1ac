/**
 * SM2 keys and signatures by the hundred thousand, for loads whose every tap is signed afresh. Scalars that follow one
 * another have points one addition apart, and additions share one inversion (Montgomery's trick), so that a key or a
 * nonce costs six multiplications. Such nonces give a private key away to anybody who looks: for test keys only. What
 * is signed verifies like any other signature, at the same cost.
 */
import { hash } from 'node:crypto';
import { seeded } from '../../platform/seed.ts';
import { sm2KeyOf } from '../../platform/sm2.ts';

/** Prime and order of the curve (GB/T 32918.5 clause 2). */
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

export interface Points {
  readonly first: bigint;
  readonly x: bigint[];
  readonly y: bigint[];
}

/** What signs for one key: (1 + d)^-1 and Z_A under the ID that its signatures bind, both 32 bytes. */
export interface Signer {
  readonly inverse: bigint;
  readonly identity: Uint8Array;
}

/** Nonces of one thread. Used again under other keys and for other messages. */
export const NONCES = 8_192;

export function scalarOf(seed: string, label: string): bigint {
  // Far enough from the order that no run of scalars reaches it.
  return (toBigInt(seeded(seed, label, 0, 40)) % (N >> 1n)) + 1n;
}

/** `count` points: first·G, (first + 1)·G, … */
export function consecutivePoints(first: bigint, count: number): Points {
  const [x0, y0] = coordinates(first);
  const points: Points = { first, x: [x0], y: [y0] };
  // Each round adds one point to all there are, which doubles them.
  while (points.x.length < count) addToAll(points, Math.min(points.x.length, count - points.x.length));
  return points;
}

function addToAll({ x, y }: Points, many: number): void {
  const have = x.length;
  const [sx, sy] = coordinates(BigInt(have));
  const inverses = inverted(
    x.slice(0, many).map((each) => sx - each + P),
    P,
  );
  for (let i = 0; i < many; i += 1) {
    const [px, py] = [x[i] as bigint, y[i] as bigint];
    const slope = ((sy - py + P) * (inverses[i] as bigint)) % P;
    const sum = (slope * slope - px - sx + 2n * P) % P;
    x.push(sum);
    y.push((slope * (px - sum + P) + P - py) % P);
  }
}

/** The inverses of numbers modulo a prime, by one inversion and three multiplications each. */
function inverted(values: readonly bigint[], modulus: bigint): bigint[] {
  const products: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    products.push(product);
    product = (product * value) % modulus;
  }
  let rest = inverse(product, modulus);
  const inverses: bigint[] = new Array(values.length);
  for (let i = values.length - 1; i >= 0; i -= 1) {
    inverses[i] = (rest * (products[i] as bigint)) % modulus;
    rest = (rest * (values[i] as bigint)) % modulus;
  }
  return inverses;
}

/** (1 + d)^-1 modulo the order, for `count` private keys from `first` on. */
export function signingInverses(first: bigint, count: number): bigint[] {
  const values = Array.from({ length: count }, (_, i) => first + BigInt(i) + 1n);
  return inverted(values, N);
}

export class BatchSigner {
  readonly #nonces: Points;

  constructor(seed: string, nonces: number = NONCES) {
    this.#nonces = consecutivePoints(scalarOf(seed, 'nonces'), nonces);
  }

  /** r ‖ s into `out` at `at`, over SM3(Z_A ‖ message) (GB/T 32918.2 clause 6.1); `number` chooses the nonce. */
  sign(signer: Signer, message: Uint8Array, number: number, out: Uint8Array, at: number): void {
    const { first, x } = this.#nonces;
    const slot = number % x.length;
    const covered = Buffer.allocUnsafe(32 + message.length);
    covered.set(signer.identity, 0);
    covered.set(message, 32);
    const digest = BigInt(`0x${hash('sm3', covered, 'hex')}`);
    const r = (digest + (x[slot] as bigint)) % N;
    // s = (1 + d)^-1 (k - r d) = (1 + d)^-1 (k + r) - r.
    const s = (signer.inverse * (first + BigInt(slot) + r) + N - r) % N;
    writeNumber(r, out, at);
    writeNumber(s, out, at + 32);
  }
}

export function writeNumber(value: bigint, out: Uint8Array, at: number): void {
  Buffer.from(out.buffer, out.byteOffset, out.byteLength).write(
    value.toString(16).padStart(64, '0'),
    at,
    'hex',
  );
}

export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
}

function coordinates(scalar: bigint): [bigint, bigint] {
  const { publicKey } = sm2KeyOf(scalar);
  return [toBigInt(publicKey.subarray(0, 32)), toBigInt(publicKey.subarray(32))];
}

/** By the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, value % modulus, 0n, 1n];
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
  }
  if (r0 !== 1n) throw new RangeError('two points of a run are the same');
  return ((s0 % modulus) + modulus) % modulus;
}
