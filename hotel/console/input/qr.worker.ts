/** Reads codes out of pictures, off the page's thread. Its answer from the desk has a policy of its own. */
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';
import type { FromReader, ToReader } from './qr-messages.ts';
import { sharpenedMiddle } from './sharpened-middle.ts';

/** Without this it would be fetched from elsewhere. */
prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });

/** Two: with one, an arbitrary one of several in view would be taken. */
const OPTIONS: ReaderOptions = { formats: ['QRCode'], maxNumberOfSymbols: 2, tryHarder: true };
/** Of a picture from a file: more shows no code better. */
const SIDE_MAX = 2_400;

addEventListener('message', ({ data }: MessageEvent<ToReader>) => {
  void read(data).then((answer) => postMessage(answer));
});

async function read(message: ToReader): Promise<FromReader> {
  try {
    const pixels =
      message.kind === 'image' ? await pixelsOfImage(message.image) : await pixelsOfFrame(message.frame);
    const codes = await codesIn(pixels);
    return { kind: 'codes', codes: codes.length > 0 ? codes : await codesIn(sharpenedMiddle(pixels)) };
  } catch {
    return { kind: 'failed' };
  } finally {
    if (message.kind === 'frame') message.frame.close();
  }
}

async function codesIn(pixels: ImageData): Promise<Uint8Array[]> {
  const found = await readBarcodes(pixels, OPTIONS);
  return found.filter(({ isValid }) => isValid).map(({ bytes }) => Uint8Array.from(bytes));
}

async function pixelsOfFrame(frame: VideoFrame | ImageBitmap): Promise<ImageData> {
  if (!('copyTo' in frame)) return drawn(frame, frame.width, frame.height);
  const { codedWidth, codedHeight, visibleRect } = frame;
  const width = visibleRect?.width ?? codedWidth;
  const height = visibleRect?.height ?? codedHeight;
  const options: VideoFrameCopyToOptions = { format: 'RGBA' };
  // Browsers that know no format here would copy planes.
  if (frame.allocationSize(options) !== width * height * 4) return drawn(frame, width, height);
  const data = new Uint8ClampedArray(width * height * 4);
  await frame.copyTo(data, options);
  return new ImageData(data, width, height);
}

async function pixelsOfImage(image: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(image);
  const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  try {
    return drawn(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  } finally {
    bitmap.close();
  }
}

function drawn(source: VideoFrame | ImageBitmap, width: number, height: number): ImageData {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return new ImageData(1, 1);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
