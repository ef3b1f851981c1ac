/**
 * As much of this folder's dependencies as it uses. The project's own type check covers this folder, and runs without
 * these packages, which are installed only when peers are measured.
 */
declare module 'sm-crypto-v2' {
  /** A point with its table of multiples. */
  export interface PrecomputedKey {
    readonly px: bigint;
  }
  export const sm2: {
    /** Throws when the text is no point of the curve. Default window: 8. */
    precomputePublicKey(publicKeyHex: string, windowSize?: number): PrecomputedKey;
    /** Without `hash` the message is the digest e. Throws on numbers out of range. */
    doVerifySignature(
      message: Uint8Array,
      signatureHex: string,
      publicKey: string | PrecomputedKey,
      options?: { readonly hash?: boolean },
    ): boolean;
  };
}
