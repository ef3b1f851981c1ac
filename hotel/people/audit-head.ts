/**
 * Where the audit log ends, under its key, in a file of its own: without it the last entries could be cut off unnoticed. Two
 * places in turn, so that one half written leaves the one before.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { PRIVATE_FILE_MODE } from '../../gateway/storage/private-files.ts';
import { auditMac, type ChainEnd, isEqual } from './audit-chain.ts';

const PLACE_BYTES = 256;
const UNNAMED = algorithmFor('audit-mac', 'international');
/** What names no algorithm is of SHA-256. */
const PLACE = /^(?:(HMAC-SM3) )?(\d{1,15}) ([0-9a-f]{64}) ([0-9a-f]{64}) *\n$/;

export class AuditHead {
  readonly #file: FileHandle;
  readonly #key: Buffer;
  readonly #profile: CryptoProfile;
  #turn: number;

  private constructor(file: FileHandle, key: Buffer, profile: CryptoProfile, turn: number) {
    this.#file = file;
    this.#key = key;
    this.#profile = profile;
    this.#turn = turn;
  }

  static async open(path: string, key: Buffer, profile: CryptoProfile): Promise<AuditHead> {
    const { turn } = readHead(path, key);
    const file = await open(path, existsSync(path) ? 'r+' : 'w+', PRIVATE_FILE_MODE);
    return new AuditHead(file, key, profile, turn);
  }

  /** On disk when it resolves. */
  async write(end: ChainEnd): Promise<void> {
    const name = this.#profile === 'international' ? '' : `${algorithmFor('audit-mac', this.#profile)} `;
    const text = `${name}${end.seq} ${end.hash} ${macOf(end, this.#key, this.#profile)}`;
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
    const [, named = UNNAMED, seq, hash = '', mac = ''] =
      PLACE.exec(text.slice(place * PLACE_BYTES, (place + 1) * PLACE_BYTES)) ?? [];
    const end = { seq: Number(seq), hash };
    const profile = CRYPTO_PROFILES.find((each) => algorithmFor('audit-mac', each) === named);
    if (seq === undefined || profile === undefined || !isEqual(mac, macOf(end, key, profile))) continue;
    if (last.end === null || last.end.seq < end.seq) last = { end, turn: 1 - place };
  }
  return last;
}

function macOf({ seq, hash }: ChainEnd, key: Buffer, profile: CryptoProfile): string {
  return auditMac(`onecard audit head ${seq} ${hash}`, key, profile);
}
