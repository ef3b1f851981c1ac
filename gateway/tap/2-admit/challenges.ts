/**
 * Challenges: what a device has its next credential sign, so that nothing signed earlier, elsewhere or for another scene
 * can be shown. The gateway issues them and, when they come back in a presentation, tells its own from any others.
 *
 * Nothing is kept of a challenge. It says by itself until when it is good, and its code (HMAC-SHA-256, FIPS 198-1; HMAC-SM3, GB/T 15852.2, in the profile sm) binds
 * that to the device's enrolment and the scene, under a key that lives as long as this process. So nobody fills a table. That
 * one challenge is used once is the replay window's affair: it is the nonce of the presentation.
 *
 * A chip card signs an unpredictable number of four bytes (tag 9F37), which holds no code: `challenge-numbers.ts`.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import type { Policy, SceneTable } from '../../../config/scenes.ts';
import type { MacAlgorithm } from '../../../crypto/algorithms.ts';
import { macOf } from '../../../crypto/digest.ts';
import type { Family } from '../../../workers/families/family.ts';
import { unpackInput } from '../../../workers/packing.ts';
import { DeviceRates } from '../../scheduling/device-rates.ts';
import type {
  ChallengeIssuer,
  ChallengeRefusal,
  ChallengeWish,
  Device,
  IncomingTap,
  IssuedChallenge,
} from '../../verification.ts';
import { ChallengeNumbers } from './challenge-numbers.ts';

const RANDOM_BYTES = 16;
/** Of the expiry, milliseconds since 1970 UTC. */
const EXPIRY_BYTES = 6;
const CODE_BYTES = 26;
const SIGNED_BYTES = RANDOM_BYTES + EXPIRY_BYTES;
/** 64 characters of base64url, without padding. */
export const CHALLENGE_BYTES = SIGNED_BYTES + CODE_BYTES;
const KEY_BYTES = 32;

/** What is known of a presentation's challenge once it was found good. */
export interface UsedChallenge {
  /** Its end, milliseconds since 1970 UTC. */
  readonly untilMs: number;
  /** Whether the family can be shown with a challenge of the gateway only: then the end is the presentation's as well. */
  readonly isItsEnd: boolean;
}

/** What is needed of a family. */
export type ChallengedFamily = Pick<
  Family<unknown, unknown>,
  'name' | 'challenge' | 'challengeBytes' | 'challengeOf'
>;

export interface ChallengesOptions {
  readonly families: readonly ChallengedFamily[];
  readonly scenes: Pick<SceneTable, 'policyOf'>;
  /** What their codes are made with. */
  readonly code: MacAlgorithm;
  readonly limits: {
    readonly challenge_lifetime_ms: number;
    readonly challenges_per_s: number;
    readonly challenge_numbers_per_device: number;
  };
  /** Milliseconds since 1970 UTC: the clock that taps are judged by. */
  readonly wallClockMs: () => number;
  /** Never set, milliseconds. */
  readonly monotonic: () => number;
}

interface Reader {
  readonly isRequired: boolean;
  readonly bytes: number;
  readonly challengeOf: (input: unknown) => Uint8Array | null;
}

export class Challenges implements ChallengeIssuer {
  readonly #options: ChallengesOptions;
  readonly #readers = new Map<string, Reader>();
  readonly #numbers: ChallengeNumbers;
  readonly #rates: DeviceRates;
  readonly #key = randomBytes(KEY_BYTES);

  constructor(options: ChallengesOptions) {
    const { families, limits, monotonic } = options;
    this.#options = options;
    for (const { name, challenge, challengeBytes = CHALLENGE_BYTES, challengeOf } of families) {
      if (challenge === undefined || challengeOf === undefined) continue;
      this.#readers.set(name, { isRequired: challenge === 'required', bytes: challengeBytes, challengeOf });
    }
    this.#numbers = new ChallengeNumbers(limits.challenge_numbers_per_device);
    this.#rates = new DeviceRates(limits.challenges_per_s, monotonic);
  }

  issue(device: Device, { scene: named, bytes }: ChallengeWish): IssuedChallenge | ChallengeRefusal {
    const retryAfterMs = this.#rates.take(device.enrolment);
    if (retryAfterMs > 0) return { code: 'challenge.too_many', retryAfterMs };
    const scene = named ?? device.scenes[0];
    const policy = scene === undefined ? null : this.#options.scenes.policyOf(scene);
    if (scene === undefined || policy === null || !device.scenes.includes(scene)) {
      return { code: 'tap.scene_not_allowed', retryAfterMs: 0 };
    }
    // No longer than the scene takes a presentation that could be shown again.
    const expiresInMs = Math.min(this.#options.limits.challenge_lifetime_ms, policy.replayable_ms_max);
    const nowMs = Math.floor(this.#options.wallClockMs());
    const untilMs = nowMs + expiresInMs;
    const challenge =
      bytes === undefined
        ? this.#sealed(device.enrolment, scene, untilMs)
        : this.#numbers.draw(device.enrolment, { scene, untilMs }, nowMs);
    return { challenge: Buffer.from(challenge).toString('base64url'), expiresInMs };
  }

  /**
   * Whether the presentation carries a challenge that it may be shown with there. Null: neither its family nor the scene
   * asks for one. A code: it is not to be judged.
   */
  check({ presentation, device }: IncomingTap, scene: string, policy: Policy): UsedChallenge | Code | null {
    const reader = this.#readers.get(presentation.family);
    if (reader === undefined || !(reader.isRequired || policy.challenge === 'gateway')) return null;
    const shown = reader.challengeOf(unpackInput(presentation.packedInput));
    if (shown === null) return 'challenge.missing';
    if (shown.length !== reader.bytes) return 'challenge.unknown';
    const untilMs =
      reader.bytes === CHALLENGE_BYTES
        ? this.#unsealed(shown, device.enrolment, scene)
        : this.#numbers.untilMs(device.enrolment, scene, shown);
    if (untilMs === null) return 'challenge.unknown';
    const nowMs = this.#options.wallClockMs();
    // One that seems to be good for longer than any is was issued by a clock that was ahead, and put right since.
    const isLive = nowMs <= untilMs && untilMs <= nowMs + this.#options.limits.challenge_lifetime_ms;
    return isLive ? { untilMs, isItsEnd: reader.isRequired } : 'challenge.expired';
  }

  #sealed(enrolment: string, scene: string, untilMs: number): Uint8Array {
    const challenge = Buffer.allocUnsafe(CHALLENGE_BYTES);
    randomBytes(RANDOM_BYTES).copy(challenge);
    challenge.writeUIntBE(untilMs, RANDOM_BYTES, EXPIRY_BYTES);
    this.#codeOf(challenge.subarray(0, SIGNED_BYTES), enrolment, scene).copy(challenge, SIGNED_BYTES);
    return challenge;
  }

  /** Until when it is good; null where it was not issued here, or to another, or for another scene. */
  #unsealed(challenge: Uint8Array, enrolment: string, scene: string): number | null {
    const signed = Buffer.from(challenge.buffer, challenge.byteOffset, SIGNED_BYTES);
    const expected = this.#codeOf(signed, enrolment, scene);
    if (!timingSafeEqual(challenge.subarray(SIGNED_BYTES), expected)) return null;
    return signed.readUIntBE(RANDOM_BYTES, EXPIRY_BYTES);
  }

  /** Neither an enrolment nor a scene holds a zero byte, so no two run together to the same bytes. */
  #codeOf(signed: Uint8Array, enrolment: string, scene: string): Buffer {
    const message = Buffer.concat([Buffer.from(`${enrolment}\0${scene}\0`), signed]);
    return macOf(this.#options.code, this.#key, message).subarray(0, CODE_BYTES);
  }
}
