/**
 * An append-only file of frames: length of the content (4 bytes), its CRC-32 (4 bytes), its kind (1 byte), the content.
 * Numbers have their high byte first. A frame counts only once it is on disk whole.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

const HEAD_BYTES = 9;
const CONTENT_BYTES_MAX = 16_777_216;

export interface Frame {
  readonly kind: number;
  readonly content: Uint8Array;
}

export interface FrameFile {
  /** Resolves when the frame is on disk. To be called again only then. */
  append(frame: Frame): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens or makes the file and hands every frame it holds to `onFrame`. What follows the last whole frame, left by a
 * crash in the middle of a write, was never answered for and is cut off. Throws RangeError when frames before it are
 * damaged, and what the system says.
 */
export async function openFrameFile(path: string, onFrame: (frame: Frame) => void): Promise<FrameFile> {
  mkdirSync(dirname(path), { recursive: true });
  let size = existsSync(path) ? readFrames(path, onFrame) : 0;
  const file = await open(path, 'a', 0o600);
  await file.truncate(size);
  await file.sync();
  await syncFolder(dirname(path));
  return {
    append: async (frame) => {
      const bytes = framed(frame);
      await write(file, bytes, size);
      size += bytes.length;
    },
    close: () => file.close(),
  };
}

/** A write that fails leaves the file as it was. */
async function write(file: FileHandle, bytes: Uint8Array, size: number): Promise<void> {
  try {
    await file.appendFile(bytes);
    await file.datasync();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

function framed({ kind, content }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.writeUInt32BE(checksum(kind, content), 4);
  bytes[8] = kind;
  bytes.set(content, HEAD_BYTES);
  return bytes;
}

/**
 * Hands on every whole frame, and how much of the file was read then, from 0 to 1. Answers how many bytes are whole frames.
 * Throws RangeError when one before the last is damaged, and what the system says.
 */
export function readFrames(path: string, onFrame: (frame: Frame, fraction: number) => void): number {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const head = Buffer.alloc(HEAD_BYTES);
    let at = 0;
    while (at + HEAD_BYTES <= size) {
      readSync(file, head, 0, HEAD_BYTES, at);
      const length = head.readUInt32BE(0);
      const end = at + HEAD_BYTES + length;
      if (length > CONTENT_BYTES_MAX) throw new RangeError(`${path} is damaged at byte ${at}`);
      if (end > size) break;
      const content = Buffer.alloc(length);
      readSync(file, content, 0, length, at + HEAD_BYTES);
      const kind = head.readUInt8(8);
      if (checksum(kind, content) !== head.readUInt32BE(4)) {
        // Only the last frame can be one that was never finished.
        if (end < size) throw new RangeError(`${path} is damaged at byte ${at}`);
        break;
      }
      onFrame({ kind, content }, end / size);
      at = end;
    }
    return at;
  } finally {
    closeSync(file);
  }
}

function checksum(kind: number, content: Uint8Array): number {
  return crc32(content, crc32(Uint8Array.of(kind)));
}

/** A new file is safe only when its folder is on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}
