/** Hands the newest frame of a video on, whenever there is a new one. */
export interface Seen {
  readonly frame: VideoFrame | ImageBitmap;
  /** `performance.now()` when it was captured, or else shown. */
  readonly seenAt: number;
}

/** `wants`: false while the last one is still looked at; such frames are let go. Until what is returned is called. */
export function watchVideo(
  video: HTMLVideoElement,
  wants: () => boolean,
  onFrame: (seen: Seen) => void,
): () => void {
  let isOver = false;
  const next = () => {
    if (!isOver) video.requestVideoFrameCallback((now, metadata) => void look(metadata.captureTime ?? now));
  };
  const look = async (seenAt: number) => {
    if (!isOver && wants()) {
      try {
        const frame = 'VideoFrame' in globalThis ? new VideoFrame(video) : await createImageBitmap(video);
        if (isOver) frame.close();
        else onFrame({ frame, seenAt });
      } catch {
        // A camera that is just starting or ending has no picture.
      }
    }
    next();
  };
  next();
  return () => {
    isOver = true;
  };
}
