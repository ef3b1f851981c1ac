/** A list file on disk as a target: its header, length and digest, without its table in memory. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { LIST_MAGIC } from '../../lists/list-file.ts';
import { type ListHeader, MAX_HEADER_BYTES, parseHeader } from '../../lists/list-header.ts';
import type { FileTarget } from '../tuf/targets.ts';

export interface SnapshotFile {
  readonly header: ListHeader;
  readonly target: FileTarget;
}

/** Throws RangeError when it is no list file, and what the system says. */
export async function readSnapshotFile(file: string): Promise<SnapshotFile> {
  const header = await readHeader(file);
  const [sha256, sm3] = [createHash('sha256'), createHash('sm3')];
  let length = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    sm3.update(chunk);
    length += chunk.length;
  }
  return { header, target: { file, length, sha256: sha256.digest('hex'), sm3: sm3.digest('hex') } };
}

async function readHeader(path: string): Promise<ListHeader> {
  const prelude = Buffer.alloc(LIST_MAGIC.length + 4);
  const file = await open(path, 'r');
  try {
    await file.read(prelude, 0, prelude.length, 0);
    if (!prelude.subarray(0, LIST_MAGIC.length).equals(LIST_MAGIC))
      throw new RangeError(`${path} is no list file`);
    const length = prelude.readUInt32LE(LIST_MAGIC.length);
    if (length > MAX_HEADER_BYTES) throw new RangeError(`the header of ${path} is too long`);
    const text = Buffer.alloc(length);
    await file.read(text, 0, length, prelude.length);
    const header = parseHeader(text.toString('utf8'));
    if (typeof header === 'string') throw new RangeError(`${path}: ${header}`);
    return header;
  } finally {
    await file.close();
  }
}
