/** Which service points were really shown which card, by the journal. */
import type { CardMode } from '../config/policy-schema.ts';
import type { ServicePoint } from './service-points.ts';
import type { Tapped } from './tapped.ts';

const NOTHING: ReadonlySet<CardMode> = new Set();

export class PointsSeen {
  readonly #points = new Map<string, string>();
  readonly #seen = new Map<string, Set<CardMode>>();
  #elsewhere = 0;

  constructor(points: readonly ServicePoint[]) {
    for (const { point, gateway = '', devices = [], scenes = [] } of points) {
      for (const device of devices)
        for (const scene of scenes) this.#points.set(`${gateway} ${device} ${scene}`, point);
    }
  }

  /** A card that was proven was seen, whatever was decided. */
  add({ proven, cardMode, gateway, device, scene }: Tapped): void {
    if (!proven || cardMode === null) return;
    const place = `${device} ${scene}`;
    const point = this.#points.get(`${gateway} ${place}`) ?? this.#points.get(` ${place}`);
    if (point === undefined) {
      this.#elsewhere += 1;
      return;
    }
    const modes = this.#seen.get(point) ?? new Set();
    this.#seen.set(point, modes.add(cardMode));
  }

  at(point: string): ReadonlySet<CardMode> {
    return this.#seen.get(point) ?? NOTHING;
  }

  /** Taps with a card of the city whose device and scene are of no point. */
  get elsewhere(): number {
    return this.#elsewhere;
  }
}
