/** When an issuer's key is worth a table of its own in the engine. */
import type { SlabCache } from '../cache/slab-cache.ts';

/**
 * A table takes as long to make as some sixty verifications in lanes, so an issuer that is seen once or twice gets none:
 * whoever shows ever new chains would keep the thread busy with tables.
 */
const PREPARED_AT_USE = 3;

/**
 * One signature of the key was verified, in a proof that held; `at`: where the cache counts them, in one byte. Whether this was
 * the use after which the key gets a table.
 */
export function countIssuerUse({ bytes }: SlabCache, at: number): boolean {
  const uses = bytes[at] as number;
  if (uses >= PREPARED_AT_USE) return false;
  bytes[at] = uses + 1;
  return uses + 1 === PREPARED_AT_USE;
}
