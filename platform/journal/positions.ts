/**
 * Which positions of one journal have arrived, with a checksum of each record: 33 bits a position, in pages, so that
 * neither order nor gaps matter.
 */
import { createHash } from 'node:crypto';

const PAGE_BITS = 12;
export const PAGE_POSITIONS = 2 ** PAGE_BITS;

interface Page {
  readonly present: Uint8Array;
  readonly checksums: Uint32Array;
}

export class Positions {
  readonly #pages = new Map<number, Page>();
  /** Positions mostly come in order: the page of the last one is the one of the next. */
  #lastNumber = -1;
  #lastPage: Page | null = null;

  /** Pages held; each takes the same memory however many positions of it have arrived. */
  get pages(): number {
    return this.#pages.size;
  }

  /** The checksum that a position was kept with; null: it has not arrived. */
  checksum(position: number): number | null {
    const page = this.#page(Math.floor(position / PAGE_POSITIONS));
    const at = position % PAGE_POSITIONS;
    if (page === null || !isPresent(page, at)) return null;
    return page.checksums[at] ?? null;
  }

  keep(position: number, checksum: number): void {
    const number = Math.floor(position / PAGE_POSITIONS);
    const page = this.#page(number) ?? this.#newPage(number);
    const at = position % PAGE_POSITIONS;
    page.present[at >>> 3] = (page.present[at >>> 3] ?? 0) | (1 << (at & 7));
    page.checksums[at] = checksum;
  }

  /** Which positions have arrived: first and last of each run without a gap, in order. */
  *runs(): Generator<readonly [first: number, last: number]> {
    let run: [number, number] | null = null;
    for (const [number, page] of [...this.#pages].sort(([a], [b]) => a - b)) {
      for (let at = 0; at < PAGE_POSITIONS; at += 1) {
        if (!isPresent(page, at)) continue;
        const position = number * PAGE_POSITIONS + at;
        if (run !== null && run[1] === position - 1) run[1] = position;
        else {
          if (run !== null) yield run;
          run = [position, position];
        }
      }
    }
    if (run !== null) yield run;
  }

  /** SHA-256 over the checksums of a range, 4 bytes each, high byte first; null when one has not arrived. */
  digest(first: number, last: number): string | null {
    const hash = createHash('sha256');
    const bytes = Buffer.alloc(4);
    for (let position = first; position <= last; position += 1) {
      const checksum = this.checksum(position);
      if (checksum === null) return null;
      bytes.writeUInt32BE(checksum);
      hash.update(bytes);
    }
    return hash.digest('hex');
  }

  /** New pages that records from `first` on would need. */
  pagesFor(first: number, records: number): number {
    let needed = 0;
    for (
      let number = Math.floor(first / PAGE_POSITIONS);
      number * PAGE_POSITIONS < first + records;
      number += 1
    ) {
      if (!this.#pages.has(number)) needed += 1;
    }
    return needed;
  }

  #page(number: number): Page | null {
    if (number !== this.#lastNumber) {
      this.#lastPage = this.#pages.get(number) ?? null;
      this.#lastNumber = number;
    }
    return this.#lastPage;
  }

  #newPage(number: number): Page {
    const page = {
      present: new Uint8Array(PAGE_POSITIONS / 8),
      checksums: new Uint32Array(PAGE_POSITIONS),
    };
    this.#pages.set(number, page);
    this.#lastPage = page;
    this.#lastNumber = number;
    return page;
  }
}

function isPresent({ present }: Page, at: number): boolean {
  return (((present[at >>> 3] ?? 0) >>> (at & 7)) & 1) === 1;
}
