/**
 * SHA-256 or SM3 of many parts of a memory in one call, each behind the same byte: the hashes of the leaves (0) and nodes
 * (1) of a Merkle tree (RFC 9162 section 2.1.1). In the native addon where it is there, else one after the other.
 */
import { hash } from 'node:crypto';
import { loadAddon, type NativeAddon } from '../native/index.ts';

type Digests = (prefix: number, bytes: Uint8Array, bounds: Uint32Array, digests: Uint8Array) => void;

/** Part i is `bytes` from `bounds[2 i]` to `bounds[2 i + 1]`. `digests` receives 32 bytes for each. */
export type PrefixedDigests = Digests & { readonly algorithm: PrefixedHash };

export type PrefixedHash = 'SHA-256' | 'SM3';

const DIGEST_BYTES = 32;
const OPENSSL_NAME = { 'SHA-256': 'sha256', SM3: 'sm3' } as const satisfies Record<PrefixedHash, string>;

/** `addon`: null where there is none. Default: the one that was built, unless that was before it had the function. */
export function choosePrefixedDigests(
  algorithm: PrefixedHash,
  addon: Partial<NativeAddon> | null = loadAddon().addon,
): PrefixedDigests {
  const native = algorithm === 'SM3' ? addon?.prefixedDigestsSm3 : addon?.prefixedDigests;
  const digests: Digests =
    native === undefined
      ? oneByOne(OPENSSL_NAME[algorithm])
      : (prefix, bytes, bounds, made) => native(prefix, bytes, bounds, made);
  return Object.assign(digests, { algorithm });
}

function oneByOne(name: string): Digests {
  let message = Buffer.alloc(2_048);
  return (prefix, bytes, bounds, digests) => {
    if (digests.length * 2 !== bounds.length * DIGEST_BYTES) {
      throw new RangeError('each part has one digest');
    }
    for (let i = 0; 2 * i < bounds.length; i += 1) {
      const [start = 0, end = 0] = [bounds[2 * i], bounds[2 * i + 1]];
      if (start > end || end > bytes.length) throw new RangeError('the bounds do not lie within the bytes');
      const length = end - start + 1;
      if (length > message.length) message = Buffer.alloc(length * 2);
      message[0] = prefix;
      message.set(bytes.subarray(start, end), 1);
      digests.set(hash(name, message.subarray(0, length), 'buffer'), i * DIGEST_BYTES);
    }
  };
}
