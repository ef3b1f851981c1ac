/** A camera that shows a code: raw video (YUV4MPEG2) from the matrix of a QR code, moving and blurred, for Chromium. */
import { writeFileSync } from 'node:fs';
import { create } from 'qrcode';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 12;
/** Video range of luma, ITU-R BT.601. */
const BLACK = 16;
const WHITE = 235;
const GREY = 90;
const QUIET_MODULES = 4;

export const cameraFlags = (file: string): readonly string[] => [
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
];

export interface Scene {
  /** One code, or two side by side. */
  readonly codes: readonly (Uint8Array | string)[];
  /** Pixels a module. */
  readonly scale?: number;
  /** Pixels that the picture moves from frame to frame. */
  readonly movePixels?: number;
  /** Passes of a box blur of 3 by 3. */
  readonly blurPasses?: number;
}

export function writeCamera(file: string, { codes, scale = 4, movePixels = 2, blurPasses = 1 }: Scene): void {
  const frames: Uint8Array[] = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`)];
  const chroma = new Uint8Array((WIDTH * HEIGHT) / 2).fill(128);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    let luma = new Uint8Array(WIDTH * HEIGHT).fill(GREY);
    codes.forEach((code, index) => {
      const middle = (WIDTH * (index + 0.5)) / codes.length;
      draw(luma, code, { scale, middle, shift: (frame % 6) * movePixels });
    });
    for (let pass = 0; pass < blurPasses; pass += 1) luma = blurred(luma);
    frames.push(Buffer.from('FRAME\n'), luma, chroma);
  }
  writeFileSync(file, Buffer.concat(frames));
}

interface Place {
  readonly scale: number;
  readonly middle: number;
  readonly shift: number;
}

/** Modules of a code of bytes, or of text. */
export function modulesOf(code: Uint8Array | string): {
  readonly size: number;
  isDark(x: number, y: number): boolean;
} {
  const content = typeof code === 'string' ? code : [{ data: Buffer.from(code), mode: 'byte' as const }];
  const { modules } = create(content, { errorCorrectionLevel: 'L' });
  return { size: modules.size, isDark: (x, y) => modules.get(y, x) === 1 };
}

function draw(luma: Uint8Array, code: Uint8Array | string, { scale, middle, shift }: Place): void {
  const { size, isDark } = modulesOf(code);
  const side = (size + 2 * QUIET_MODULES) * scale;
  const left = Math.round(middle - side / 2) + shift;
  const top = Math.round((HEIGHT - side) / 2) + shift;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const [px, py] = [left + x, top + y];
      if (px < 0 || py < 0 || px >= WIDTH || py >= HEIGHT) continue;
      const mx = Math.floor(x / scale) - QUIET_MODULES;
      const my = Math.floor(y / scale) - QUIET_MODULES;
      const inside = mx >= 0 && my >= 0 && mx < size && my < size;
      luma[py * WIDTH + px] = inside && isDark(mx, my) ? BLACK : WHITE;
    }
  }
}

function blurred(luma: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(luma);
  for (let y = 1; y < HEIGHT - 1; y += 1) {
    for (let x = 1; x < WIDTH - 1; x += 1) {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy += 1)
        for (let dx = -1; dx <= 1; dx += 1) sum += luma[(y + dy) * WIDTH + x + dx] ?? 0;
      next[y * WIDTH + x] = sum / 9;
    }
  }
  return next;
}
