/** Watches from outside what `bench/outage.ts` waits for: the mode, and when a published change is in force. */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTap } from '../client/messages.ts';
import type { CityCard } from '../platform/cards/card.ts';
import type { BenchGateway } from './drive/gateway.ts';
import { LoadConnection } from './load/connection.ts';
import { binaryFrame } from './load/frames.ts';

const LOOK_MS = 20;
const TAP_MS = 5;
const WAIT_MS = 30_000;

/** Looks at `/readyz` every 20 ms. Times are of `performance.now()`. */
export class ModeWatch {
  readonly #url: string;
  readonly #seen: { readonly mode: string; readonly at: number }[] = [];
  #stopped = false;

  constructor(admin: string) {
    this.#url = `${admin}/readyz`;
    void this.#watch();
  }

  /** When another mode than `mode` was seen first after a time; waits for it. */
  firstOther(mode: string, after: number): Promise<number> {
    return this.#first(after, (seen) => seen !== mode, `another than ${mode}`);
  }

  /** When a mode was seen first after a time; waits for it. */
  first(mode: string, after: number): Promise<number> {
    return this.#first(after, (seen) => seen === mode, mode);
  }

  async #first(after: number, isWanted: (mode: string) => boolean, wanted: string): Promise<number> {
    const end = performance.now() + WAIT_MS;
    for (;;) {
      const found = this.#seen.find(({ at, mode }) => at > after && isWanted(mode));
      if (found) return found.at;
      if (performance.now() > end) throw new Error(`the mode did not become ${wanted}`);
      await sleep(LOOK_MS);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now();
      const response = await fetch(this.#url);
      const { checks } = (await response.json()) as { checks: { mode: string } };
      this.#seen.push({ mode: checks.mode, at: performance.now() });
      await sleep(Math.max(0, LOOK_MS - (performance.now() - startedAt)));
    }
  }
}

let number = 0x5000_0000;

/** Milliseconds from asking to publish until a card that was good is refused, tapping every 5 ms. */
export async function inForceAfterMs(
  gateway: BenchGateway,
  card: CityCard,
  publish: () => Promise<void>,
): Promise<number> {
  let refusedAt = 0;
  const connection = await LoadConnection.open({
    url: gateway.gate,
    token: await gateway.token('gate', 1),
    onAnswer: (_, code) => {
      if (code !== 'allow.good' && refusedAt === 0) refusedAt = performance.now();
    },
    onClosed: () => {},
  });
  const end = performance.now() + WAIT_MS;
  const startedAt = performance.now();
  const published = publish();
  for (let seq = 0; refusedAt === 0 && performance.now() < end; seq += 1) {
    number += 1;
    const unpredictable = Buffer.alloc(4);
    unpredictable.writeUInt32BE(number);
    const tap = card.chip.tap({ mode: 'dda', counter: seq + 1, terminal: { '9F37': unpredictable } });
    connection.add(binaryFrame(encodeTap(seq, { family: 'chip-oda', ...tap }), 0));
    connection.flush();
    await sleep(TAP_MS);
  }
  await published;
  connection.close();
  if (refusedAt === 0) throw new Error('a change that was published did not come into force');
  return refusedAt - startedAt;
}
