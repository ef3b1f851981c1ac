/**
 * How far the machine's clock is off, as others see it. Nothing here moves a clock: it is measured and said.
 *
 * Sources, from the surest to the least:
 *
 * - `kept`: the gateway's own time (`guarded-clock.ts`), when the machine's clock has gone back behind it;
 * - `sealed`: the time in the seal of an answer, which is over a question that was new: it is neither later nor older;
 * - `signed`: when the newest head was signed. It cannot be later than now, so it tells of a clock that is behind, and
 *   not of one that is ahead: the head may be old;
 * - `platform`: the time in the platform's answers, unsigned;
 * - `devices`: the times in the tokens that devices sign, the median of all, so that no single device decides.
 *
 * What a source says is kept as its distance from the monotonic clock: when the machine's clock is put right, so is
 * every offset, at once.
 */
import type { GuardedClock } from './guarded-clock.ts';

export const CLOCK_SOURCES = ['kept', 'sealed', 'signed', 'platform', 'devices'] as const;
export type ClockSource = (typeof CLOCK_SOURCES)[number];

/** The machine's clock less the source's, milliseconds: positive when the machine's is ahead. */
export type ClockOffsets = Readonly<Partial<Record<ClockSource, number>>>;

export interface ClockReport {
  /** `unknown`: there is nothing to compare with. */
  readonly clock: 'ok' | 'suspect' | 'unknown';
  /** By the source; null: there is none. */
  readonly offsetMs: number | null;
  readonly source: ClockSource | null;
}

/** Fewer devices than this have no say: two that are wrong alike are soon found. */
export const DEVICES_MIN = 3;
/** Devices whose clocks are remembered; the one that was heard longest ago gives way. */
const DEVICES_MAX = 4_096;
/** A device that learned the gateway's time from a refusal says that time from then on: what it said first counts. */
const REFUSED_COUNTS_MS = 3_600_000;

interface HeardDevice {
  readonly distanceMs: number;
  readonly accepted: boolean;
  readonly heardAt: number;
}

type WatchedClock = Pick<GuardedClock, 'now' | 'machineMs' | 'monotonicMs'>;

export class ClockWatch {
  readonly #clock: WatchedClock;
  readonly #toleranceMs: number;
  readonly #devices = new Map<string, HeardDevice>();
  #platformMs: number | null = null;
  #sealedMs: number | null = null;
  #signedMs: number | null = null;

  /** `toleranceMs`: a clock that is off by more is suspect. */
  constructor(clock: WatchedClock, toleranceMs: number) {
    this.#clock = clock;
    this.#toleranceMs = toleranceMs;
  }

  /** The platform answered that it was `platformMs`, in the `elapsedMs` that end now. */
  platformSaid(platformMs: number, elapsedMs: number): void {
    this.#platformMs = platformMs - (this.#clock.monotonicMs() - elapsedMs / 2);
  }

  /** The platform sealed an answer at that time, in the `elapsedMs` that end now. */
  answerSealed(sealedAtMs: number, elapsedMs: number): void {
    this.#sealedMs = sealedAtMs - (this.#clock.monotonicMs() - elapsedMs / 2);
  }

  /** A head that came at `atMs` of the monotonic clock was signed then. */
  headSigned(signedAtMs: number, atMs: number): void {
    this.#signedMs = signedAtMs - atMs;
  }

  /** A device signed a token now, and by its clock at that time. */
  deviceSaid(deviceId: string, issuedAtMs: number, accepted: boolean): void {
    const heardAt = this.#clock.monotonicMs();
    const before = this.#devices.get(deviceId);
    if (accepted && before?.accepted === false && heardAt - before.heardAt < REFUSED_COUNTS_MS) return;
    // Last in the order of the map, which is that of hearing.
    this.#devices.delete(deviceId);
    if (this.#devices.size >= DEVICES_MAX) {
      for (const oldest of this.#devices.keys()) {
        this.#devices.delete(oldest);
        break;
      }
    }
    this.#devices.set(deviceId, { distanceMs: issuedAtMs - heardAt, accepted, heardAt });
  }

  get offsets(): ClockOffsets {
    const machineMs = this.#clock.machineMs();
    const toMonotonic = machineMs - this.#clock.monotonicMs();
    const off = (distanceMs: number | null) =>
      distanceMs === null ? null : Math.round(toMonotonic - distanceMs);
    const said: Record<ClockSource, number | null> = {
      kept: machineMs - this.#clock.now(),
      sealed: off(this.#sealedMs),
      signed: off(this.#signedMs),
      platform: off(this.#platformMs),
      devices: off(this.#devicesMs()),
    };
    return Object.fromEntries(Object.entries(said).filter(([, offsetMs]) => offsetMs !== null));
  }

  report(): ClockReport {
    const { kept = 0, sealed, signed, platform, devices } = this.offsets;
    const suspicions: readonly (readonly [ClockSource, number | undefined])[] = [
      ['kept', kept],
      ['sealed', sealed],
      ['signed', signed === undefined ? undefined : Math.min(0, signed)],
      ['platform', platform],
      ['devices', devices],
    ];
    for (const [source, offsetMs] of suspicions) {
      if (offsetMs !== undefined && Math.abs(offsetMs) > this.#toleranceMs) {
        return { clock: 'suspect', offsetMs, source };
      }
    }
    if (sealed !== undefined) return { clock: 'ok', offsetMs: sealed, source: 'sealed' };
    if (platform !== undefined) return { clock: 'ok', offsetMs: platform, source: 'platform' };
    if (devices !== undefined) return { clock: 'ok', offsetMs: devices, source: 'devices' };
    return { clock: 'unknown', offsetMs: null, source: null };
  }

  #devicesMs(): number | null {
    const distances = [...this.#devices.values()].map(({ distanceMs }) => distanceMs).sort((a, b) => a - b);
    return distances.length < DEVICES_MIN ? null : (distances[distances.length >> 1] ?? null);
  }
}
