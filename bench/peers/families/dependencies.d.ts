/** What is used of the peers' packages, which only `npm run bench:families -- --peers` installs. */
declare module '@auth0/mdl' {
  export class Verifier {
    constructor(certificates: readonly string[]);
    verify(response: Uint8Array, options: object): Promise<unknown>;
  }
}
declare module 'base45' {
  export function decode(text: string): Uint8Array;
}
declare module 'cbor-x' {
  export class Decoder {
    constructor(options: object);
    decode(bytes: Uint8Array): unknown;
  }
  export class Encoder {
    constructor(options: object);
    encode(value: unknown): Uint8Array;
  }
}
