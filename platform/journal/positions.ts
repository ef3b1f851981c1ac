/**
 * Which positions of one journal have arrived, with a checksum of each record: 33 bits a position, in pages, so that
 * neither order nor gaps matter.
 */
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
