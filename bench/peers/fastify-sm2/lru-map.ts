/** A Map that forgets what was not asked for longest. */
export class LruMap<Value> {
  readonly #max: number;
  readonly #values = new Map<string, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    this.#values.delete(name);
    this.#values.set(name, value);
    return value;
  }

  /** What had to go for it, if anything. */
  set(name: string, value: Value): Value | undefined {
    this.#values.set(name, value);
    if (this.#values.size <= this.#max) return undefined;
    const [oldest] = this.#values;
    if (oldest === undefined) return undefined;
    this.#values.delete(oldest[0]);
    return oldest[1];
  }
}
