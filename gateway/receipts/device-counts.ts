/** How many of something each device has now, and all together. */
export class DeviceCounts {
  readonly #byDevice = new Map<string, number>();
  #all = 0;

  get all(): number {
    return this.#all;
  }

  of(deviceId: string): number {
    return this.#byDevice.get(deviceId) ?? 0;
  }

  /** One more while the work lasts. */
  async during<T>(deviceId: string, work: () => Promise<T>): Promise<T> {
    this.#change(deviceId, 1);
    try {
      return await work();
    } finally {
      this.#change(deviceId, -1);
    }
  }

  #change(deviceId: string, by: number): void {
    const count = this.of(deviceId) + by;
    this.#all += by;
    if (count > 0) this.#byDevice.set(deviceId, count);
    else this.#byDevice.delete(deviceId);
  }
}
