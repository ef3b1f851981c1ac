/** What of CBOR (RFC 8949) a format may use, beyond what all may. */

export interface CborProfile {
  /** Whether a head may be longer than needed, as real wallets write them. The bytes are never made anew, so it harms nothing. */
  readonly longHeads: boolean;
  /** Floating-point numbers of any width. */
  readonly floats: boolean;
  /** Tags 0 (date and time in text) and 1 (seconds since 1970), RFC 8949 clause 3.4. */
  readonly dates: boolean;
  /** Which other tags may stand: all where it is null. */
  readonly tags: ReadonlySet<number> | null;
  /** Byte strings as keys of maps; default: no. */
  readonly byteKeys?: boolean;
}

/** Nesting of arrays, maps and tags. */
export const CBOR_DEPTH_MAX = 16;
/** Items in all, those nested too. */
export const CBOR_ITEMS_MAX = 4_096;
