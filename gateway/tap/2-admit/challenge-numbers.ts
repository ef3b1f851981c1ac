/**
 * Unpredictable numbers for chip cards (tag 9F37, EMV Book 2 clause 6.5): four bytes, too few for a code of their own, so
 * those that were issued are remembered until they are over. So many of each device: one that asks for more loses its own
 * oldest, and nobody else any.
 */
import { randomBytes } from 'node:crypto';

const NUMBER_BYTES = 4;

interface IssuedNumber {
  readonly scene: string;
  /** Milliseconds since 1970 UTC. */
  readonly untilMs: number;
}

export class ChallengeNumbers {
  readonly #perDevice: number;
  /** By enrolment, then by number; both in the order in which they were issued last. */
  readonly #byDevice = new Map<string, Map<number, IssuedNumber>>();

  constructor(perDevice: number) {
    this.#perDevice = perDevice;
  }

  /** Devices that numbers are remembered of. */
  get devices(): number {
    return this.#byDevice.size;
  }

  draw(enrolment: string, issued: IssuedNumber, nowMs: number): Uint8Array {
    const own = this.#byDevice.get(enrolment) ?? new Map<number, IssuedNumber>();
    this.#byDevice.delete(enrolment);
    this.#byDevice.set(enrolment, own);
    this.#forgetDevices(nowMs);
    for (const [number, { untilMs }] of own) {
      if (untilMs >= nowMs && own.size < this.#perDevice) break;
      own.delete(number);
    }
    for (;;) {
      const bytes = randomBytes(NUMBER_BYTES);
      const number = bytes.readUInt32BE();
      if (own.has(number)) continue;
      own.set(number, issued);
      return bytes;
    }
  }

  /** Until when a number is good; null where it was not issued to this device for this scene, or is forgotten. */
  untilMs(enrolment: string, scene: string, number: Uint8Array): number | null {
    const key = Buffer.from(number.buffer, number.byteOffset, NUMBER_BYTES).readUInt32BE();
    const issued = this.#byDevice.get(enrolment)?.get(key);
    return issued !== undefined && issued.scene === scene ? issued.untilMs : null;
  }

  /** Of the devices that have asked for the longest time least, two with each number that is drawn. */
  #forgetDevices(nowMs: number): void {
    let looked = 0;
    for (const [enrolment, own] of this.#byDevice) {
      if (looked === 2) return;
      looked += 1;
      let isOver = true;
      for (const { untilMs } of own.values()) if (untilMs >= nowMs) isOver = false;
      if (!isOver || own.size === 0) return;
      this.#byDevice.delete(enrolment);
    }
  }
}
