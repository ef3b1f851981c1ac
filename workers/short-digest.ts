/**
 * SHA-256 of short messages: in the native addon where it is there, which for 500 bytes takes 0.9 µs where `node:crypto` takes 1.25,
 * and makes nothing that is freed by a finalizer.
 */
import { hash } from 'node:crypto';
import { choosePrefixedDigests } from './prefixed-digests.ts';

const DIGEST_BYTES = 32;
const prefixedDigests = choosePrefixedDigests('SHA-256');
const bounds = new Uint32Array(2);

/** 32 bytes of their own. */
export function shortDigest(message: Uint8Array): Uint8Array {
  const [first] = message;
  // The addon takes the first byte apart.
  if (first === undefined) return new Uint8Array(hash('sha256', message, 'buffer'));
  const digest = new Uint8Array(DIGEST_BYTES);
  bounds[0] = 1;
  bounds[1] = message.length;
  prefixedDigests(first, message, bounds, digest);
  return digest;
}
