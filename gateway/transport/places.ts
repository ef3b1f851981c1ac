/** Places that are bounded in all and for each address: what one takes, others do not lack. */

export interface PlaceLimits {
  readonly all: number;
  readonly perAddress: number;
}

export class Places {
  readonly #limits: PlaceLimits;
  readonly #byAddress = new Map<string, number>();
  #taken = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  get taken(): number {
    return this.#taken;
  }

  /** False when there is none left. What was taken must be given back once. */
  take(address: string): boolean {
    const taken = this.#byAddress.get(address) ?? 0;
    if (this.#taken >= this.#limits.all || taken >= this.#limits.perAddress) return false;
    this.#byAddress.set(address, taken + 1);
    this.#taken += 1;
    return true;
  }

  giveBack(address: string): void {
    const taken = this.#byAddress.get(address) ?? 0;
    if (taken > 1) this.#byAddress.set(address, taken - 1);
    else this.#byAddress.delete(address);
    this.#taken -= 1;
  }
}
