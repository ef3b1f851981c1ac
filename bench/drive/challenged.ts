/**
 * Taps that cannot be made beforehand: each signs a challenge of the gateway, which is asked for just before. One after another on a
 * connection of its own, beside whatever else is driven.
 */
import type { JsonWebKey } from 'node:crypto';
import { createGateClient } from '../../client/index.ts';
import type { City } from '../../platform/city.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';

export interface ChallengedOptions {
  readonly family: string;
  readonly city: City;
  /** Address of the gate protocol. */
  readonly url: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  readonly privateKey: JsonWebKey;
  /** What a sound one is answered. */
  readonly rightCode: string;
}

export interface ChallengedTaps {
  readonly judged: number;
  /** Answered otherwise than they should be, refused, or not at all. */
  readonly wrong: number;
  /** From asking for the challenge to the decision, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A device may ask for 50 a second. */
const PAUSE_MS = 25;

/** Taps until `stop` is called, which resolves with what came of it. */
export function startChallenged(options: ChallengedOptions): { stop(): Promise<ChallengedTaps> } {
  const { family, city, url, gatewayId, deviceId, privateKey, rightCode } = options;
  const gate = createGateClient({ url, gatewayId, deviceId, privateKey: privateKey as never });
  const latencies: number[] = [];
  let wrong = 0;
  let stopped = false;
  const one = async (n: number) => {
    const startedMs = performance.now();
    const { challenge } = await gate.challenge();
    const shown = presentationLine(family, {
      ...{ city, index: n % city.size, atMs: Date.now(), mode: 'dda', chip: 0, nonce: null, fault: null },
      challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    });
    const { code } = await gate.tap({ family, ...binaryForm(shown) });
    if (code === rightCode) latencies.push(performance.now() - startedMs);
    else wrong += 1;
  };
  const run = (async () => {
    for (let n = 0; !stopped; n += 1) {
      await one(n).catch(() => {
        wrong += 1;
      });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await run;
      await gate.close();
      const sorted = latencies.toSorted((a, b) => a - b);
      const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
      return { judged: sorted.length, wrong, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}
