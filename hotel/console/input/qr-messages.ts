/** Between the page and the worker that reads codes. One is read at a time. */
export type ToReader =
  | { readonly kind: 'frame'; readonly frame: VideoFrame | ImageBitmap }
  | { readonly kind: 'image'; readonly image: Blob };

export type FromReader =
  | { readonly kind: 'codes'; readonly codes: readonly Uint8Array[] }
  /** It could not be looked at. */
  | { readonly kind: 'failed' };
