/**
 * Targets of the platform's repository that came by the bus, each under the name that tells its hash, until metadata that
 * names them is taken. Bounded in bytes: the oldest give way, and are fetched from the platform then.
 */
import { createHash } from 'node:crypto';

/** `targets/DIR/HASH.NAME`, as the platform serves it over HTTP. */
const TARGET_PATH = /^targets\/(?:lists\/(?:named\/)?)?([0-9a-f]{64})\.[a-z0-9][a-z0-9._-]{0,99}$/;

export class ReceivedFiles {
  readonly #bytesMax: number;
  readonly #files = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  readonly get = (path: string): Uint8Array | null => this.#files.get(path) ?? null;

  /** Why it is refused; null: it is kept. */
  add(path: string, content: Uint8Array): 'malformed' | 'oversized' | 'target_mismatch' | null {
    const sha256 = TARGET_PATH.exec(path)?.[1];
    if (sha256 === undefined) return 'malformed';
    if (content.length > this.#bytesMax) return 'oversized';
    if (createHash('sha256').update(content).digest('hex') !== sha256) return 'target_mismatch';
    this.#remove(path);
    this.#files.set(path, content);
    this.#bytes += content.length;
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#remove(oldest);
    }
    return null;
  }

  #remove(path: string): void {
    this.#bytes -= this.#files.get(path)?.length ?? 0;
    this.#files.delete(path);
  }
}
