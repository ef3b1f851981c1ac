/**
 * As much of this folder's dependencies as it uses. The project's own type check covers this folder, and runs without
 * these packages, which are installed only when peers are measured.
 */
declare module 'fastify' {
  export interface Request {
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: unknown;
  }
  export interface Reply {
    code(status: number): Reply;
    type(mediaType: string): Reply;
    send(body: unknown): Reply;
  }
  export interface RouteOptions {
    readonly schema: { readonly body: object; readonly response: Readonly<Record<number, object>> };
    readonly onRequest: (request: Request, reply: Reply, done: () => void) => void;
  }
  export interface App {
    post(path: string, options: RouteOptions, handler: (request: Request, reply: Reply) => object): void;
    listen(options: { readonly port: number; readonly host: string }): Promise<string>;
    close(): Promise<void>;
  }
  export default function fastify(options: { readonly logger: boolean; readonly bodyLimit: number }): App;
}

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
