/** Bytes and numbers from a seed: the same in every run. */
import { createCipheriv, createHash } from 'node:crypto';

export interface Seeded {
  bytes(length: number): Uint8Array;
  /** From 0 to bound - 1. */
  below(bound: number): number;
  /** From 1 to order - 1. */
  scalar(order: bigint): bigint;
}

export function seeded(seed: string): Seeded {
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  const bytes = (length: number) => new Uint8Array(stream.update(new Uint8Array(length)));
  const integer = (length: number) => BigInt(`0x${Buffer.from(bytes(length)).toString('hex')}`);
  return {
    bytes,
    below: (bound) => Number(integer(6)) % bound,
    scalar: (order) => (integer(40) % (order - 1n)) + 1n,
  };
}
