/**
 * Where the audit log ends, under its key, in a file of its own: without it the last entries could be cut off unnoticed. Two
 * places in turn, so that one half written leaves the one before.
 */
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PRIVATE_FILE_MODE } from '../../gateway/storage/private-files.ts';
import { type ChainEnd, isEqual } from './audit-chain.ts';

const PLACE_BYTES = 256;
const PLACE = /^(\d{1,15}) ([0-9a-f]{64}) ([0-9a-f]{64}) *\n$/;

export class AuditHead {
  readonly #file: FileHandle;
  readonly #key: Buffer;
  #turn: number;

  private constructor(file: FileHandle, key: Buffer, turn: number) {
    this.#file = file;
    this.#key = key;
    this.#turn = turn;
  }

  static async open(path: string, key: Buffer): Promise<AuditHead> {
    const { turn } = readHead(path, key);
    const file = await open(path, existsSync(path) ? 'r+' : 'w+', PRIVATE_FILE_MODE);
    return new AuditHead(file, key, turn);
  }

  /** On disk when it resolves. */
  async write(end: ChainEnd): Promise<void> {
    const text = `${end.seq} ${end.hash} ${macOf(end, this.#key)}`;
    await this.#file.write(`${text.padEnd(PLACE_BYTES - 1)}\n`, this.#turn * PLACE_BYTES, 'latin1');
    await this.#file.datasync();
    this.#turn = 1 - this.#turn;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** `end` null: there is none that the key agrees with. `turn`: the place that is written next. */
export function readHead(
  path: string,
  key: Buffer,
): { readonly end: ChainEnd | null; readonly turn: number } {
  if (!existsSync(path)) return { end: null, turn: 0 };
  const text = readFileSync(path, 'latin1');
  let last: { readonly end: ChainEnd | null; readonly turn: number } = { end: null, turn: 0 };
  for (const place of [0, 1]) {
    const [, seq, hash = '', mac = ''] =
      PLACE.exec(text.slice(place * PLACE_BYTES, (place + 1) * PLACE_BYTES)) ?? [];
    const end = { seq: Number(seq), hash };
    if (seq === undefined || !isEqual(mac, macOf(end, key))) continue;
    if (last.end === null || last.end.seq < end.seq) last = { end, turn: 1 - place };
  }
  return last;
}

function macOf({ seq, hash }: ChainEnd, key: Buffer): string {
  return createHmac('sha256', key).update(`onecard audit head ${seq} ${hash}`).digest('hex');
}
