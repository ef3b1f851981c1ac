/** What is used of the package, which has no declarations. */
declare module 'qrcode' {
  interface Segment {
    readonly data: Uint8Array;
    readonly mode: 'byte';
  }
  export function create(
    content: string | readonly Segment[],
    options: { readonly errorCorrectionLevel: 'L' | 'M' | 'Q' | 'H' },
  ): { readonly modules: { readonly size: number; get(row: number, column: number): 0 | 1 } };
}
