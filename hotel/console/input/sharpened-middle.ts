/** The middle of a picture, sharpened and twice as large: what is read of a code that is small or blurred. */
const SIDE = 400;
const AMOUNT = 1.5;

/** Unsharp mask over a box of 3 by 3, then each pixel by the mean of its neighbours. */
export function sharpenedMiddle(picture: ImageData): ImageData {
  const width = Math.min(SIDE, picture.width);
  const height = Math.min(SIDE, picture.height);
  const grey = greyMiddle(picture, width, height);
  const sharp = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y += 1) {
    const above = Math.max(0, y - 1) * width;
    const below = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x += 1) {
      const left = Math.max(0, x - 1);
      const right = Math.min(width - 1, x + 1);
      let sum = 0;
      for (const row of [above, y * width, below])
        sum += (grey[row + left] ?? 0) + (grey[row + x] ?? 0) + (grey[row + right] ?? 0);
      const own = grey[y * width + x] ?? 0;
      sharp[y * width + x] = own + AMOUNT * (own - sum / 9);
    }
  }
  return twiceAsLarge(sharp, width, height);
}

function greyMiddle({ data, width: full, height: tall }: ImageData, width: number, height: number) {
  const grey = new Float32Array(width * height);
  const left = (full - width) >> 1;
  const top = (tall - height) >> 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = ((top + y) * full + left + x) * 4;
      grey[y * width + x] =
        0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    }
  }
  return grey;
}

function twiceAsLarge(grey: Uint8ClampedArray, width: number, height: number): ImageData {
  const large = new ImageData(width * 2, height * 2);
  for (let y = 0; y < height * 2; y += 1) {
    const row = (y >> 1) * width;
    const next = Math.min(height - 1, (y >> 1) + (y & 1)) * width;
    for (let x = 0; x < width * 2; x += 1) {
      const from = x >> 1;
      const to = Math.min(width - 1, from + (x & 1));
      const value =
        ((grey[row + from] ?? 0) +
          (grey[row + to] ?? 0) +
          (grey[next + from] ?? 0) +
          (grey[next + to] ?? 0)) /
        4;
      large.data.fill(value, (y * width * 2 + x) * 4, (y * width * 2 + x) * 4 + 3);
      large.data[(y * width * 2 + x) * 4 + 3] = 255;
    }
  }
  return large;
}
