/** Bytes of request bodies that are held until they are used: bounded for each who sends them, and in all. */

export interface BodyLimits {
  readonly perHolder: number;
  readonly all: number;
}

/** A body that is under way costs memory and a place, however little of it has come. */
const BODY_BYTES_MIN = 8_192;

export class HeldBodies {
  readonly #limits: BodyLimits;
  readonly #byHolder = new Map<string, number>();
  #held = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes held for all together. */
  get bytes(): number {
    return this.#held;
  }

  /** `holder`: whom it counts for. */
  begin(holder: string): HeldBody {
    return new HeldBody((bytes) => this.#change(holder, bytes));
  }

  #change(holder: string, bytes: number): boolean {
    const held = (this.#byHolder.get(holder) ?? 0) + bytes;
    const { perHolder, all } = this.#limits;
    if (bytes > 0 && (held > perHolder || this.#held + bytes > all)) return false;
    if (held > 0) this.#byHolder.set(holder, held);
    else this.#byHolder.delete(holder);
    this.#held += bytes;
    return true;
  }
}

/** One body, from before it is read until it was used. */
export class HeldBody {
  readonly #change: (bytes: number) => boolean;
  #bytes = 0;

  constructor(change: (bytes: number) => boolean) {
    this.#change = change;
  }

  /** So many bytes of it are to be held in all. False: there is no room for them, and nothing changed. */
  hold(bytes: number): boolean {
    const wanted = Math.max(BODY_BYTES_MIN, bytes) - this.#bytes;
    if (wanted <= 0) return true;
    if (!this.#change(wanted)) return false;
    this.#bytes += wanted;
    return true;
  }

  /** It was used, or nothing comes of it. May be called again. */
  letGo(): void {
    this.#change(-this.#bytes);
    this.#bytes = 0;
  }
}
