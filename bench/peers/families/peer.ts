/** What a peer is given and does. */

export interface PeerItem {
  /** The credential where it is bytes. */
  readonly credentialBase64?: string;
  /** The credential where it is text. */
  readonly text?: string;
  /** CBOR of the session transcript. */
  readonly transcriptBase64?: string;
  readonly nonce?: string;
  /** Leaf first, DER. */
  readonly certificatesBase64?: readonly string[];
  readonly signatureHex?: string;
  readonly challengeHex?: string;
}

export interface Order {
  readonly family: string;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly seconds: number;
  /** Anchors as certificates. */
  readonly certificatesPem: readonly string[];
  /** Anchors as keys of issuers that are named. */
  readonly issuers: readonly { readonly issuer: string; readonly jwk: import('node:crypto').JsonWebKey }[];
  readonly items: readonly PeerItem[];
}

export interface Peer {
  readonly name: string;
  /** Resolves where the item is proven, and rejects where it is not. */
  check(item: PeerItem): Promise<unknown>;
}
