/** How many presentations are remembered of each device. */

interface Owner {
  readonly device: string;
  /** What the entries of the device carry. */
  readonly number: number;
  entries: number;
}

export class ReplayOwners {
  readonly #byDevice = new Map<string, Owner>();
  readonly #byNumber: (Owner | undefined)[] = [];
  /** Numbers that no entry carries any more. */
  readonly #free: number[] = [];

  /** Entries of a device now. */
  entriesOf(device: string): number {
    return this.#byDevice.get(device)?.entries ?? 0;
  }

  /** Counts one more; the number that the entry carries. */
  count(device: string): number {
    const owner = this.#byDevice.get(device) ?? this.#new(device);
    owner.entries += 1;
    return owner.number;
  }

  /** An entry that carried this number is gone. */
  release(number: number): void {
    const owner = this.#byNumber[number];
    if (owner === undefined) return;
    owner.entries -= 1;
    if (owner.entries > 0) return;
    this.#byDevice.delete(owner.device);
    this.#byNumber[number] = undefined;
    this.#free.push(number);
  }

  #new(device: string): Owner {
    const number = this.#free.pop() ?? this.#byNumber.length;
    const owner = { device, number, entries: 0 };
    this.#byNumber[number] = owner;
    this.#byDevice.set(device, owner);
    return owner;
  }
}
